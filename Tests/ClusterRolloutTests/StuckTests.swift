import ClusterDouble
import SlipwayEngine
import SlipwayKubernetes
import SlipwayModel
import SlipwayPorts
import SlipwayRuntime
import Testing
import TwinWorld

/// Situations in which rollouts of other tools hang, flap or go the wrong way. Each test is named after the threads in which users
/// tell of it; `docs/kubernetes` has them all in a table.
@Suite("Rollouts that must not hang", .timeLimit(.minutes(5)))
struct StuckTests {
  private typealias Bench = ClusterBench

  @Test("argo #4128, PR #4612: an abort does not wait for a split that never comes into force")
  func abortWhileRouting() async throws {
    try await Bench.run { bench in
      try await bench.withEngine { engine in
        try await bench.begin(.service, engine)
        let id = try await engine.deploy(Bench.request("v2", .blueGreen(BlueGreenSpec()), router: .service))
        try await bench.wait("the candidate is ready") { await bench.readyEndpoints(of: "api-green") == 2 }
        await bench.cluster.with { _ = $0.stopped.insert(.endpoints) }
        try await bench.wait("the selector moves") { await bench.selector()["slipway.dev/slot"] == "green" }
        let began = ContinuousClock.now
        try await bench.abort(id, engine)
        let back = try await bench.rollout(id, engine)
        #expect(back.phase == .rolledBack, "\(String(describing: back.reason))")
        #expect(ContinuousClock.now - began < .seconds(10))
        await bench.cluster.with { $0.stopped = [] }
        try await bench.wait("v1 answers") { await bench.answers() == ["v1"] }
      }
    }
  }

  @Test("argo #4128: a split that never comes into force sends the rollout back at its limit")
  func deadlineWhileRouting() async throws {
    try await Bench.run { bench in
      try await bench.withEngine { engine in
        try await bench.begin(.service, engine)
        let id = try await engine.deploy(Bench.request("v2", .blueGreen(BlueGreenSpec()), router: .service))
        try await bench.wait("the candidate is ready") { await bench.readyEndpoints(of: "api-green") == 2 }
        await bench.cluster.with { _ = $0.stopped.insert(.endpoints) }
        let back = try await bench.rollout(id, engine)
        #expect(back.phase == .rolledBack)
        #expect(back.reason?.code == "split-not-in-force", "\(String(describing: back.reason))")
      }
    }
  }

  @Test("argo #4626, #3765, PR #4962: a router that takes no writes stops neither the deadline nor the way back", arguments: [true, false])
  func deadlineWithoutRouter(fromTheStart: Bool) async throws {
    try await Bench.run { bench in
      try await bench.withEngine { engine in
        try await bench.begin(.istio, engine)
        let calls = CallPattern(verbs: ["create", "update", "patch", "delete"], resources: ["virtualservices"])
        let fault = FaultRule("router", .answer(500), on: calls)
        if fromTheStart { await bench.cluster.inject(fault) }
        let id = try await engine.deploy(
          Bench.request("v2-never-ready", Bench.canary(50), router: RouterCase.istio.router, startup: .seconds(4)))
        if !fromTheStart {
          _ = try await bench.meet(id, engine) { $0.phase == .validating }
          await bench.cluster.inject(fault)
        }
        let back = try await bench.rollout(id, engine)
        #expect(back.phase == .rolledBack)
        // Who can't keep older writers from the router does not begin.
        if !fromTheStart { #expect(back.reason?.code == "candidate-not-ready", "\(String(describing: back.reason))") }
        #expect(await bench.pods(.green) == 0)
        #expect(await bench.answers() == ["v1"])
      }
    }
  }

  @Test("argo #4973, #4974, #5018: once an aborted rollout is over nothing is written any more and the candidate stays at nothing")
  func quiet() async throws {
    try await Bench.run { bench in
      try await bench.withEngine { engine in
        try await bench.begin(.replicas, engine)
        let rollout = try await bench.expose(Bench.request("v2", Bench.canary(50, hold: .minutes(5))), engine)
        try await bench.abort(rollout.id, engine)
        #expect(try await bench.rollout(rollout.id, engine).phase == .rolledBack)
        let before = await bench.writes()
        try await Task.sleep(for: .seconds(3))
        #expect(await bench.writes() == before)
        #expect(await bench.pods(.green) == 0)
        #expect(await bench.answers() == ["v1"])
      }
    }
  }

  @Test("flagger #1732: while a share is held nothing is written, however often somebody looks")
  func quietShare() async throws {
    try await Bench.run { bench in
      try await bench.withEngine { engine in
        try await bench.begin(.gateway, engine)
        let rollout = try await bench.expose(
          Bench.request("v2", Bench.canary(50, hold: .minutes(5)), router: RouterCase.gateway.router), engine)
        try await Task.sleep(for: .seconds(1))
        let before = await bench.writes()
        try await Task.sleep(for: .seconds(3))
        #expect(await bench.writes() == before)
        #expect(try await engine.rollout(rollout.id).phase == .shifting)
      }
    }
  }

  @Test("argo #2824, #841: a release that went back can be tried again, and is judged by its new pods alone")
  func retry() async throws {
    try await Bench.run { state in
      state.settings.firstBackOff = .milliseconds(200)
      state.settings.images["api:v2"] = .crashAfter(.milliseconds(300))
    } _: { bench in
      try await bench.withEngine { engine in
        try await bench.begin(.service, engine)
        let bad = try await bench.deploy(
          Bench.request("v2", .blueGreen(BlueGreenSpec(keepPrevious: .seconds(20))), router: .service), engine)
        #expect(bad.phase == .rolledBack, "\(String(describing: bad.reason))")
        await bench.cluster.with { $0.settings.images = [:] }
        let id = try await engine.retry(bad.id, actor: Bench.person, reason: "the database is back")
        let again = try await bench.rollout(id, engine, until: .baking)
        #expect(again.phase == .baking, "\(String(describing: again.reason))")
        try await Task.sleep(for: .seconds(2))
        #expect(try await engine.rollout(id).phase == .baking)
        #expect(await bench.answers() == ["v2"])
      }
    }
  }

  @Test("argo #4461: an abort after a full promotion is obeyed")
  func abortAfterPromotion() async throws {
    try await Bench.run { bench in
      try await bench.withEngine { engine in
        try await bench.begin(.gateway, engine)
        let strategy = Bench.canary(20, 50, hold: .minutes(5), bake: .minutes(5))
        let rollout = try await bench.expose(Bench.request("v2", strategy, router: RouterCase.gateway.router), engine)
        try await engine.intend(.promoteFully, rollout: rollout.id, actor: Bench.person, reason: "a test", planDigest: nil)
        _ = try await bench.meet(rollout.id, engine) { $0.phase == .baking }
        #expect(await bench.answers() == ["v2"])
        try await bench.abort(rollout.id, engine)
        #expect(try await bench.rollout(rollout.id, engine).phase == .rolledBack)
        #expect(await bench.answers() == ["v1"])
      }
    }
  }

  @Test("argo #1774, #995, #1377, flagger #639, #379, #1207: when what is live is broken, the release that mends it gets through")
  func liveIsBroken() async throws {
    try await Bench.run { bench in
      try await bench.withEngine { engine in
        try await bench.begin(.gateway, engine)
        await bench.setReadiness(false, of: .blue)
        try await bench.wait("nobody answers") { await bench.readyEndpoints(of: "api-blue") == 0 }
        let second = try await bench.deploy(
          Bench.request("v2", .blueGreen(BlueGreenSpec(keepPrevious: .seconds(1))), router: RouterCase.gateway.router), engine)
        #expect(second.phase == .succeeded, "\(String(describing: second.reason))")
        #expect(await bench.answers() == ["v2"])
      }
    }
  }

  @Test("argo #1904, #3080, #3316, #1775: when somebody else writes every other time a rollout goes on all the same")
  func conflicts() async throws {
    try await Bench.run { bench in
      try await bench.withEngine { engine in
        try await bench.begin(.istio, engine)
        await bench.cluster.inject(FaultRule("busy", .conflict, on: CallPattern(verbs: ["update", "patch"]), share: 0.5))
        let second = try await bench.deploy(Bench.request("v2", Bench.canary(50), router: RouterCase.istio.router), engine)
        #expect(second.phase == .succeeded, "\(String(describing: second.reason))")
        #expect(await bench.answers() == ["v2"])
      }
    }
  }

  @Test("argo #2117, PR #2291: of two servers the one that was replaced changes nothing any more")
  func twoServers() async throws {
    try await Bench.run { bench in
      try await bench.withEngine { engine in
        try await bench.begin(.gateway, engine)
        let rollout = try await bench.expose(
          Bench.request("v2", Bench.canary(50, hold: .minutes(5)), router: RouterCase.gateway.router), engine)
        await bench.journal.usurp(Bench.key)
        let place = bench.clusters.place(try #require(rollout.plan.kubernetes))
        func route(to slot: Slot, epoch: Int64) async throws {
          let operation = SlipwayPorts.Operation(name: "router.apply", rollout: rollout.id, epoch: epoch, sequence: 1)
          try await place.apply(.all(to: slot), for: Bench.key, listen: nil, sticky: false, operation)
        }
        try await route(to: .blue, epoch: 1000)
        await #expect {
          try await route(to: .green, epoch: 999)
        } throws: {
          ($0 as? SlipwayError)?.code.rawValue == "stale-epoch"
        }
        #expect(await bench.answers() == ["v1"])
      }
    }
  }

  @Test("argo #1292, #1624: an abort without a rollout is refused, and nothing but a rollout goes back when pods fail")
  func nothingUnderWay() async throws {
    try await Bench.run { bench in
      try await bench.withEngine { engine in
        try await bench.begin(.service, engine)
        let second = try await bench.deploy(Bench.request("v2", router: .service), engine)
        try #require(second.phase == .succeeded)
        await #expect(throws: SlipwayError.self) { try await bench.abort(second.id, engine) }
        let before = await bench.writes()
        await bench.setReadiness(false, of: .green)
        try await Task.sleep(for: .seconds(3))
        #expect(await bench.writes() == before)
        #expect(await bench.replicas(.green) == 2)
        #expect(await bench.selector()["slipway.dev/slot"] == "green")
      }
    }
  }

  @Test("argo #4294: a slot that somebody makes larger does not hold up a rollout, and one that is made smaller does so to its limit only")
  func scaled() async throws {
    try await Bench.run { bench in
      try await bench.withEngine { engine in
        try await bench.begin(.gateway, engine)
        func exposed(_ version: String) async throws -> Rollout {
          let stage = StageSpec(name: "half", traffic: Percentage(percent: 50)!, duration: .seconds(2))
          let spec = CanarySpec(stages: [stage], keepPrevious: .milliseconds(500), patience: .seconds(4))
          return try await bench.expose(Bench.request(version, .canary(spec), router: RouterCase.gateway.router), engine)
        }
        let smaller = try await exposed("v2")
        await bench.scale(.green, to: 1)
        let back = try await bench.rollout(smaller.id, engine)
        #expect(back.phase == .rolledBack)
        #expect(back.reason?.code == "no-evidence", "\(String(describing: back.reason))")
        #expect(await bench.answers() == ["v1"])
        let larger = try await exposed("v3")
        await bench.scale(.green, to: 5)
        let done = try await bench.rollout(larger.id, engine)
        #expect(done.phase == .succeeded, "\(String(describing: done.reason))")
        #expect(await bench.answers() == ["v3"])
        #expect(await bench.pods(.green) == 5)
      }
    }
  }

  @Test("flagger #1898, #1932, PR #1931: a promoted release that breaks goes back to the pods that served before, which nobody touched")
  func brokenAfterPromotion() async throws {
    try await Bench.run { bench in
      try await bench.withEngine { engine in
        try await bench.begin(.gateway, engine)
        let before = await bench.names(of: .blue)
        let second = try await bench.deploy(
          Bench.request("v2", .blueGreen(BlueGreenSpec(keepPrevious: .minutes(5))), router: RouterCase.gateway.router), engine,
          until: .baking)
        try #require(second.phase == .baking)
        await bench.setReadiness(false, of: .green)
        let back = try await bench.rollout(second.id, engine)
        #expect(back.phase == .rolledBack)
        #expect(back.reason?.code == "health-checks", "\(String(describing: back.reason))")
        #expect(await bench.names(of: .blue) == before)
        #expect(await bench.answers() == ["v1"])
      }
    }
  }

  @Test("flagger #1801: while a rollout waits for a person its candidate is watched, and goes back when it fails")
  func failsWhilePaused() async throws {
    try await Bench.run { bench in
      try await bench.withEngine { engine in
        try await bench.begin(.gateway, engine)
        let rollout = try await bench.expose(
          Bench.request("v2", Bench.canary(50, hold: .minutes(5)), router: RouterCase.gateway.router), engine)
        try await engine.intend(.pause, rollout: rollout.id, actor: Bench.person, reason: "lunch", planDigest: nil)
        await bench.setReadiness(false, of: .green)
        let back = try await bench.rollout(rollout.id, engine)
        #expect(back.phase == .rolledBack)
        #expect(await bench.answers() == ["v1"])
      }
    }
  }

  @Test("flagger #1247, #1578: one pod of several that is not ready suspends nothing: the rollout goes back for it within its limit")
  func onePod() async throws {
    try await Bench.run { bench in
      try await bench.withEngine { engine in
        try await bench.begin(.gateway, engine, replicas: 4)
        let rollout = try await bench.expose(
          Bench.request("v2", Bench.canary(50, hold: .minutes(5)), router: RouterCase.gateway.router, replicas: 4), engine)
        await bench.setReadiness(false, of: .green, only: 1)
        let back = try await bench.rollout(rollout.id, engine)
        #expect(back.phase == .rolledBack)
        #expect(back.reason?.code == "health-checks", "\(String(describing: back.reason))")
        #expect(await bench.answers() == ["v1"])
      }
    }
  }

  @Test("flagger #989: an API server that fails begins no rollout and changes nothing")
  func outageBeginsNothing() async throws {
    try await Bench.run { bench in
      try await bench.withEngine { engine in
        try await bench.begin(.service, engine)
        let rollouts = await engine.rollouts().count
        let before = await bench.writes()
        await bench.cluster.inject(FaultRule("outage", .answer(500), share: 0.7))
        try await Task.sleep(for: .seconds(3))
        await bench.cluster.heal("outage")
        try await Task.sleep(for: .milliseconds(500))
        #expect(await engine.rollouts().count == rollouts)
        #expect(await bench.writes() == before)
      }
    }
  }

  @Test("flagger #1163: the pods that were judged are those that serve in the end: promotion restarts none")
  func samePods() async throws {
    try await Bench.run { bench in
      try await bench.withEngine { engine in
        try await bench.begin(.gateway, engine)
        let strategy = Bench.canary(50, hold: .seconds(1), bake: .milliseconds(500))
        let rollout = try await bench.expose(Bench.request("v2", strategy, router: RouterCase.gateway.router), engine)
        let judged = await bench.names(of: .green)
        let done = try await bench.rollout(rollout.id, engine)
        #expect(done.phase == .succeeded, "\(String(describing: done.reason))")
        #expect(judged.count == 2)
        #expect(await bench.names(of: .green) == judged)
      }
    }
  }
}

extension ClusterBench {
  /// How many endpoints of a Service are ready.
  fileprivate func readyEndpoints(of service: String) async -> Int {
    await cluster.objects("EndpointSlice", Self.namespace.description, labels: ["kubernetes.io/service-name": service])
      .flatMap { $0["endpoints"]?.items ?? [] }.count { $0["conditions"]?["ready"] == .flag(true) }
  }
}
