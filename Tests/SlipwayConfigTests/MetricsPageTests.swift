import Foundation
import SlipwayConfig
import SlipwayModel
import Testing

@Suite("docs/metrics.md says what the reader does")
struct MetricsPageTests {
  private static let page = DocumentationTests.page.deletingLastPathComponent().deletingLastPathComponent()
    .appendingPathComponent("metrics.md")

  private func text() throws -> String { String(decoding: try Data(contentsOf: Self.page), as: UTF8.self) }

  private static var presets: String {
    MetricPreset.all.map { preset in
      let counts = preset.counts
      let queries = [
        ("requests", counts.requests), ("errors", counts.errors), ("latency", counts.latency), ("latency_sum", counts.latencySum),
      ]
      return "`\(preset.name)`: \(preset.meaning) Bounds are in \(counts.unit.rawValue).\n\n```text\n"
        + queries.map { "\($0.0): \($0.1 ?? "")\n" }.joined() + "```\n"
    }.joined(separator: "\n")
  }

  private static var saturation: String {
    "```text\n" + Metric.saturation.map { "\($0): \(MetricPreset.saturation[$0] ?? "")\n" }.joined() + "```\n"
  }

  @Test("The page has every ready-made query as it is asked", arguments: [("presets", presets), ("saturation", saturation)])
  func queries(name: String, expected: String) throws {
    let page = try text()
    let start = try #require(
      page.range(of: "<!-- \(name): written by the tests with SLIPWAY_RECORD=1 from Sources/SlipwayConfig/Metrics/MetricPreset.swift -->\n")
    )
    let stop = try #require(page.range(of: "<!-- end of \(name) -->\n"))
    if ScenarioTests.isRecording, page[start.upperBound..<stop.lowerBound] != "\n" + expected + "\n" {
      try Data((page[..<start.upperBound] + "\n" + expected + "\n" + page[stop.lowerBound...]).utf8).write(to: Self.page, options: .atomic)
      Issue.record("recorded \(name) of metrics.md; look at the change and run again without SLIPWAY_RECORD")
      return
    }
    #expect(page[start.upperBound..<stop.lowerBound] == "\n" + expected + "\n")
  }

  @Test("Every YAML block of the page loads without a word")
  func blocks() throws {
    let blocks = try text().components(separatedBy: "```yaml\n").dropFirst().map { $0.components(separatedBy: "```")[0] }
    #expect(blocks.count == 3)
    for block in blocks { #expect(ConfigurationFile(text: block, file: "metrics.md").report == "", "\(block)") }
  }

  @Test("The page names every placeholder, and ready-made queries use no others")
  func placeholders() throws {
    let page = try text()
    for placeholder in MetricPlaceholder.allCases { #expect(page.contains("| `{{\(placeholder.rawValue)}}` |")) }
    let queries = MetricPreset.all.flatMap { [$0.counts.requests, $0.counts.errors, $0.counts.latency, $0.counts.latencySum] }
    for query in queries.compactMap({ $0 }) + MetricPreset.saturation.values {
      let names = try #require(MetricTemplate(query).names)
      #expect(names.allSatisfy { MetricPlaceholder(rawValue: $0) != nil }, "\(query)")
    }
    for query in queries { #expect(try MetricTemplate(#require(query)).isPerSlot) }
  }
}
