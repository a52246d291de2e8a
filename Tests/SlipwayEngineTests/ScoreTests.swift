import SlipwayEngine
import SlipwayModel
import Testing

/// Several criteria judged together.
@Suite("Score of several metrics")
struct ScoreTests {
  private static let errors = ScoreSpec.Part(criterion: Fixture.errorRate(below: 1), weight: 3)
  private static let slow = ScoreSpec.Part(
    criterion: Criterion(metric: .p95, comparison: .less, bound: .time(.milliseconds(50))), weight: 1)
  private static let cpu = ScoreSpec.Part(
    criterion: Criterion(metric: .reading("cpu"), comparison: .less, bound: .percentage(Fixture.percent(80))), weight: 1)

  private static func world(_ score: ScoreSpec, patience: TimeSpan = .minutes(1)) throws -> World {
    let stage = StageSpec(name: "half", traffic: Fixture.percent(50), duration: .seconds(60), score: score)
    return World(
      try Fixture.started(
        Fixture.request(strategy: .canary(CanarySpec(stages: [stage], keepPrevious: .seconds(20), patience: patience)))))
  }

  private static func finding(_ world: World) -> Finding? {
    world.rollout.judge(world.observation, at: world.now).findings.first { $0.subject == "score" }
  }

  @Test("Enough weight passes, though a part fails, and each part stands in the verdict")
  func passes() throws {
    var world = try Self.world(ScoreSpec(parts: [Self.errors, Self.slow], pass: 75))
    world.latencyMicroseconds[.green] = 80_000
    world.run(40)
    let finding = try #require(Self.finding(world))
    #expect(finding.verdict == .pass && finding.value == 75 && finding.bound == 75)
    #expect(finding.parts?.map(\.finding.verdict) == [.pass, .fail])
    #expect(finding.parts?.map(\.weight) == [3, 1])
    #expect(finding.sentence.hasPrefix("score 75 of at least 75; pass (weight 3): error_rate < 1%: 0.0 % against 1.0 %"))
    world.run(200)
    #expect(world.rollout.phase == .succeeded)
  }

  @Test("Too little weight goes back: at once where chance is ruled out")
  func fails() throws {
    var world = try Self.world(ScoreSpec(parts: [Self.errors, Self.slow], pass: 75))
    world.errorPercent = [.green: 6]
    world.run(30)
    #expect(world.rollout.phase == .rolledBack)
    #expect(world.rollout.reason?.code == "score")
    #expect(world.rollout.reason?.message.hasPrefix("score 25 of at least 75; fail (weight 3): error_rate < 1%: 6") == true)
  }

  @Test("Between marginal and pass it holds on, and goes back for want of evidence in the end")
  func marginal() throws {
    var world = try Self.world(ScoreSpec(parts: [Self.errors, Self.slow], pass: 90, marginal: 50))
    world.latencyMicroseconds[.green] = 80_000
    world.run(100)
    #expect(world.rollout.phase == .shifting)
    #expect(Self.finding(world)?.verdict == .insufficient)
    #expect(Self.finding(world)?.sentence.hasPrefix("score 75 of at least 90, fails below 50; ") == true)
    world.run(60)
    #expect(world.rollout.reason?.code == "no-evidence")
  }

  @Test("A part without figures is never counted as one that holds: the score does not pass, however much the others weigh")
  func missing() throws {
    var world = try Self.world(ScoreSpec(parts: [Self.errors, Self.cpu], pass: 50))
    world.run(100)
    #expect(world.rollout.phase == .shifting)
    let finding = try #require(Self.finding(world))
    #expect(finding.verdict == .insufficient && finding.value == 75)
    #expect(finding.sentence.hasPrefix("score 75 to 100 of at least 50; "))
    world.silences = [MetricSilence(source: .prometheus, names: ["cpu"], sentence: "Prometheus did not answer", isNoData: false)]
    #expect(Self.finding(world)?.verdict == .broken)
    world.silences = []
    world.readings = [.green: ["cpu": 0.99]]
    world.run(15)
    #expect(world.rollout.isPromoted, "a part that fails is decided, and three quarters are enough")
  }

  @Test("What is lost for good is lost though another part is still open")
  func hopeless() throws {
    var world = try Self.world(ScoreSpec(parts: [Self.errors, Self.cpu], pass: 90, marginal: 60))
    world.errorPercent = [.green: 6]
    world.run(30)
    #expect(world.rollout.reason?.code == "score")
  }

  @Test("A score is of a hundred, by weights in any unit, and thirds add up")
  func arithmetic() {
    let parts = [Self.errors, Self.slow, Self.cpu].map { ScoreSpec.Part(criterion: $0.criterion, weight: 0.1) }
    let score = ScoreSpec(parts: parts, pass: 100)
    #expect(score.score { _ in true } == 100)
    #expect(score.score { $0 > 0 } == 66.666667)
    #expect(score.marginal == 100)
    #expect(score.keeping { $0.metric.readingName == nil }?.parts.count == 2)
    #expect(score.keeping { _ in false } == nil)
  }

  @Test("The score is part of the plan; a plan without one is what it was")
  func plan() throws {
    let score = ScoreSpec(parts: [Self.errors], pass: 90, marginal: 50)
    let stage = StageSpec(name: "half", traffic: Fixture.percent(50), duration: .seconds(60), score: score)
    let plan = try Plan.compile(Fixture.request(strategy: .canary(CanarySpec(stages: [stage]))), live: Fixture.live())
    #expect(plan.steps.map(\.score) == [score, nil])
    #expect(plan.steps.first?.minimumRequests == 20)
    let bare = try Plan.compile(Fixture.request(strategy: .canary(CanarySpec(stages: [Fixture.stage(50, 60)]))), live: Fixture.live())
    let text = String(decoding: canonicalJSON(bare), as: UTF8.self)
    #expect(!text.contains("score") && !text.contains("streak") && !text.contains("tolerance"))
  }

  @Test("A request may not have a score that nothing can miss or nothing can reach")
  func bounds() {
    let wrong = [
      ScoreSpec(parts: [], pass: 50), ScoreSpec(parts: [Self.errors], pass: 0), ScoreSpec(parts: [Self.errors], pass: 101),
      ScoreSpec(parts: [Self.errors], pass: 50, marginal: 60),
      ScoreSpec(parts: [ScoreSpec.Part(criterion: Fixture.errorRate(below: 1), weight: 0)], pass: 50),
    ]
    for score in wrong {
      let stage = StageSpec(name: "half", traffic: Fixture.percent(50), duration: .seconds(60), score: score)
      let request = Fixture.request(strategy: .canary(CanarySpec(stages: [stage])))
      #expect(throws: SlipwayError.self) { try request.requireBounds() }
    }
  }
}
