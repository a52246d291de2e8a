import Foundation
import SlipwayConfig
import SlipwayModel
import Testing

@Suite("Criteria that are more than one text")
struct CriteriaFormTests {
  private func read(_ criteria: String, triggers: String = "", traffic: String = "50%", metrics: String = "") -> (
    stage: StageSpec?, triggers: [Criterion], problems: [String]
  ) {
    let text = """
      project: demo
      services: { api: { artifact: dist, run: ./api } }
      environments: { local: { listen: 127.0.0.1:8000, metrics: { \(metrics) } } }
      strategy: { canary: { stages: [{ traffic: \(traffic), duration: 5m, success_criteria: { \(criteria) } }] } }
      rollback: { triggers: { \(triggers) } }
      """
    let reading = ConfigurationFile(text: text, file: "slipway.yaml")
    let environment = reading.project?.environments.first
    let problems = reading.diagnostics.filter { $0.code != .emptyValue }.map(\.message)
    guard case .canary(let canary)? = environment?.strategy else { return (nil, [], problems) }
    return (canary.stages.first, environment?.rollback.triggers ?? [], problems)
  }

  // MARK: Failures in a row

  @Test("Failures in a row are a mapping in the place of a text, in stages and triggers, alone or in a list")
  func streaks() throws {
    let found = read(
      #"error_rate: ["<2%", { threshold: "<5%", consecutive_failures: 3, interval: 30s }]"#,
      triggers: #"p95: { threshold: ">2x baseline", consecutive_failures: 2, interval: 60 }"#)
    #expect(found.problems == [])
    #expect(found.stage?.criteria.map(\.description) == ["error_rate < 2%", "error_rate < 5% (3 failures in a row, each of 30s)"])
    #expect(found.triggers.map(\.description) == ["p95 > 2x baseline (2 failures in a row, each of 1m)"])
  }

  @Test(
    "What a row of failures lacks or contradicts is said",
    arguments: [
      (
        #"error_rate: { threshold: "<5%", interval: 30s }"#,
        "the criterion counts failures in a row and does not say its `consecutive_failures`"
      ),
      (#"error_rate: { threshold: "<5%", consecutive_failures: 3, intervall: 30s }"#, "`intervall` is not a key of a criterion"),
      (
        #"error_rate: { threshold: "<5% for 2m", consecutive_failures: 3, interval: 30s }"#,
        "the threshold has a window of its own, and each interval is one already"
      ),
      (
        #"error_rate: { threshold: ">5%", consecutive_failures: 3, interval: 30s }"#,
        "a success criterion says what has to hold, so its figure is bounded from above with < or <="
      ),
      (
        #"error_rate: { threshold: not worse than stable, consecutive_failures: 3, interval: 30s }"#,
        "a comparison is no threshold, and can't stand where one is asked for"
      ),
      (
        #"error_rate: { threshold: "<5%", consecutive_failures: 0, interval: 30s }"#,
        "`consecutive_failures` is `0`, outside of 1 to 100"
      ),
      (
        #"error_rate: { threshold: "<5%", consecutive_failures: 11, interval: 30s }"#,
        "the stage is over before there can be 11 failures in a row, each of 30s"
      ),
      (
        #"cpu: { threshold: "<80%", consecutive_failures: 3, interval: 5s }"#,
        "the window of `cpu` is shorter than the 10s between two looks in `local`"
      ),
    ])
  func wrongStreaks(criteria: String, message: String) {
    let sources = criteria.hasPrefix("cpu") ? "prometheus: { url: http://x, queries: { cpu: x } }" : ""
    #expect(read(criteria, metrics: sources).problems == [message])
  }

  // MARK: Score

  @Test("A score has criteria by metric, with or without a weight, readings last, and two bounds")
  func score() throws {
    let found = read(
      #"error_rate: "<5%", score: { metrics: { depth: "<100", p95: { criterion: "<=1.2x baseline", weight: 0.5 }, "#
        + #"error_rate: { criterion: "<1% for 1m", weight: 3 } }, pass: 90, marginal: 75 }"#,
      metrics: "prometheus: { url: http://x, queries: { depth: x } }")
    #expect(found.problems == [])
    let score = try #require(found.stage?.score)
    #expect(
      score.description
        == "score of at least 90 from error_rate < 1% for 1m (weight 3), p95 <= 1.2x baseline (weight 0.5), depth < 100 (weight 1)")
    #expect(score.marginal == 75)
    #expect(found.stage?.criteria.count == 1)
    #expect(read(#"score: { metrics: { p95: "<1s" }, pass: 50 }"#).stage?.score?.marginal == 50)
  }

  @Test(
    "What is wrong with a score is said where it is",
    arguments: [
      (#"score: { pass: 90 }"#, "the score does not say its `metrics`"),
      (#"score: { metrics: { p95: "<1s" } }"#, "the score does not say its `pass`"),
      (#"score: { metrics: { p95: { weight: 2 } }, pass: 90 }"#, "`p95` has no criterion in the score"),
      (#"score: { metrics: { p95: "<1s" }, pass: 50, marginal: 60 }"#, "`marginal` is more than `pass`: a score would both pass and fail"),
      (#"score: { metrics: { p95: "<1s" }, pass: 101 }"#, "`pass` is `101`, outside of 1 to 100"),
      (#"score: { metrics: { p95: { criterion: "<1s", weight: 0 } }, pass: 50 }"#, "`weight` is `0`, outside of 0.01 to 1000"),
      (
        #"score: { metrics: { error_rate: not worse than stable }, pass: 50 }"#,
        "a comparison is no threshold, and can't stand where one is asked for"
      ),
      (#"score: { metrics: { cpu: "<80%" }, pass: 50 }"#, "nothing reads `cpu` in `local`"),
      (
        #"score: { metrics: { p95: { threshold: "<1s", consecutive_failures: 2, interval: 30s } }, pass: 50 }"#,
        "`threshold` is not a key of a metric of a score"
      ),
    ])
  func wrongScores(criteria: String, message: String) {
    #expect(read(criteria).problems.contains(message), "\(read(criteria).problems)")
  }

  @Test("At 100 % a part that compares with the live version is warned of like any other criterion")
  func baseline() {
    let found = read(#"score: { metrics: { p95: "<=2x baseline" }, pass: 50 }"#, traffic: "100%")
    #expect(found.problems == ["at 100 % the live version has no traffic; its figures from before are what is compared with"])
  }
}

@Suite("Examples of how a rollout is judged")
struct RolloutPageTests {
  @Test("Every file of docs/rollouts.md loads without a word")
  func blocks() throws {
    let page = DocumentationTests.page.deletingLastPathComponent().deletingLastPathComponent().appendingPathComponent("rollouts.md")
    let blocks = try String(contentsOf: page, encoding: .utf8).components(separatedBy: "```yaml\n").dropFirst()
      .map { $0.components(separatedBy: "```")[0] }
    let files = blocks.filter { $0.hasPrefix("project:") }
    #expect(files.count == 2)
    for file in files { #expect(ConfigurationFile(text: file, file: "rollouts.md").report == "", "\(file)") }
  }
}

@Suite("Sources that an environment takes back")
struct TakenBackTests {
  private func metrics(base: String, own: String) -> (spec: MetricsSpec?, problems: [String]) {
    let text = """
      project: demo
      services: { api: { artifact: dist, run: ./api } }
      metrics: { \(base) }
      environments: { local: { listen: 127.0.0.1:8000, metrics: { \(own) } } }
      """
    let reading = ConfigurationFile(text: text, file: "slipway.yaml")
    return (reading.project?.environments.first?.metrics, reading.diagnostics.map(\.message))
  }

  private static let counting = "source: prometheus, prometheus: { url: http://x, preset: http }"
  private static let reading = "source: prometheus, prometheus: { url: http://x, preset: http, queries: { depth: x } }"

  @Test("`source: proxy` takes a source back that only counted; its readings keep another one")
  func source() {
    let gone = metrics(base: Self.counting, own: "source: proxy")
    #expect(gone.spec == nil && gone.problems == [])
    let kept = metrics(base: Self.reading, own: "source: proxy")
    #expect(kept.spec?.source == .proxy && kept.spec?.prometheus?.readings.keys.sorted() == ["depth"] && kept.problems == [])
    let own = metrics(base: Self.counting, own: "source: proxy, prometheus: { interval: 5s }")
    #expect(own.problems == ["nothing is read from `prometheus`: it does not count requests and has no readings"])
  }

  @Test("`none` takes back a source with all that it reads; one that still has to count is missed")
  func none() {
    let gone = metrics(base: Self.reading, own: "source: proxy, prometheus: none")
    #expect(gone.spec == nil && gone.problems == [])
    #expect(metrics(base: Self.reading, own: "prometheus: none").problems == ["`source` is `prometheus`, and nothing describes it"])
    #expect(metrics(base: Self.reading, own: "prometheus: nothing").problems.count == 1)
  }
}
