import Logging
import SlipwayEngine
import SlipwayKubernetes
import SlipwayModel
import SlipwayPorts
import SlipwayRuntime
import Testing
import TwinWorld

extension Site {
  /// Runs an engine with a journal of its own.
  @discardableResult
  func withEngine<Result: Sendable>(_ body: @escaping @Sendable (Engine) async throws -> Result) async throws -> Result {
    let nowhere = Nowhere()
    let ports = Ports(
      journal: journal, leases: journal, target: nowhere, router: nowhere, metrics: nowhere, values: values, clock: clock,
      ids: SystemIDs(), clusters: clusters)
    let engine = Engine(ports: ports, logger: Self.quiet)
    try await engine.recover()
    return try await withThrowingTaskGroup(of: Void.self) { group in
      group.addTask { await engine.run() }
      defer { group.cancelAll() }
      return try await body(engine)
    }
  }

  /// The request for a release: number 1, 2 and so on. Each has a configuration of its own, and the images come in turn.
  func request(
    _ number: Int, _ strategy: StrategySpec = .blueGreen(BlueGreenSpec(keepPrevious: .seconds(2))),
    router: KubernetesRouter = .service, replicas: Int = 2
  ) throws -> DeployRequest {
    let image = place.images[(number - 1) % place.images.count]
    let service = ServiceSpec(
      name: Self.key.service, image: image.name, port: place.port, variables: ["RELEASE": String(number)],
      health: HealthSpec(
        liveness: place.path, minimumHealthyTime: .seconds(1), startupTimeout: .seconds(90)),
      shutdown: ShutdownSpec(drain: .seconds(3), grace: .seconds(2)))
    let environment = EnvironmentSpec(
      name: Self.key.environment, target: .kubernetes, listen: [:], replicas: replicas, services: [service], strategy: strategy,
      rollback: RollbackSpec(), namespace: namespace.description,
      kubernetes: KubernetesSpec(kubeconfig: [kubeconfig], namespace: namespace, router: router, pinning: .tag))
    return DeployRequest(
      service: Self.key.service, version: try #require(Version(image.tag)), environment: environment,
      configuration: Digest(hashing: Array("release \(number)".utf8)), folder: "/project", reason: "conformance", actor: Self.person)
  }

  static func canary(_ shares: Double..., hold: TimeSpan = .seconds(1), bake: TimeSpan = .seconds(2)) -> StrategySpec {
    .canary(
      CanarySpec(
        stages: shares.map { StageSpec(name: "\($0)%", traffic: Percentage(percent: $0)!, duration: hold) }, keepPrevious: bake))
  }

  /// Deploys, and waits until it is over or as far as wanted.
  func deploy(
    _ request: DeployRequest, _ engine: Engine, until isFar: (Rollout) -> Bool = { _ in false }
  ) async throws -> Rollout {
    try await follow(try await engine.deploy(request), engine, until: isFar)
  }

  func follow(_ id: String, _ engine: Engine, until isFar: (Rollout) -> Bool = { _ in false }) async throws -> Rollout {
    while true {
      let rollout = try await engine.rollout(id)
      if rollout.phase.isTerminal || isFar(rollout) { return rollout }
      try await Task.sleep(for: .milliseconds(50))
    }
  }

  /// The first release, which has to succeed.
  func begin(_ engine: Engine, router: KubernetesRouter = .service, replicas: Int = 2) async throws {
    let first = try await deploy(try request(1, router: router, replicas: replicas), engine)
    try #require(first.phase == .succeeded, "\(String(describing: first.reason))")
  }

  /// A second release up to its share, which stays.
  func expose(_ engine: Engine, router: KubernetesRouter, share: Double = 50, replicas: Int = 2) async throws -> Rollout {
    let strategy = Self.canary(share, hold: .minutes(10))
    let rollout = try await deploy(try request(2, strategy, router: router, replicas: replicas), engine) {
      $0.phase == .shifting && $0.stage == .holding
    }
    try #require(rollout.phase == .shifting, "\(String(describing: rollout.reason))")
    return rollout
  }

  func abort(_ rollout: Rollout, _ engine: Engine) async throws -> Rollout {
    try await engine.intend(.abort, rollout: rollout.id, actor: Self.person, reason: "conformance", planDigest: nil)
    return try await follow(rollout.id, engine)
  }

  // MARK: Looking

  func object(_ kind: ResourceKind, _ name: String) async throws -> ObjectDocument? {
    let key = ObjectKey(kind, namespace: namespace.description, name: name)
    return try await client.get(key, ClusterCall("look at \(key)"))
  }

  func make(_ kind: ResourceKind, _ name: String, labels: [String: String] = [:], _ members: [String: JSONValue]) async throws {
    let key = ObjectKey(kind, namespace: namespace.description, name: name)
    var document = ObjectDocument(key, labels: labels)
    for (member, value) in members { document.json[member] = value }
    _ = try await client.create(document, as: key, ClusterCall("make \(key)"))
  }

  /// The slot that the service's own Service selects.
  func selected() async throws -> String? {
    try await object(.service, "api")?.spec?["selector"]?["slipway.dev/slot"]?.text
  }

  /// Pods of a slot that are neither going nor over, with the configuration of their release.
  func pods(_ slot: Slot) async throws -> [ObjectDocument] {
    let selection = ObjectSelection(["slipway.dev/service": "api", "slipway.dev/slot": slot.rawValue])
    return try await client.list(.pod, in: namespace.description, selection, ClusterCall("look at the pods")).objects.filter {
      $0.json[path: ["metadata", "deletionTimestamp"]] == nil
    }
  }

  /// Waits for what a controller of the cluster does in its own time.
  func eventually(_ words: String, within limit: Duration = .seconds(60), _ isSo: () async throws -> Bool) async throws {
    let end = ContinuousClock.now + limit
    while ContinuousClock.now < end {
      if try await isSo() { return }
      try await Task.sleep(for: .milliseconds(100))
    }
    Issue.record("it did not come about that \(words)")
  }
}
