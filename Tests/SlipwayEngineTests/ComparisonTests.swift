import SlipwayEngine
import SlipwayModel
import Testing

/// Stages that ask for a candidate that is not worse than the live slot.
@Suite("Not worse than stable")
struct ComparisonTests {
  private func world(
    advance: SafeAdvance? = nil, metrics: [ComparedMetric] = [.errorRate, .latency], duration: TimeSpan = .minutes(2)
  ) throws -> World {
    let stage = StageSpec(name: "half", traffic: Fixture.percent(50), duration: duration, compared: metrics, advance: advance)
    let canary = CanarySpec(stages: [stage], keepPrevious: .minutes(1), patience: .minutes(3))
    return World(try Fixture.started(Fixture.request(strategy: .canary(canary))))
  }

  private func measured(_ world: World) -> [Measured] {
    world.events.compactMap { if case .measured(let value) = $0.event { value } else { nil } }
  }

  @Test("A healthy candidate is held for the whole stage, measured in blocks of five seconds at that traffic, and promoted")
  func healthy() throws {
    var world = try world()
    world.errorPercent = [.blue: 2, .green: 2]
    world.run(400)
    #expect(world.rollout.phase == .succeeded)
    #expect(world.violations == [])
    let blocks = measured(world)
    #expect(blocks.count == 24)
    #expect(blocks.allSatisfy { $0.length == .seconds(5) && $0.candidate.requests == 250 && $0.live.requests == 250 })
    #expect(zip(blocks, blocks.dropFirst()).allSatisfy { $0.from + $0.length == $1.from })
    #expect(world.transcript.filter { $0.hasSuffix("reference_taken") }.count == 1)
  }

  @Test("One that fails four points more often is sent back for that, though every threshold and the guardrail would let it pass")
  func worseErrors() throws {
    var world = try world()
    world.errorPercent = [.blue: 2, .green: 6]
    world.run(400)
    #expect(world.rollout.phase == .rolledBack)
    #expect(world.rollout.reason?.code == "worse-than-stable")
    #expect(world.split == .all(to: .blue))
    let last = try #require(measured(world).last?.evidence)
    #expect(last.verdict == .fail)
    #expect(last.worse == ["errors"])
    #expect(last.logEvidence >= last.logThreshold)
  }

  @Test("One that is slower by half is sent back for its latency")
  func slower() throws {
    var world = try world()
    world.latencyMicroseconds = [.blue: 20_000, .green: 30_000]
    world.run(400)
    #expect(world.rollout.reason?.code == "worse-than-stable")
    #expect(measured(world).last?.evidence?.worse.contains("latency") == true)
  }

  @Test("Errors are no reason where only latency is compared")
  func onlyLatency() throws {
    var world = try world(metrics: [.latency])
    world.errorPercent = [.blue: 2, .green: 6]
    world.run(400)
    #expect(world.rollout.phase == .succeeded)
  }

  @Test("A stage that ends when it is safe ends early once the candidate is shown to be harmless, not before its minimum")
  func whenSafe() throws {
    var world = try world(advance: SafeAdvance(minimum: .seconds(20), maximum: .minutes(10)))
    world.requestsPerSecond = 1000
    world.errorPercent = [.blue: 1, .green: 1]
    world.run(300)
    #expect(world.rollout.phase == .baking || world.rollout.phase == .succeeded)
    let begun = try #require(world.events.first { $0.event == .holdStarted }?.at)
    let promoted = try #require(world.events.first { $0.event == .promoted }?.at)
    #expect(promoted - begun >= .seconds(20) && promoted - begun <= .seconds(120), "\(promoted - begun)")
    let safety = try #require(measured(world).last?.evidence?.safety.first)
    #expect(safety.name == "step 1" && safety.logEvidence >= 2.99)
  }

  @Test("A stage that may end early is left at its maximum when nothing speaks against the candidate")
  func maximum() throws {
    var world = try world(advance: SafeAdvance(minimum: .seconds(20), maximum: .minutes(1)))
    world.requestsPerSecond = 4
    world.run(100)
    #expect(world.rollout.isPromoted)
    let begun = try #require(world.events.first { $0.event == .holdStarted }?.at)
    let promoted = try #require(world.events.first { $0.event == .promoted }?.at)
    #expect(promoted - begun >= .minutes(1))
  }

  @Test("Without figures of the live slot a stage that may end early asks a person, who may promote or abort")
  func undecided() throws {
    var world = try world(advance: SafeAdvance(minimum: .seconds(20), maximum: .minutes(1)))
    world.requestsPerSecond = 0
    world.run(600)
    #expect(world.rollout.pause?.actor == .engine)
    #expect(world.rollout.phase == .shifting)
    #expect(world.transcript.filter { $0.hasSuffix("undecided") }.count == 1)
    try world.intend(.promote)
    world.run(5)
    #expect(world.rollout.isPromoted)
    #expect(world.violations == [])
  }

  @Test("Missing figures are no evidence either way: the stage waits for the time that it lacks and is not passed without")
  func gap() throws {
    var world = try world()
    world.run(40)
    world.isMetricSourceReachable = false
    world.run(60)
    #expect(world.rollout.stage == .holding)
    world.forgetFigures()
    world.isMetricSourceReachable = true
    world.run(30)
    let empty = measured(world).filter { $0.candidate.requests == 0 }
    #expect(empty.count == 1 && (empty.first?.length ?? .zero) >= .seconds(50))
    #expect(empty.first?.sentence.hasPrefix("no evidence in this block") == true)
    world.run(300)
    #expect(world.rollout.isPromoted)
  }

  @Test("The journal gives the same evidence again")
  func replay() throws {
    var world = try world()
    world.errorPercent = [.blue: 2, .green: 3]
    world.run(100)
    let again = try #require(Rollout(replaying: world.events))
    #expect(again == world.rollout)
    #expect(again.comparison?.evidence == measured(world).last?.evidence)
  }
}

/// The watch over a release that has all the traffic.
@Suite("The watch over a promoted release")
struct BakeWatchTests {
  private func baking() throws -> World {
    let stage = StageSpec(name: "half", traffic: Fixture.percent(50), duration: .seconds(60), compared: [.errorRate, .latency])
    let canary = CanarySpec(stages: [stage], keepPrevious: .minutes(40))
    var world = World(try Fixture.started(Fixture.request(strategy: .canary(canary))))
    world.errorPercent = [.blue: 1, .green: 1]
    world.serve(300)
    world.run(100)
    #expect(world.rollout.phase == .baking)
    return world
  }

  private func watched(_ world: World) -> [Watched] {
    world.events.compactMap { if case .watched(let value) = $0.event { value } else { nil } }
  }

  @Test("A release that stays as it was is watched by blocks that grow with the age of the watch, and kept")
  func quiet() throws {
    var world = try baking()
    world.run(2500)
    #expect(world.rollout.phase == .succeeded)
    let lengths = watched(world).map(\.length)
    #expect(lengths.prefix(180).allSatisfy { $0 == .seconds(10) })
    #expect(lengths.dropFirst(180).allSatisfy { $0 == .minutes(1) } && lengths.count >= 188)
  }

  @Test("One that begins to fail more than before goes back for it, while the previous slot is warm")
  func anomaly() throws {
    var world = try baking()
    world.run(60)
    world.errorPercent = [.green: 6]
    world.run(300)
    #expect(world.rollout.phase == .rolledBack)
    #expect(world.rollout.reason?.code == "anomaly")
    #expect(world.rollout.reason?.message.contains("its error rate") == true)
    #expect(watched(world).last?.verdict == .fail)
    #expect(world.split == .all(to: .blue))
    #expect(Rollout(replaying: world.events) == world.rollout)
  }
}
