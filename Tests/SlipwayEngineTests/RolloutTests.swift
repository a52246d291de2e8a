import SlipwayEngine
import SlipwayModel
import Testing

@Suite("Rollout")
struct RolloutTests {
  private func canary(
    _ criteria: [Criterion] = [Fixture.errorRate(below: 5)], rollback: RollbackSpec = RollbackSpec(), bake: TimeSpan = .seconds(5)
  ) throws -> World {
    let stages = [Fixture.stage(10, 10, criteria), Fixture.stage(50, 10, criteria)]
    let spec = CanarySpec(stages: stages, keepPrevious: bake, patience: .seconds(30))
    return World(try Fixture.started(Fixture.request(strategy: .canary(spec), rollback: rollback)))
  }

  @Test("A good canary passes each stage and is promoted, baked and done")
  func canaryHappyPath() throws {
    var world = try canary()
    world.run(120)
    #expect(world.rollout.phase == .succeeded)
    #expect(world.violations == [])
    #expect(world.rollout.live == Fixture.live("2", slot: .green))
    #expect(world.split == .all(to: .green))
    #expect(world.slots[.blue]?.replicas == 0)
    let steps = world.transcript.filter {
      $0.contains("step") || $0.contains("promoted") || $0.contains("bake") || $0.contains("succeeded")
    }
    #expect(
      steps.map { String($0.split(separator: " ")[1]) } == [
        "step_started", "step_passed", "step_started", "step_passed", "step_started", "step_passed", "promoted", "bake_ended",
        "rollout_succeeded",
      ])
  }

  @Test("A candidate that fails everything is withdrawn within seconds by the guardrail")
  func guardrail() throws {
    var world = try canary([])
    world.errorPercent = [.green: 100]
    world.requestsPerSecond = 50
    world.run(60)
    #expect(world.rollout.phase == .rolledBack)
    #expect(world.rollout.reason?.code == "guardrail")
    #expect(world.violations == [])
    let exposed = try #require(world.rollout.exposedSince)
    let back = try #require(world.events.first { $0.event.kind == .rollbackStarted }?.at)
    #expect(back - exposed <= .seconds(3))
  }

  @Test("An error rate clearly above its bound fails before the stage is over")
  func criterionFailsEarly() throws {
    var world = try canary()
    world.requestsPerSecond = 400
    world.errorPercent = [.green: 15, .blue: 0]
    world.run(60)
    #expect(world.rollout.phase == .rolledBack)
    #expect(["error-rate", "guardrail"].contains(world.rollout.reason?.code))
    #expect(world.split == .all(to: .blue))
    #expect(world.slots[.green]?.replicas == 0)
  }

  @Test("After a rollback began the candidate's weight never rises again")
  func weightNeverRises() throws {
    var world = try canary()
    world.errorPercent = [.green: 30]
    world.run(60)
    let peak = try #require(world.highestWeight.firstIndex(of: world.highestWeight.max()!))
    #expect(world.highestWeight[peak...].elementsEqual(world.highestWeight[peak...].sorted(by: >)))
  }

  @Test("Without requests there is no evidence: the stage neither passes nor fails until its patience ends")
  func noTraffic() throws {
    var world = try canary()
    world.requestsPerSecond = 0
    world.run(30)
    #expect(world.rollout.phase == .shifting)
    #expect(world.rollout.stepIndex == 0)
    world.run(60)
    #expect(world.rollout.phase == .rolledBack)
    #expect(world.rollout.reason?.code == "no-evidence")
  }

  @Test("A metric source that does not answer is never a pass")
  func brokenSource() throws {
    var world = try canary([])
    world.isMetricSourceReachable = false
    world.run(30)
    #expect(world.rollout.stepIndex == 0)
    #expect(world.rollout.verdict == .broken)
    world.isMetricSourceReachable = true
    world.run(60)
    #expect(world.rollout.phase == .succeeded)
  }

  @Test("An isolated failure among few requests neither passes nor fails the criterion")
  func isolatedFailure() throws {
    var world = try canary([Fixture.errorRate(below: 1)])
    world.requestsPerSecond = 20
    world.errorPercent = [.green: 50]
    world.run(6)
    world.errorPercent = [:]
    world.run(4)
    #expect(world.rollout.phase == .shifting)
    #expect(world.rollout.findings.contains { $0.verdict == .insufficient })
  }

  @Test("A candidate that never becomes ready is refused without having had traffic")
  func neverReady() throws {
    var world = try canary()
    world.startup = nil
    world.run(90)
    #expect(world.rollout.phase == .rolledBack)
    #expect(world.rollout.reason?.code == "candidate-not-ready")
    #expect(world.rollout.exposedSince == nil)
    #expect(world.highestWeight.allSatisfy { $0 == .zero })
  }

  @Test("What the newest probe found and how the newest process ended are in the reason of a candidate that is not ready")
  func neverReadyBecause() throws {
    var world = try canary()
    world.startup = nil
    world.run(4)
    world.slots[.green]!.failedProbe = "GET /health answered 404 on replica 0"
    let limit = world.rollout.plan.limits.ready
    var other = world
    world.run(90)
    #expect(world.rollout.reason?.message == "the candidate was not ready within \(limit): GET /health answered 404 on replica 0")
    other.slots[.green]!.restarts = 1
    other.slots[.green]!.lastExit = ExitReport(
      at: other.now, status: "stopped, since it did not listen at port 80 within 9s; it listens at 8080 instead of $PORT",
      intervention: .stopped, wasBound: false, lastLines: [])
    other.slots[.green]!.failedProbe = nil
    other.run(90)
    #expect(
      other.rollout.reason?.message
        == "the candidate was not ready within \(limit); a process was stopped, since it did not listen at port 80 within 9s; it listens at 8080 instead of $PORT"
    )
  }

  @Test("A crash-looping candidate is refused at its third exit, with the exit and the last lines in the reason")
  func crashLoop() throws {
    var world = try canary()
    world.startup = nil
    world.run(4)
    world.slots[.green]!.restarts = 3
    world.slots[.green]!.lastExit = ExitReport(at: world.now, status: "exit status 3", wasBound: false, lastLines: ["no model file"])
    world.run(3)
    #expect(world.rollout.phase == .rolledBack)
    #expect(world.rollout.reason?.code == "crash-loop")
    #expect(
      world.rollout.reason?.message
        == "the candidate's processes failed 3 times; the last one ended with exit status 3 before it opened its port: no model file")
  }

  @Test("Consecutive failed health checks send the candidate back even when its error rate is fine")
  func healthChecks() throws {
    var world = try canary()
    world.run(8)
    world.slots[.green]!.consecutiveFailures = 3
    world.slots[.green]!.failedProbe = "GET /ready did not answer within 1s on replica 0"
    world.run(3)
    #expect(world.rollout.phase == .rolledBack)
    #expect(world.rollout.reason?.message.hasSuffix("(limit 3): GET /ready did not answer within 1s on replica 0") == true)
    #expect(world.rollout.reason?.code == "health-checks")
  }

  @Test("The candidate is judged while its replicas are unready")
  func verdictWhileUnready() throws {
    var world = try canary()
    world.run(8)
    world.slots[.green]!.ready = 0
    world.errorPercent = [.green: 100]
    world.run(6)
    #expect(world.rollout.phase == .rolledBack)
  }

  @Test("argo #3888: a gradual rollback goes down the steps it came up; a gross failure goes at once all the same")
  func gradual() throws {
    let rollback = RollbackSpec(style: .gradual, stepDuration: .seconds(2))
    var slow = try canary([Criterion(metric: .p95, comparison: .less, bound: .time(.milliseconds(100)))], rollback: rollback)
    slow.run(18)
    #expect(slow.split.weight(of: .green) == Fixture.percent(50))
    slow.latencyMicroseconds[.green] = 900_000
    slow.run(40)
    #expect(slow.rollout.phase == .rolledBack)
    #expect(slow.highestWeight.map(\.percent) == [10, 50, 10, 0])
    var gross = try canary([], rollback: rollback)
    gross.run(18)
    gross.errorPercent = [.green: 100]
    gross.run(40)
    #expect(gross.highestWeight.map(\.percent) == [10, 50, 0])
  }

  @Test("A server that stood still does not blame the candidate for what it did not see")
  func standstill() throws {
    var world = try canary()
    world.startup = nil
    world.run(4)
    world.now = world.now + .minutes(5)
    world.run(40)
    #expect(world.rollout.phase == .validating)
    world.run(40)
    #expect(world.rollout.reason?.code == "candidate-not-ready")
  }

  @Test("While the target does not answer the candidate's time to become ready stands still, for as long as patience allows")
  func unreachableTarget() throws {
    var world = try canary()
    world.startup = nil
    world.run(4)
    world.isTargetReachable = false
    world.run(25)
    #expect(world.rollout.phase == .validating)
    world.isTargetReachable = true
    world.run(50)
    #expect(world.rollout.phase == .validating)
    world.run(20)
    #expect(world.rollout.reason?.code == "candidate-not-ready")

    world = try canary()
    world.startup = nil
    world.run(4)
    world.isTargetReachable = false
    world.run(90)
    #expect(world.rollout.reason?.code == "target-unreachable")
  }

  @Test("A standstill on the way back leaves the rollback its whole time")
  func standstillOnTheWayBack() throws {
    var world = try canary([])
    world.run(8)
    world.errorPercent = [.green: 100]
    world.routesStick = false
    world.run(60)
    #expect(world.rollout.phase == .rollingBack)
    world.now = world.now + .hours(1)
    world.run(3)
    #expect(world.rollout.phase == .rollingBack)
  }

  @Test("A router that lost what it was told on the way back is told again, in ten minutes at most a hundred times")
  func forgetfulRouter() throws {
    var world = try canary([])
    world.run(8)
    world.errorPercent = [.green: 100]
    world.routesStick = false
    world.run(500)
    #expect(world.rollout.phase == .rollingBack)
    #expect((5..<100).contains(world.transcript.filter { $0.hasSuffix("split_drifted") }.count))
    world.routesStick = true
    world.run(20)
    #expect(world.rollout.phase == .rolledBack)
  }

  @Test("A way back that fails for ten minutes leaves a short journal")
  func shortJournal() throws {
    var world = try canary([])
    world.run(8)
    world.errorPercent = [.green: 100]
    world.failing["send"] = (9999, SlipwayError(SlipwayError.Code("router-down"), .broken, "no answer", remedy: "wait"))
    world.run(700)
    #expect(world.rollout.phase == .failed)
    #expect(world.transcript.filter { $0.hasSuffix("effect_failed") }.count < 80)
  }

  @Test("Time in which nobody measured is not time held")
  func unmeasured() throws {
    let spec = CanarySpec(stages: [Fixture.stage(10, 30)])
    var world = World(try Fixture.started(Fixture.request(strategy: .canary(spec))))
    world.run(12)
    #expect(world.rollout.stage == .holding)
    let held = world.now - world.rollout.since
    world.forgetFigures()
    world.now = world.now + .minutes(5)
    world.run(20)
    #expect(world.rollout.stepIndex == 0, "\(held) before the standstill")
    world.run(12)
    #expect(world.rollout.stepIndex == 1)
  }

  @Test("The address moves with all the traffic and not before, and a rollback leaves it as it was")
  func address() throws {
    let live = LiveRelease(
      slot: .blue, release: Fixture.release("1"), replicas: 2, service: Fixture.service, listen: ListenAddress("127.0.0.1:8000"))
    let world = World(try Fixture.started(Fixture.request(strategy: .canary(CanarySpec(stages: [Fixture.stage(10, 10)]))), live: live))
    #expect(world.rollout.listen(under: .share(Fixture.percent(10), to: .green)) == live.listen)
    #expect(world.rollout.listen(under: .all(to: .green)) == ListenAddress("127.0.0.1:0"))
    #expect(world.rollout.listen(under: .all(to: .blue)) == live.listen)
    let plan = Plan.rollback(
      to: live, from: Fixture.live("2", slot: .green), request: Fixture.request(strategy: .canary(CanarySpec(stages: []))))
    #expect(plan.listen == live.listen)
  }

  @Test("The first release can be aborted, but there is nothing to roll back to")
  func firstReleaseHasNoWayBack() throws {
    var world = World(try Fixture.started(Fixture.request(strategy: .blueGreen(BlueGreenSpec())), live: nil))
    world.run(3)
    let error = #expect(throws: SlipwayError.self) { try world.intend(.rollback) }
    #expect(error?.code.rawValue == "nothing-to-roll-back")
    try world.intend(.abort)
    world.run(5)
    #expect(world.rollout.phase == .rolledBack)
  }

  @Test("A split that was changed while the rollout is paused is put back, and the slot that got traffic is not stopped")
  func driftWhilePaused() throws {
    var world = try canary([], bake: .seconds(60))
    world.run(40)
    #expect(world.rollout.phase == .baking)
    try world.intend(.pause)
    world.split = .all(to: .blue)
    world.run(2)
    #expect(world.split == .all(to: .green))
    world.split = .all(to: .blue)
    world.makeWay()
    world.run(4)
    #expect(world.rollout.phase == .succeeded)
    #expect(world.violations == [])
  }

  @Test("A router that refuses is asked again until traffic is back, and the candidate is stopped only then")
  func stubbornRouter() throws {
    var world = try canary([])
    world.run(8)
    world.errorPercent = [.green: 100]
    world.failing["send"] = (6, SlipwayError(SlipwayError.Code("router-down"), .broken, "no answer", remedy: "wait"))
    world.run(60)
    #expect(world.rollout.phase == .rolledBack)
    #expect(world.violations == [])
    #expect(world.transcript.filter { $0.hasSuffix("effect_failed") }.count == 6)
  }

  @Test("A rollback that can't be seen done in time ends as failed")
  func stuckRollback() throws {
    var world = try canary([])
    world.run(8)
    world.errorPercent = [.green: 100]
    world.routesStick = false
    world.run(700)
    #expect(world.rollout.phase == .failed)
    #expect(world.rollout.reason?.code == "rollback-stuck")
  }

  @Test("A first release whose route can't be made is refused at once: there is no traffic to bring back")
  func firstReleaseWithoutRoute() throws {
    let request = Fixture.request(strategy: .blueGreen(BlueGreenSpec()))
    var world = World(try Fixture.started(request, live: nil))
    world.failing["send"] = (99, SlipwayError(SlipwayError.Code("port-in-use"), .input, "taken", remedy: "choose another"))
    world.run(20)
    #expect(world.rollout.phase == .rolledBack)
    #expect(world.rollout.reason?.code == "port-in-use")
    #expect(world.slots[.blue]?.replicas == 0)
  }

  @Test("An artifact that does not exist is not tried again")
  func missingArtifact() throws {
    var world = try canary()
    world.failing["prepare"] = (9, SlipwayError(SlipwayError.Code("artifact-missing"), .input, "no such file", remedy: "build it"))
    world.run(5)
    #expect(world.rollout.phase == .rolledBack)
    #expect(world.rollout.reason?.code == "artifact-missing")
    #expect(world.transcript.filter { $0.hasSuffix("effect_failed") }.count == 1)
  }

  @Test("After promotion a rollback goes back by one switch, without analysis")
  func rollbackWhileBaking() throws {
    var world = try canary(bake: .minutes(5))
    world.run(60)
    #expect(world.rollout.phase == .baking)
    #expect(world.rollout.warm == Fixture.live())
    try world.intend(.rollback)
    #expect(world.split == .all(to: .blue))
    world.run(5)
    #expect(world.rollout.phase == .rolledBack)
    #expect(world.rollout.live == Fixture.live())
    #expect(world.violations == [])
  }

  @Test("A failing release is sent back while it bakes")
  func failsInBake() throws {
    var world = try canary(bake: .minutes(5))
    world.run(60)
    world.errorPercent = [.green: 80]
    world.run(10)
    #expect(world.rollout.phase == .rolledBack)
    #expect(world.split == .all(to: .blue))
  }

  @Test("Rolling replaces replicas batch by batch, and a rollback starts the old ones again before they get traffic")
  func rolling() throws {
    let spec = RollingSpec(maxSurge: .count(1), maxUnavailable: .count(0), interval: .seconds(2), bake: .seconds(5))
    var good = World(try Fixture.started(Fixture.request(strategy: .rolling(spec), replicas: 3), live: Fixture.live(replicas: 3)))
    good.run(100)
    #expect(good.rollout.phase == .succeeded)
    #expect(good.violations == [])
    #expect(good.slots[.green]?.ready == 3)

    let slowBake = RollingSpec(maxSurge: .count(1), maxUnavailable: .count(0), interval: .seconds(2), bake: .minutes(5))
    var bad = World(try Fixture.started(Fixture.request(strategy: .rolling(slowBake), replicas: 3), live: Fixture.live(replicas: 3)))
    bad.run(60)
    #expect(bad.rollout.phase == .baking)
    #expect(bad.rollout.warm == nil)
    bad.errorPercent = [.green: 100]
    bad.run(60)
    #expect(bad.rollout.phase == .rolledBack)
    #expect(bad.violations == [])
    #expect(bad.slots[.blue]?.ready == 3)
  }

  @Test("A split that someone else changed is put back")
  func drift() throws {
    var world = try canary()
    world.run(8)
    world.split = .share(Fixture.percent(70), to: .green)
    world.run(2)
    #expect(world.split.weight(of: .green) == Fixture.percent(10))
    #expect(world.transcript.contains { $0.hasSuffix("split_drifted") })
  }

  @Test("Replaying the journal gives the live state, at every length")
  func replay() throws {
    var world = try canary()
    world.errorPercent = [.green: 10]
    world.run(60)
    #expect(Rollout(replaying: world.events) == world.rollout)
    let stored = try world.events.map { (event: try Event(kind: $0.event.kind.rawValue, body: $0.event.body), at: $0.at) }
    #expect(stored.map(\.event) == world.events.map(\.event))
    #expect(Rollout(replaying: stored) == world.rollout)
  }
}
