import SlipwayConfig
import SlipwayModel
import Testing

@Suite("Stages that compare with the live version")
struct ComparisonConfigTests {
  private func read(_ stage: String, more: String = "") -> (stages: [StageSpec], spec: CanarySpec?, problems: [String]) {
    let text = """
      project: demo
      services: { api: { artifact: dist, run: ./api } }
      environments: { local: { listen: 127.0.0.1:8000 } }
      strategy: { canary: { \(more)stages: [{ traffic: 50%, \(stage) }] } }
      """
    let reading = ConfigurationFile(text: text, file: "slipway.yaml")
    let problems = reading.diagnostics.map(\.message)
    guard case .canary(let canary)? = reading.project?.environments.first?.strategy else { return ([], nil, problems) }
    return (canary.stages, canary, problems)
  }

  @Test("`not worse than stable` is compared, beside thresholds in the same list; spaces don't matter")
  func compared() throws {
    let found = read(#"duration: 10m, success_criteria: { error_rate: ["<1%", not  worse than stable], latency: not worse than stable }"#)
    #expect(found.problems == [])
    let stage = try #require(found.stages.first)
    #expect(stage.compared == [.errorRate, .latency])
    #expect(stage.criteria.map(\.description) == ["error_rate < 1%"])
    #expect(stage.advance == nil)
    #expect(found.stages.last?.compared == nil)
  }

  @Test("A stage that is left when safe has a minimum of 20 s and its duration as maximum, unless it says otherwise")
  func advance() {
    let criteria = "success_criteria: { error_rate: not worse than stable }"
    #expect(read("duration: 10m, advance: when_safe, \(criteria)").stages.first?.advance == SafeAdvance(maximum: .minutes(10)))
    let own = read("advance: when_safe, minimum: 1m, maximum: 5m, \(criteria)")
    #expect(own.problems == [])
    #expect(own.stages.first?.advance == SafeAdvance(minimum: .minutes(1), maximum: .minutes(5)))
  }

  @Test("alpha is 1 % unless the file says otherwise")
  func alpha() {
    let criteria = "duration: 1m, success_criteria: { latency: not worse than stable }"
    #expect(read(criteria).spec?.analysis == nil)
    #expect(read(criteria, more: "analysis: { alpha: 5% }, ").spec?.analysis?.alpha == Percentage(percent: 5))
    #expect(read(criteria, more: "analysis: { alpha: 60% }, ").problems.first?.contains("alpha") == true)
  }

  @Test("A tolerance is part of the words, one for each metric in the whole rollout")
  func tolerance() throws {
    let both = #"{ error_rate: ["<1%", not worse than  stable by more than 10%], latency: "not worse than stable by more than 2.5 %" }"#
    let found = read("duration: 10m, success_criteria: \(both)", more: "analysis: { alpha: 2% }, ")
    #expect(found.problems == [])
    #expect(found.stages.first?.compared == [.errorRate, .latency])
    #expect(
      found.spec?.analysis
        == AnalysisSpec(
          alpha: try #require(Percentage(percent: 2)), errorTolerance: Percentage(percent: 10), latencyTolerance: Percentage(percent: 2.5)))
    #expect(read("duration: 1m, success_criteria: { error_rate: not worse than stable }").spec?.analysis == nil)
  }

  @Test("Stages that tolerate different things are no single comparison")
  func tolerances() {
    let first = "{ traffic: 10%, duration: 1m, success_criteria: { error_rate: not worse than stable by more than 10% } }"
    let text = """
      project: demo
      services: { api: { artifact: dist, run: ./api } }
      environments: { local: { listen: 127.0.0.1:8000 } }
      strategy: { canary: { stages: [\(first), { traffic: 50%, duration: 1m, success_criteria: { error_rate: not worse than stable } }] } }
      """
    #expect(
      ConfigurationFile(text: text, file: "slipway.yaml").diagnostics.map(\.message) == [
        "the stages are one comparison, and an earlier one compares `error_rate` by more than 10%"
      ])
  }

  @Test(
    "A tolerance that is none, or too small or large to be one, is said",
    arguments: ["by 10%", "by more than 10", "by more than 0.5%", "by more than 150%", "by more than a lot", "more"])
  func wrongTolerance(words: String) {
    for metric in ["error_rate", "latency"] {
      let problems = read("duration: 1m, success_criteria: { \(metric): not worse than stable \(words) }").problems
      #expect(problems == ["after `not worse than stable` there may only be `by more than` and a percentage from 1% to 100%"])
    }
  }

  @Test(
    "What can't be compared, or never ends, is said",
    arguments: [
      ("duration: 1m, advance: when_safe", "the stage has nothing that could show that it is safe to go on"),
      (
        "duration: 1m, success_criteria: { p95: not worse than stable }",
        "`p95` is not compared on its own; all response times are, and the error rate"
      ),
      ("duration: 1m, minimum: 20s", "`minimum` is for stages with `advance: when_safe`; this one is held for its `duration`"),
      (
        "advance: when_safe, minimum: 2m, maximum: 1m, success_criteria: { error_rate: not worse than stable }",
        "the stage may last 1m at most and has to last 2m"
      ),
      ("duration: 1m, success_criteria: { latency: \"<5\" }", "`latency` takes `not worse than stable`, not"),
    ])
  func mistakes(stage: String, message: String) {
    #expect(read(stage).problems.first?.hasPrefix(message) == true, "\(read(stage).problems)")
  }
}
