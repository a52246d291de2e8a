import ClusterDouble
import SlipwayEngine
import SlipwayModel
import SlipwayRuntime
import Testing

/// Moments at which other tools lose requests. Each test is named after the threads in which users tell of it; `docs/kubernetes`
/// has them all in a table.
@Suite("Requests at a switch", .timeLimit(.minutes(5)))
struct SwitchTests {
  private typealias Bench = ClusterBench

  private func probed(
    _ router: RouterCase, _ prepare: (inout ClusterState) -> Void, _ body: @escaping @Sendable (Bench, Engine) async throws -> Void
  ) async throws {
    let prober = Prober()
    try await Bench.run(prepare) { bench in
      try await withThrowingTaskGroup(of: Void.self) { group in
        group.addTask { await prober.run(bench.cluster, router.host) }
        defer { group.cancelAll() }
        try await bench.withEngine { engine in try await body(bench, engine) }
      }
    }
    #expect(await prober.sent > 100)
    #expect(await prober.lost == [])
  }

  @Test(
    "argo #3586, #3681, #4772: a gateway that follows seconds late is waited for, and the previous slot stays until it has",
    .timeLimit(.minutes(2)))
  func lateGateway() async throws {
    try await probed(.gateway) {
      $0.settings.routerLag = .seconds(2)
    } _: { bench, engine in
      try await bench.begin(.gateway, engine)
      let began = ContinuousClock.now
      let second = try await bench.deploy(
        Bench.request("v2", .blueGreen(BlueGreenSpec(keepPrevious: .milliseconds(1))), router: RouterCase.gateway.router), engine)
      #expect(second.phase == .succeeded, "\(String(describing: second.reason))")
      #expect(ContinuousClock.now - began >= .seconds(2))
    }
  }

  @Test(
    "argo #4433, #2864, #4834, #3333, #3758: endpoints that follow seconds late find the previous pods there, which stop after them")
  func lateEndpoints() async throws {
    try await probed(.service) {
      $0.settings.endpointsLag = .seconds(2)
    } _: { bench, engine in
      try await bench.begin(.service, engine)
      let second = try await bench.deploy(
        Bench.request("v2", .blueGreen(BlueGreenSpec(keepPrevious: .milliseconds(1))), router: .service, startup: .seconds(30)), engine)
      #expect(second.phase == .succeeded, "\(String(describing: second.reason))")
      #expect(await bench.answers() == ["v2"])
    }
  }

  @Test("argo PR #4259: behind a route no selector changes from one release to the next: there is no flip at the end")
  func noFlip() async throws {
    try await Bench.run { bench in
      try await bench.withEngine { engine in
        try await bench.begin(.gateway, engine)
        func selectors() async -> [JSONValue?] {
          var found: [JSONValue?] = []
          for name in ["api", "api-blue", "api-green"] {
            found.append(await bench.cluster.object("Service", "shop", name)?["spec"]?["selector"])
          }
          return found
        }
        let before = await selectors()
        let second = try await bench.deploy(Bench.request("v2", Bench.canary(50), router: RouterCase.gateway.router), engine)
        #expect(second.phase == .succeeded, "\(String(describing: second.reason))")
        #expect(await selectors() == before)
        #expect(await bench.answers() == ["v2"])
      }
    }
  }

  @Test("argo #3372, #2119: beside nine tenths for the candidate the live slot keeps all its pods, and an abort starts none")
  func fullCapacity() async throws {
    try await Bench.run { bench in
      try await bench.withEngine { engine in
        try await bench.begin(.gateway, engine, replicas: 3)
        let before = await bench.names(of: .blue)
        let rollout = try await bench.expose(
          Bench.request("v2", Bench.canary(90, hold: .minutes(5)), router: RouterCase.gateway.router, replicas: 3), engine)
        #expect(await bench.names(of: .blue) == before)
        try await bench.abort(rollout.id, engine)
        #expect(try await bench.rollout(rollout.id, engine).phase == .rolledBack)
        #expect(await bench.names(of: .blue) == before)
        #expect(await bench.answers() == ["v1"])
      }
    }
  }

  @Test("argo #3372: where replicas make the share, an abort beyond a half starts the live slot's pods again and loses no request")
  func fewerReplicas() async throws {
    try await probed(.replicas) { _ in
    } _: { bench, engine in
      try await bench.begin(.replicas, engine, replicas: 5)
      let rollout = try await bench.expose(Bench.request("v2", Bench.canary(80, hold: .minutes(5)), replicas: 5), engine)
      #expect(await bench.pods(.blue) < 5)
      try await bench.abort(rollout.id, engine)
      #expect(try await bench.rollout(rollout.id, engine).phase == .rolledBack)
      #expect(await bench.replicas(.blue) == 5)
      #expect(await bench.answers() == ["v1"])
    }
  }

  @Test("flagger #1136: the service's address never leads nowhere: it comes once pods are ready behind it")
  func firstAddress() async throws {
    try await Bench.run { state in
      state.settings.readinessTakes = .milliseconds(600)
    } _: { bench in
      try await bench.withEngine { engine in
        let id = try await engine.deploy(Bench.request("v1", router: .service))
        var looks = 0
        var empty = 0
        while try await !engine.rollout(id).phase.isTerminal {
          if await bench.cluster.object("Service", "shop", "api") != nil {
            looks += 1
            if await bench.answers() != ["v1"] { empty += 1 }
          }
          try await Task.sleep(for: .milliseconds(5))
        }
        #expect(looks > 0)
        #expect(empty == 0)
      }
    }
  }

  @Test(
    "flagger #1600, #1209, #634: the autoscaler of the slot that gives its traffic away takes nothing from it until the rollout is over")
  func liveAutoscaler() async throws {
    try await Bench.run { bench in
      try await bench.withEngine { engine in
        try await bench.begin(.service, engine, replicas: 3)
        try await bench.create("HorizontalPodAutoscaler", Self.autoscaler(of: "api-blue"))
        let second = try await bench.deploy(
          Bench.request("v2", .blueGreen(BlueGreenSpec(keepPrevious: .minutes(5))), router: .service, replicas: 3), engine, until: .baking)
        try #require(second.phase == .baking, "\(String(describing: second.reason))")
        #expect(await bench.floor() == 3)
        _ = try await engine.rollBack(Bench.key, to: nil, actor: Bench.person, reason: "a test")
        #expect(try await bench.rollout(second.id, engine).phase == .rolledBack)
        #expect(await bench.pods(.blue) == 3)
        #expect(await bench.floor() == 1)
      }
    }
  }

  @Test("A candidate starts with as many replicas as an autoscaler gave the live slot, and has no traffic before all of them are ready")
  func scaledBefore() async throws {
    try await Bench.run { state in
      state.settings.images["v2"] = .neverReady
    } _: { bench in
      try await bench.withEngine { engine in
        try await bench.begin(.service, engine, replicas: 2)
        try await bench.create("HorizontalPodAutoscaler", Self.autoscaler(of: "api-blue"))
        await bench.scale(.blue, to: 5)
        try await bench.wait("five pods run") { await bench.pods(.blue) == 5 }
        let request = Bench.request("v2", .blueGreen(BlueGreenSpec(keepPrevious: .minutes(5))), router: .service, replicas: 2)
        let id = try await engine.deploy(request)
        try await bench.wait("five candidates run") { await bench.pods(.green) == 5 }
        try await Task.sleep(for: .milliseconds(300))
        await bench.setReadiness(true, of: .green, only: 4)
        try await Task.sleep(for: .milliseconds(800))
        #expect(await bench.answers() == ["v1"])
        await bench.setReadiness(true, of: .green)
        try await bench.wait("the candidate answers") { await bench.answers() == ["v2"] }
        #expect(await bench.replicas(.green) == 5)
        _ = try await engine.rollBack(Bench.key, to: nil, actor: Bench.person, reason: "a test")
        #expect(try await bench.rollout(id, engine).phase == .rolledBack)
        #expect(await bench.replicas(.blue) == 5)
      }
    }
  }

  private static func autoscaler(of deployment: String) -> JSONValue {
    [
      "apiVersion": "autoscaling/v2", "kind": "HorizontalPodAutoscaler", "metadata": ["name": "api", "namespace": "shop"],
      "spec": [
        "minReplicas": 1, "maxReplicas": 5,
        "scaleTargetRef": ["apiVersion": "apps/v1", "kind": "Deployment", "name": .text(deployment)],
      ],
    ]
  }

  @Test("argo #1415, #1966, #2050, #3020: replicas that were added to the live slot in mid-rollout stay, whichever way it ends")
  func scaledMeanwhile() async throws {
    try await Bench.run { bench in
      try await bench.withEngine { engine in
        try await bench.begin(.gateway, engine)
        let rollout = try await bench.expose(
          Bench.request("v2", Bench.canary(50, hold: .minutes(5)), router: RouterCase.gateway.router), engine)
        await bench.scale(.blue, to: 4)
        try await bench.wait("four pods run") { await bench.pods(.blue) == 4 }
        try await bench.abort(rollout.id, engine)
        #expect(try await bench.rollout(rollout.id, engine).phase == .rolledBack)
        #expect(await bench.replicas(.blue) == 4)
        #expect(await bench.answers() == ["v1"])
      }
    }
  }
}

extension ClusterBench {
  fileprivate func floor() async -> Int? {
    await cluster.object("HorizontalPodAutoscaler", "shop", "api")?["spec"]?["minReplicas"]?.integer
  }
}
