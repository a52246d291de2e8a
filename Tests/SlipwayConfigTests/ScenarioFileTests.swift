import Foundation
import SlipwayConfig
import SlipwayModel
import Testing

@Suite("A scenario file")
struct ScenarioFileTests {
  private func read(_ text: String) -> SlipwayConfig.ScenarioFile { .init(bytes: Array(text.utf8), file: "traffic.yaml") }

  @Test("Traffic and releases are read as they are written")
  func complete() {
    let file = read(
      """
      traffic: { requests_per_second: 2.5, p50: 80ms, p95: 400ms, error_rate: 0.2%, slow_after: 1s }
      catalogue: false
      releases:
        - name: slow query
          expect: go_back
          latency_factor: 4
          crash: { after: 1m, times: 2 }
      """)
    var release = ScenarioSpec.OwnRelease(name: "slow query")
    release.expected = .goBack
    release.latencyFactor = 4
    release.crash = .init(beforeBind: false, after: .minutes(1), times: 2)
    #expect(file.report == "")
    #expect(file.scenario?.releases == [release])
    #expect(file.scenario?.usesCatalogue == false)
    #expect(
      file.scenario?.traffic
        == .init(
          requestsPerSecond: 2.5, p50: .milliseconds(80), p95: .milliseconds(400), errorRate: Percentage(basisPoints: 20),
          slowAfter: .seconds(1)))
  }

  @Test("Every mistake is told with its place and what to write instead")
  func mistakes() {
    let file = read(
      """
      trafic: { p50: 80ms }
      releases:
        - { name: a, latency_factor: fast, error_rate: 200% }
        - { name: A, late_fault: { after: 8m } }
        - { expect: explode }
      """)
    #expect(file.scenario == nil)
    #expect(
      file.diagnostics.map { "\($0.location.line) \($0.code.rawValue) \($0.message)" } == [
        "1 unknown-key `trafic` is not a key of the file's top level",
        "3 wrong-type `latency_factor` takes a number, not `fast`",
        "3 wrong-type `error_rate` takes a percentage from 0 to 100 with at most two decimals, not `200%`",
        "4 duplicate-name the release has the name of the one at line 3",
        "4 missing-key `late_fault` has no `error_rate`",
        "5 missing-key the release has no `name`",
        "5 invalid-value `expect` takes one of `promote`, `go_back`, not `explode`",
      ])
    #expect(file.diagnostics.first?.remedy == "did you mean `traffic`?")
  }

  @Test(
    "What can't be simulated is refused",
    arguments: [
      ("", "empty-file"), ("[1]", "wrong-type"), ("catalogue: false", "missing-key"), ("traffic: { p50: 80ms, p95: 20ms }", "out-of-range"),
      ("traffic: { requests_per_second: 0 }", "out-of-range"), ("traffic: { requests_per_second: \"5\" }", "wrong-type"),
      ("strategy: rolling", "unknown-key"),
    ])
  func refused(text: String, code: String) {
    let file = read(text)
    #expect(file.scenario == nil)
    #expect(file.diagnostics.map(\.code.rawValue) == [code])
  }

  @Test("Every key's example is one that its place accepts", arguments: Scope.simulationCases)
  func examples(scope: Scope) {
    let whole = ["late_fault": "after: 1m, error_rate: 1%", "cold_start": "length: 1m, latency_factor: 2", "crash": "after: 1m"]
    for key in scope.keys {
      let line = "\(key.name): \(key.example)"
      let others = (whole[scope.rawValue] ?? "").split(separator: ", ").filter { !$0.hasPrefix("\(key.name):") }.joined(separator: ", ")
      let section = others.isEmpty ? line : "\(others), \(line)"
      let text =
        switch scope {
        case .simulation: key.name == "catalogue" ? "releases: [{ name: a }]\n\(line)" : line
        case .simulatedTraffic: "traffic: { \(line) }"
        case .simulatedRelease: "releases: [{ \(key.name == "name" ? line : "name: a, \(line)") }]"
        case _: "releases: [{ name: a, \(scope.rawValue): { \(section) } }]"
        }
      #expect(read(text).report == "", "\(text)")
    }
  }

  private static let begin = "<!-- tables: written by the tests with SLIPWAY_RECORD=1 from Sources/SlipwayConfig/Keys -->\n"
  private static let end = "<!-- end of tables -->\n"

  @Test("The tables of docs/simulate.md name every key that the checker knows, and no other")
  func documented() throws {
    let file = DocumentationTests.page.deletingLastPathComponent().deletingLastPathComponent().appendingPathComponent("simulate.md")
    let page = try String(contentsOf: file, encoding: .utf8)
    let start = try #require(page.range(of: Self.begin))
    let stop = try #require(page.range(of: Self.end))
    let tables = "\n" + Scope.simulationCases.map(DocumentationTests.table).joined(separator: "\n") + "\n"
    if ScenarioTests.isRecording, page[start.upperBound..<stop.lowerBound] != tables {
      try Data((page[..<start.upperBound] + tables + page[stop.lowerBound...]).utf8).write(to: file, options: .atomic)
      Issue.record("recorded the tables of simulate.md; look at the change and run again without SLIPWAY_RECORD")
      return
    }
    #expect(page[start.upperBound..<stop.lowerBound] == tables)
  }

  @Test("The examples of docs/simulate.md load without a word: a project's file, and one for --scenario")
  func example() throws {
    let file = DocumentationTests.page.deletingLastPathComponent().deletingLastPathComponent().appendingPathComponent("simulate.md")
    let blocks = try String(contentsOf: file, encoding: .utf8).components(separatedBy: "```yaml\n").dropFirst()
      .map { $0.components(separatedBy: "```")[0] }
    let projects = blocks.filter { $0.hasPrefix("project:") }
    #expect(blocks.count == 2 && projects.count == 1)
    for project in projects { #expect(ConfigurationFile(text: project, file: "simulate.md").report == "") }
    for scenario in blocks where !projects.contains(scenario) { #expect(read(scenario).report == "") }
  }
}
