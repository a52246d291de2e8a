import ClusterDouble
import SlipwayEngine
import SlipwayKubernetes
import SlipwayModel
import SlipwayPorts
import SlipwayRuntime
import Testing

/// What happens in the middle of rollouts, and what users see of it.
extension ClusterBench {
  /// Makes the object that a router needs, and a first release `v1` behind it.
  func begin(_ router: RouterCase, _ engine: Engine, replicas: Int = 2) async throws {
    if let object = router.object, let kind = object["kind"]?.text { try await create(kind, object) }
    let first = try await deploy(Self.request("v1", router: router.router, replicas: replicas), engine)
    try #require(first.phase == .succeeded, "\(String(describing: first.reason))")
  }

  /// Starts a rollout and waits until its candidate has traffic, as it is seen in force.
  func expose(_ request: DeployRequest, _ engine: Engine) async throws -> Rollout {
    let id = try await engine.deploy(request)
    return try await meet(id, engine) { rollout in
      rollout.exposedSince != nil && (rollout.phase == .baking || rollout.phase == .shifting && rollout.stage == .holding)
    }
  }

  /// Waits until a rollout is over, or as a test wants it.
  func meet(_ id: String, _ engine: Engine, within limit: Duration = .seconds(60), _ isWanted: (Rollout) -> Bool) async throws -> Rollout {
    let end = ContinuousClock.now + limit
    var rollout = try await engine.rollout(id)
    while !isWanted(rollout), !rollout.phase.isTerminal, ContinuousClock.now < end {
      try await Task.sleep(for: .milliseconds(20))
      rollout = try await engine.rollout(id)
    }
    try #require(isWanted(rollout), "\(rollout.phase) \(rollout.stage) \(String(describing: rollout.reason)) \(rollout.pending)")
    return rollout
  }

  /// A person sends a rollout back.
  func abort(_ id: String, _ engine: Engine) async throws {
    try await engine.intend(.abort, rollout: id, actor: Self.person, reason: "a test", planDigest: nil)
  }

  /// Waits for something that has to come about.
  func wait(_ words: String, within limit: Duration = .seconds(20), _ isSo: () async throws -> Bool) async throws {
    let end = ContinuousClock.now + limit
    while ContinuousClock.now < end {
      if try await isSo() { return }
      try await Task.sleep(for: .milliseconds(20))
    }
    Issue.record("it did not come about that \(words)")
  }

  /// Lets the pods of a slot pass or fail their readiness probes.
  func setReadiness(_ isReady: Bool?, of slot: Slot, only count: Int = .max) async {
    for pod in await names(of: slot).prefix(count) {
      await cluster.with { $0.setReadiness(isReady, Self.namespace.description, pod) }
    }
  }

  /// Ends the programs of a slot.
  func kill(_ slot: Slot) async {
    let now = clock.now()
    for pod in await names(of: slot) { await cluster.with { $0.kill(Self.namespace.description, pod, at: now) } }
  }

  func names(of slot: Slot) async -> [String] {
    await cluster.objects("Pod", Self.namespace.description, labels: ["slipway.dev/slot": slot.rawValue])
      .compactMap { $0["metadata"]?["name"]?.text }
  }

  /// Who answers now, over many requests: images by their tags, and what failed.
  func answers(_ host: String = "api") async -> Set<String> {
    let namespace = Self.namespace.description
    return await cluster.with { state in
      Set(
        (0..<100).map { index in
          let draw = Double(index) / 100
          switch state.answer(ServiceRequest(host, namespace: namespace, draw: draw, podDraw: draw)) {
          case .pod(_, let image): return String(image.split(separator: ":").last ?? "")
          case .failed(let status, let why): return "\(status) \(why)"
          }
        })
    }
  }

  /// How many writes there were to objects of these kinds.
  func writes(to resources: Set<String>? = nil) async -> Int {
    await cluster.calls.filter { call, _ in
      ["apply", "patch", "update", "create", "delete"].contains(call.verb)
        && (resources?.contains { call.path.contains("/\($0)/") || call.path.hasSuffix("/\($0)") } ?? true)
        && !call.path.contains("selfsubject")
    }.reduce(0) { $0 + $1.value }
  }

  /// Changes the number of replicas of a slot as a person or an autoscaler does.
  func scale(_ slot: Slot, to replicas: Int) async {
    let path = "/apis/apps/v1/namespaces/\(Self.namespace)/deployments/\(Self.key.service)-\(slot.rawValue)/scale"
    await cluster.with { state in
      let request = APIRequest(
        "PATCH", path, contentType: "application/merge-patch+json", body: ["spec": ["replicas": .integer(replicas)]])
      _ = state.respond(to: request, verdict: state.verdict(on: request), at: state.now)
    }
  }
}
