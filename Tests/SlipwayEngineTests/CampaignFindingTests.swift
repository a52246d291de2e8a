import SlipwayEngine
import SlipwayModel
import Testing

/// Rules that campaigns of simulated rollouts found broken, each in the smallest world that shows it.
@Suite("Findings of campaigns, in small")
struct CampaignFindingTests {
  private func world(bake: TimeSpan = .seconds(60)) throws -> World {
    let stages = [Fixture.stage(10, 10), Fixture.stage(50, 10)]
    return World(
      try Fixture.started(Fixture.request(strategy: .canary(CanarySpec(stages: stages, keepPrevious: bake, patience: .seconds(30))))))
  }

  @Test("A pause holds nothing up once the next release has ended the bake")
  func pausedWhileEnding() throws {
    var world = try world()
    world.run(60)
    #expect(world.rollout.phase == .baking)
    try world.intend(.pause)
    world.tell(.makeWay)
    world.run(3)
    #expect(world.rollout.phase == .succeeded)
    #expect(world.violations == [])
  }

  @Test("A stage that began during a pause is held for its own time after it, and not for the time of the pause as well")
  func creditOfAPause() throws {
    var world = try world()
    world.run(12)
    #expect(world.rollout.stage == .holding)
    try world.intend(.pause)
    world.run(100)
    try world.intend(.promote)
    world.run(20)
    try world.intend(.resume)
    // A pause of two minutes must not make of a stage of ten seconds one of two minutes.
    world.run(20)
    #expect(world.rollout.stepIndex == 2 || world.rollout.phase == .baking)
  }

  @Test("Traffic that somebody sent to the other slot before a rollout is taken from it before anything is started there")
  func trafficLeftBehind() throws {
    var world = try world()
    world.split = .share(Fixture.percent(30), to: .green)
    world.run(2)
    #expect(world.split == .all(to: .blue))
    #expect(world.transcript.filter { $0.hasSuffix("split_drifted") }.count == 1)
    world.run(60)
    #expect(world.rollout.phase == .baking)
    #expect(world.violations == [])
  }

  @Test("Traffic that a slot gets while a paused build runs for it is taken from it before anything is started there")
  func trafficDuringAPausedBuild() throws {
    var world = try world()
    world.failing["prepare"] = (2, SlipwayError(SlipwayError.Code("timed-out"), .broken, "no answer", remedy: "wait"))
    world.run(1)
    #expect(world.rollout.phase == .building)
    try world.intend(.pause)
    world.split = .share(Fixture.percent(10), to: .green)
    world.run(1)
    #expect(world.split == .all(to: .blue))
    world.run(10)
    #expect(world.rollout.phase == .validating)
    #expect(world.violations == [])
  }

  @Test("A candidate that gets traffic again on the way back loses it before it is stopped, also when the clock has been set back")
  func trafficAfterRestoring() throws {
    var world = try world()
    world.run(12)
    world.failing["stop"] = (1, SlipwayError(SlipwayError.Code("timed-out"), .broken, "no answer", remedy: "wait"))
    try world.intend(.abort)
    world.run(1)
    #expect(world.rollout.isTrafficRestored)
    world.now = world.now - .minutes(1)
    world.split = .share(Fixture.percent(30), to: .green)
    world.run(3)
    #expect(world.split == .all(to: .blue))
    world.run(3)
    #expect(world.rollout.phase == .rolledBack)
    #expect(world.violations == [])
  }

  @Test("What nobody can see to be without traffic is not stopped, and no candidate is started there")
  func outOfSight() throws {
    var world = try world()
    let start = Effect.ensure(slot: .green, replicas: 2)
    func codes(_ effect: Effect) -> [String?] {
      var world = world
      var codes: [String?] = []
      for split in [TrafficSplit.all(to: .blue), .share(Fixture.percent(1), to: .green), nil] {
        let seen = WorldObservation(at: world.now, blue: SlotObservation(), green: SlotObservation(), split: split)
        let observation = Observation(world: seen, metrics: nil, watch: Watch(from: world.now))
        codes.append(world.rollout.obstacle(to: effect, seeing: observation)?.code.rawValue)
      }
      world.isTargetReachable = false
      return codes + [world.rollout.obstacle(to: effect, seeing: world.observation)?.code.rawValue]
    }
    // Blue, which is live, has always had traffic; green never had any, so that a router without a route says enough.
    #expect(codes(start) == [nil, "slot-in-use", nil, "slot-unseen"])
    #expect(codes(.retire(slot: .blue)) == ["slot-in-use", "slot-in-use", "slot-unseen", "slot-unseen"])
    #expect(codes(.ensure(slot: .blue, replicas: 1)) == [nil, nil, nil, nil])
    world.run(12)
    #expect(world.rollout.exposedSince != nil)
    #expect(codes(start) == [nil, nil, nil, nil])
    #expect(codes(.retire(slot: .green)) == [nil, "slot-in-use", "slot-unseen", "slot-unseen"])
  }

  @Test("A candidate whose start fails for want of a target is started late, and not blamed for it")
  func startedLate() throws {
    let canary = CanarySpec(stages: [Fixture.stage(10, 10)], keepPrevious: .minutes(5), patience: .seconds(30))
    // Four pauses add up to 15 s.
    var world = World(try Fixture.started(Fixture.request(strategy: .canary(canary), startup: .seconds(10))))
    world.failing["in green"] = (4, SlipwayError(SlipwayError.Code("agent-unreachable"), .broken, "no answer", remedy: "wait"))
    world.run(5)
    #expect(world.rollout.waitsForSight(.ensure(slot: .green, replicas: 2), seeing: .nothing(at: world.now)))
    world.run(60)
    #expect(world.rollout.reason == nil)
    #expect(world.rollout.phase == .baking)
    #expect(world.violations == [])
  }

  @Test("A gradual way back does not begin above the share that a forgetful router has already taken away")
  func gradualFromBelow() throws {
    let stages = [Fixture.stage(30, 5), Fixture.stage(50, 5), Fixture.stage(75, 5)]
    let canary = CanarySpec(stages: stages, keepPrevious: .minutes(5), patience: .seconds(30))
    var world = World(
      try Fixture.started(Fixture.request(strategy: .canary(canary), rollback: RollbackSpec(style: .gradual, stepDuration: .seconds(3)))))
    for _ in 0..<60 where world.rollout.stepIndex != 2 || world.rollout.stage != .holding { world.run(1) }
    #expect(world.rollout.stepIndex == 2)
    world.split = .share(Fixture.percent(30), to: .green)
    world.tell(.tick(world.observation))
    let route = try #require(world.rollout.pending.first)
    world.tell(.effectFailed(id: route.id, SlipwayError(SlipwayError.Code("refused"), .input, "no", remedy: "none")))
    #expect(world.rollout.phase == .rollingBack)
    #expect(world.rollout.intendedSplit.weight(of: .green) < Fixture.percent(30))
  }
}
