import SlipwayEngine
import SlipwayModel
import Testing

/// Criteria that fail by several intervals in a row.
@Suite("Failures in a row")
struct StreakTests {
  private static let streak = FailureStreak(failures: 3, interval: .seconds(10))
  private static let errors = Criterion(
    metric: .errorRate, comparison: .less, bound: .percentage(Fixture.percent(5)), streak: streak)

  private static func world(
    _ criteria: [Criterion] = [errors], triggers: [Criterion] = [], patience: TimeSpan = .minutes(5)
  ) throws -> World {
    let strategy = StrategySpec.canary(
      CanarySpec(stages: [Fixture.stage(50, 120, criteria)], keepPrevious: .minutes(2), patience: patience))
    var world = World(try Fixture.started(Fixture.request(strategy: strategy, rollback: RollbackSpec(triggers: triggers))))
    for _ in 0..<30 where !world.transcript.contains(where: { $0.hasSuffix("hold_started") }) { world.run(1) }
    return world
  }

  private static func intervals(_ world: World) -> [IntervalJudged] {
    world.events.compactMap { if case .intervalJudged(let value) = $0.event { value } else { nil } }
  }

  @Test("Three bad intervals in a row send it back at the end of the third, with the count in the reason")
  func limit() throws {
    var world = try Self.world()
    let begun = world.now
    world.errorPercent = [.green: 8]
    world.run(29)
    #expect(world.rollout.phase == .shifting)
    world.run(10)
    #expect(world.rollout.phase == .rolledBack)
    #expect(world.rollout.reason?.code == "error-rate")
    #expect(world.rollout.reason?.message.hasSuffix("8.0 % against 5.0 % over 500 requests; 3 of 3 failures in a row") == true)
    let intervals = Self.intervals(world)
    #expect(intervals.map(\.failures) == [1, 2, 3])
    #expect(intervals.allSatisfy { $0.length == .seconds(10) && $0.finding.requests == 500 && $0.from >= begun - .seconds(1) })
    #expect(zip(intervals, intervals.dropFirst()).allSatisfy { $0.from + $0.length == $1.from })
    #expect(Rollout(replaying: world.events) == world.rollout)
  }

  @Test("The figures of an interval are kept apart until it is judged, the first one's too")
  func unjudged() throws {
    for (criteria, triggers) in [([Self.errors], []), ([], [Self.errors])] {
      var world = try Self.world(criteria, triggers: triggers)
      let begun = try #require(triggers.isEmpty ? world.rollout.since : world.rollout.exposedSince)
      #expect(world.rollout.unmeasuredSince == begun)
      world.run(15)
      let judged = try #require(Self.intervals(world).last)
      #expect(world.rollout.unmeasuredSince == judged.from + judged.length && judged.from >= begun - .seconds(1))
    }
  }

  @Test("Two bad intervals and a good one are no row; the stage passes on the good one")
  func interrupted() throws {
    var world = try Self.world()
    world.errorPercent = [.green: 8]
    world.run(21)
    world.errorPercent = [:]
    world.run(95)
    #expect(world.rollout.phase == .shifting)
    world.run(200)
    #expect(world.rollout.phase == .succeeded)
    #expect(Self.intervals(world).map(\.failures).prefix(4) == [1, 2, 0, 0])
  }

  @Test("A row that is under way at the end of the hold is waited for, to its limit or to an interval that passes")
  func waits() throws {
    var world = try Self.world()
    world.run(112)
    world.errorPercent = [.green: 8]
    world.run(14)
    #expect(world.rollout.phase == .shifting)
    let finding = world.rollout.judge(world.observation, at: world.now).findings.first { $0.subject == Self.errors.description }
    #expect(finding?.verdict == .insufficient)
    #expect(finding?.sentence.hasSuffix("1 of 3 failures in a row") == true)
    world.run(30)
    #expect(world.rollout.reason?.code == "error-rate")
  }

  @Test("An interval without figures neither counts nor ends the row, is written down, and lets nothing pass")
  func gap() throws {
    var world = try Self.world()
    world.errorPercent = [.green: 8]
    world.run(22)
    world.isMetricSourceReachable = false
    world.run(28)
    world.forgetFigures()
    world.isMetricSourceReachable = true
    world.run(14)
    let intervals = Self.intervals(world)
    #expect(intervals.map(\.finding.verdict) == [.fail, .fail, .insufficient, .fail])
    #expect(intervals.map(\.failures) == [1, 2, 2, 3])
    #expect(intervals.map(\.unjudged) == [0, 0, 1, 1])
    #expect(intervals.last?.sentence.hasSuffix("3 of 3 failures in a row, 1 not judged since and not counted") == true)
    #expect(world.rollout.reason?.code == "error-rate")
  }

  @Test("Without enough requests in any interval there is no evidence: the stage never passes")
  func few() throws {
    var world = try Self.world(patience: .minutes(1))
    world.requestsPerSecond = 0
    world.run(150)
    #expect(world.rollout.phase == .shifting)
    world.run(60)
    #expect(world.rollout.reason?.code == "no-evidence")
    #expect(Self.intervals(world).dropFirst().allSatisfy { $0.finding.verdict == .insufficient && $0.failures == 0 })
  }

  @Test("A source that does not answer is broken, whatever the newest interval said")
  func broken() throws {
    var world = try Self.world()
    world.run(30)
    world.isMetricSourceReachable = false
    let finding = world.rollout.judge(world.observation, at: world.now).findings.first { $0.subject == Self.errors.description }
    #expect(finding?.verdict == .broken)
  }

  @Test("A trigger counts on through all stages and the bake")
  func trigger() throws {
    let slow = Criterion(
      metric: .p95, comparison: .greater, bound: .baseline(2), streak: FailureStreak(failures: 2, interval: .seconds(30)))
    var world = try Self.world([], triggers: [slow])
    world.run(125)
    #expect(world.rollout.phase == .baking)
    world.latencyMicroseconds[.green] = 60_000
    world.run(110)
    #expect(world.rollout.phase == .rolledBack)
    #expect(world.rollout.reason?.code == "latency")
    let intervals = Self.intervals(world)
    #expect(intervals.allSatisfy { $0.subject == "rollback if p95 > 2x baseline (2 failures in a row, each of 30s)" })
    #expect(intervals.last?.failures == 2 && intervals.count >= 5)
    #expect(zip(intervals, intervals.dropFirst()).allSatisfy { $0.from + $0.length == $1.from })
  }

  @Test("Readings are counted by the mean of each interval; an interval without a reading is not judged")
  func readings() throws {
    let cpu = Criterion(
      metric: .reading("cpu"), comparison: .less, bound: .percentage(Fixture.percent(80)),
      streak: FailureStreak(failures: 2, interval: .seconds(20)))
    var world = try Self.world([cpu])
    world.readings = [.green: ["cpu": 0.9]]
    world.run(60)
    #expect(world.rollout.reason?.code == "reading")
    var silent = try Self.world([cpu])
    silent.run(60)
    #expect(Self.intervals(silent).allSatisfy { $0.finding.verdict == .insufficient } && Self.intervals(silent).count == 2)
    silent.readings = [.green: ["cpu": 0.5]]
    silent.run(100)
    #expect(silent.rollout.phase == .baking)
  }

  @Test("Criteria of a stage begin anew with the next stage")
  func anew() throws {
    let stages = [Fixture.stage(10, 25, [Self.errors]), Fixture.stage(50, 60, [Self.errors])]
    var world = World(try Fixture.started(Fixture.request(strategy: .canary(CanarySpec(stages: stages)))))
    world.run(120)
    #expect(world.rollout.isPromoted)
    let intervals = Self.intervals(world)
    let holds = world.events.filter { $0.event == .holdStarted }.map(\.at)
    #expect(intervals.contains { $0.from == holds[1] } && intervals.first?.from == holds[0])
  }

  @Test("A request may not ask for intervals of no length or rows of no failures")
  func bounds() throws {
    for streak in [FailureStreak(failures: 0, interval: .seconds(10)), FailureStreak(failures: 2, interval: .zero)] {
      let criterion = Criterion(metric: .errorRate, comparison: .less, bound: .percentage(Fixture.percent(5)), streak: streak)
      let strategy = StrategySpec.canary(CanarySpec(stages: [Fixture.stage(50, 60, [criterion])]))
      let error = #expect(throws: SlipwayError.self) { try Fixture.request(strategy: strategy).requireBounds() }
      #expect(error?.code == .requestOutOfBounds)
    }
  }
}
