import SlipwayEngine
import SlipwayModel
import Testing

/// What `slipway history --explain` computes again.
@Suite("Verdicts computed again from the journal")
struct ExplanationTests {
  private static func world() throws -> World {
    let streak = FailureStreak(failures: 3, interval: .seconds(10))
    let score = ScoreSpec(
      parts: [
        ScoreSpec.Part(criterion: Fixture.errorRate(below: 5), weight: 3),
        ScoreSpec.Part(criterion: Criterion(metric: .p95, comparison: .less, bound: .time(.seconds(1)))),
      ], pass: 90)
    let stage = StageSpec(
      name: "half", traffic: Fixture.percent(50), duration: .seconds(60),
      criteria: [Criterion(metric: .errorRate, comparison: .less, bound: .percentage(Fixture.percent(5)), streak: streak)],
      compared: [.errorRate, .latency], score: score)
    let canary = CanarySpec(stages: [stage], keepPrevious: .minutes(1), analysis: AnalysisSpec(errorTolerance: Fixture.percent(10)))
    var world = World(try Fixture.started(Fixture.request(strategy: .canary(canary))))
    world.errorPercent = [.blue: 2, .green: 2]
    world.serve(300)
    world.run(200)
    return world
  }

  /// Each event with the rollout as it was before it.
  private static func steps(_ world: World) throws -> [(event: Event, before: Rollout)] {
    let first = try #require(world.events.first)
    guard case .rolloutStarted(let start) = first.event else { return [] }
    var rollout = Rollout(start, at: first.at)
    return world.events.dropFirst().map { event, at in
      defer { rollout.apply(event, at: at) }
      return (event, rollout)
    }
  }

  @Test("Every verdict of a rollout that asks for everything comes out as it is, of each kind at least once")
  func same() throws {
    let world = try Self.world()
    #expect(world.rollout.phase == .succeeded)
    var kinds: Set<EventKind> = []
    for (event, before) in try Self.steps(world) {
      guard let explanation = Explanation(event, after: before) else { continue }
      kinds.insert(event.kind)
      #expect(explanation.isSame && !explanation.lines.isEmpty, "\(event.kind): \(explanation.lines)")
    }
    #expect(kinds == [.referenceTaken, .measured, .intervalJudged, .watched, .evaluated])
  }

  @Test("A score is told with its parts, a reference with what it tolerates and what can't be computed again")
  func lines() throws {
    let steps = try Self.steps(try Self.world())
    let lines = steps.flatMap { Explanation($0.event, after: $0.before)?.lines ?? [] }
    #expect(lines.contains { $0.hasPrefix("pass: score 100 of at least 90; pass (weight 3): error_rate < 5%") })
    #expect(lines.contains { $0.hasPrefix("  weight 3, pass: error_rate < 5%") && $0.contains("P(at least ") })
    #expect(lines.contains("error_rate may be 10% higher than the live slot's"))
    #expect(lines.contains { $0.hasSuffix("only their time can be computed again") })
    #expect(lines.contains("0 of 3 failures in a row, 0 not judged since"))
  }

  @Test(
    "An entry that was changed comes out otherwise",
    arguments: [
      ("reference_taken", #""block_ms":10000"#, #""block_ms":5000"#), ("reference_taken", #""errors":20,"#, #""errors":2000,"#),
      ("interval_judged", #""failures":0"#, #""failures":1"#), ("interval_judged", #""limit":3"#, #""limit":4"#),
      ("evaluated", #""value":100,"#, #""value":75,"#), ("evaluated", #""events":"#, #""events":1"#),
      ("measured", #""log_threshold":4.6"#, #""log_threshold":5.6"#),
    ])
  func changed(kind: String, old: String, new: String) throws {
    var found = 0
    for (event, before) in try Self.steps(try Self.world()) where event.kind.rawValue == kind {
      let parts = String(decoding: event.body, as: UTF8.self).split(separator: old, omittingEmptySubsequences: false)
      guard parts.count > 1 else { continue }
      let forged = try Event(kind: kind, body: Array(parts.joined(separator: new).utf8))
      let explanation = try #require(Explanation(forged, after: before))
      #expect(!explanation.isSame)
      found += 1
    }
    #expect(found > 0)
  }
}
