import ClusterDouble
import SlipwayEngine
import SlipwayModel
import SlipwayRuntime
import Testing

/// What has to work when everything else does not: the way back, behind each router.
@Suite("An abort behind each router", .serialized, .timeLimit(.minutes(5)))
struct AbortTests {
  private typealias Bench = ClusterBench

  @Test("argo #4750: with the candidate crash-looping the traffic comes back, and nobody is left without pods", arguments: RouterCase.all)
  func crashLooping(router: RouterCase) async throws {
    try await Bench.run { bench in
      try await bench.withEngine { engine in
        try await bench.begin(router, engine)
        let rollout = try await bench.expose(Bench.request("v2", router.halfway, router: router.router), engine)
        // The second end of a program is followed by a pause of ten seconds: by now no pod of the candidate answers.
        for _ in 0..<2 {
          await bench.kill(.green)
          try await Task.sleep(for: .milliseconds(60))
        }
        try await bench.abort(rollout.id, engine)
        let back = try await bench.rollout(rollout.id, engine)
        #expect(back.phase == .rolledBack, "\(String(describing: back.reason))")
        #expect(back.reason?.code == "aborted")
        #expect(await bench.answers(router.host) == ["v1"])
        #expect(await bench.pods(.blue) == 2)
        #expect(await bench.pods(.green) == 0)
      }
    }
  }

  @Test(
    "argo #4626, PR #4962: while the router takes no writes an abort is taken at once, stops nothing that has traffic, and ends when it can",
    arguments: RouterCase.all)
  func routerFails(router: RouterCase) async throws {
    try await Bench.run { bench in
      try await bench.withEngine { engine in
        try await bench.begin(router, engine)
        let rollout = try await bench.expose(Bench.request("v2", router.halfway, router: router.router), engine)
        let calls = CallPattern(verbs: ["create", "update", "patch", "delete"], resources: router.resources)
        await bench.cluster.inject(FaultRule("router", .answer(500), on: calls))
        try await bench.abort(rollout.id, engine)
        _ = try await bench.meet(rollout.id, engine) { $0.phase == .rollingBack }
        try await Task.sleep(for: .milliseconds(1500))
        let stuck = try await engine.rollout(rollout.id)
        #expect(stuck.phase == .rollingBack)
        #expect(stuck.rollbackStage == .routing)
        #expect(await bench.pods(.green) == 2)
        #expect(await bench.pods(.blue) == 2)
        #expect(await bench.answers(router.host).isSubset(of: ["v1", "v2"]))
        await bench.cluster.heal("router")
        let back = try await bench.rollout(rollout.id, engine)
        #expect(back.phase == .rolledBack, "\(String(describing: back.reason))")
        #expect(await bench.answers(router.host) == ["v1"])
        #expect(await bench.pods(.green) == 0)
      }
    }
  }

  @Test(
    "argo #1904, flagger #989: with an API server that answers errors half of the time a candidate gets its share, and an abort takes it back",
    arguments: RouterCase.all)
  func errors(router: RouterCase) async throws {
    try await Bench.run { bench in
      try await bench.withEngine { engine in
        try await bench.begin(router, engine)
        await bench.cluster.inject(FaultRule("half", .answer(500), share: 0.5))
        let id = try await bench.deployThroughErrors(Bench.request("v2", router.halfway, router: router.router), engine)
        let reached = try await bench.meet(id, engine) { $0.exposedSince != nil || $0.phase == .rollingBack }
        if reached.phase != .rollingBack { try await bench.abort(id, engine) }
        let back = try await bench.rollout(id, engine)
        #expect(back.phase == .rolledBack, "\(String(describing: back.reason))")
        await bench.cluster.heal("half")
        #expect(await bench.answers(router.host) == ["v1"])
        #expect(await bench.pods(.blue) == 2)
      }
    }
  }
}

extension ClusterBench {
  /// Asks until a rollout may begin: a refusal for want of answers begins nothing.
  fileprivate func deployThroughErrors(_ request: DeployRequest, _ engine: Engine) async throws -> String {
    for _ in 0..<20 {
      do { return try await engine.deploy(request) } catch let error as SlipwayError {
        try #require(error.kind == .broken, "\(error)")
      }
    }
    return try await engine.deploy(request)
  }
}
