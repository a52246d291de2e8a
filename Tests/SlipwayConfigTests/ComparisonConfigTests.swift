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
      ("duration: 1m, success_criteria: { latency: \"<5\" }", "`latency` takes one of `not worse than stable`, not"),
    ])
  func mistakes(stage: String, message: String) {
    #expect(read(stage).problems.first?.hasPrefix(message) == true, "\(read(stage).problems)")
  }
}
