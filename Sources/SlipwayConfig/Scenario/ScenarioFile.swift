import SlipwayModel

/// A file of `slipway simulate --scenario`, read: what it says when it is right, and everything there is to say about it.
///
/// Reading is pure: bytes and a name come in, nothing else is looked at.
package struct ScenarioFile: Sendable {
  /// `nil` when there is an error among ``diagnostics``.
  package let scenario: ScenarioSpec?
  /// In the order of the file.
  package let diagnostics: [Diagnostic]
  private let source: SourceText

  /// - Parameters:
  ///   - bytes: the file's content: UTF-8, at most 1 MiB.
  ///   - file: the file's name, as diagnostics give it.
  package init(bytes: [UInt8], file: String) {
    let sink = DiagnosticSink(file: file)
    let (text, isValid) = SourceText.decode(bytes, sink: sink)
    source = text
    let read = isValid ? Self.read(text, sink: sink) : nil
    scenario = sink.hasErrors ? nil : read
    diagnostics = sink.diagnostics
  }

  /// The diagnostics as a person reads them, with the lines they are about; empty when there are none.
  package var report: String { DiagnosticRenderer(source: source).render(diagnostics) }

  private static func read(_ text: SourceText, sink: DiagnosticSink) -> ScenarioSpec? {
    guard let composed = YAMLComposer(source: text, sink: sink).compose() else { return nil }
    guard let yaml = composed.root else { return reportEmpty(sink) }
    var builder = TreeBuilder(source: text, sink: sink, overwritten: composed.overwritten, variables: [:])
    guard let root = builder.build(yaml) else { return nil }
    switch root.content {
    case .null: return reportEmpty(sink)
    case .unknown: return nil
    case .scalar, .sequence:
      sink.error(
        .wrongType, at: root.place, "the file is not a mapping of keys to values",
        remedy: "begin with for example `traffic: { requests_per_second: 5 }`")
      return nil
    case .mapping(let entries):
      var checker = SchemaChecker(source: text, sink: sink)
      checker.check(entries, in: .simulation)
      return ScenarioReader(sink: sink).read(View(root))
    }
  }

  private static func reportEmpty(_ sink: DiagnosticSink) -> ScenarioSpec? {
    sink.error(
      .emptyFile, at: .start, "the file describes nothing", remedy: "write for example `traffic: { requests_per_second: 5 }`")
    return nil
  }
}

/// Reads a checked tree into a scenario.
struct ScenarioReader {
  let sink: DiagnosticSink

  func read(_ root: View) -> ScenarioSpec {
    var names: [String: Place] = [:]
    let releases = root.items("releases").compactMap { release($0, known: &names) }
    let usesCatalogue = root.flag("catalogue") ?? true
    if !usesCatalogue, root.items("releases").isEmpty, let entry = root.entry("catalogue") {
      sink.error(
        .missingKey, at: entry.place, "without the catalogue and without releases there is nothing to simulate",
        remedy: "add `releases`, or remove `catalogue: false`")
    }
    return ScenarioSpec(traffic: traffic(root.view("traffic")), usesCatalogue: usesCatalogue, releases: releases)
  }

  private func traffic(_ view: View) -> ScenarioSpec.Traffic {
    if let p50 = view.duration("p50"), let p95 = view.duration("p95"), p95 <= p50, let entry = view.entry("p95") {
      sink.error(
        .outOfRange, at: entry.value.place, "the 95th percentile \(p95) is not more than the median \(p50)",
        remedy: "state the response time that 95 of 100 requests stay below")
    }
    return ScenarioSpec.Traffic(
      requestsPerSecond: view.number("requests_per_second"), p50: view.duration("p50"), p95: view.duration("p95"),
      errorRate: view.percentage("error_rate"), slowAfter: view.duration("slow_after"))
  }

  private func release(_ node: Node, known: inout [String: Place]) -> ScenarioSpec.OwnRelease? {
    guard node.entries != nil else { return nil }
    let view = View(node)
    guard let name = view.text("name") else {
      if view.lacks("name", of: .simulatedRelease) {
        sink.error(.missingKey, at: node.place, "the release has no `name`", remedy: "add for example `name: slow query`")
      }
      return nil
    }
    let place = view.entry("name")?.value.place ?? node.place
    if let first = known[name.lowercased()] {
      sink.error(
        .duplicateName, at: place, "the release has the name of the one at line \(first.line)", remedy: "give each release its own name")
    }
    known[name.lowercased()] = place
    var release = ScenarioSpec.OwnRelease(name: name)
    release.expected = view.text("expect").flatMap { ScenarioSpec.Expected(rawValue: $0) }
    release.errorRate = view.percentage("error_rate")
    release.latencyFactor = view.number("latency_factor")
    release.startup = view.duration("startup")
    release.neverReady = view.flag("never_ready") ?? false
    release.metricGaps = view.percentage("metric_gaps")
    release.trafficFactor = view.number("traffic_factor")
    readFaults(of: view, into: &release)
    return release
  }

  private func readFaults(of view: View, into release: inout ScenarioSpec.OwnRelease) {
    if let fault = section("late_fault", of: view, needs: ["after", "error_rate"], in: .lateFault),
      let after = fault.duration("after"), let errorRate = fault.percentage("error_rate")
    {
      release.lateFault = .init(after: after, errorRate: errorRate)
    }
    if let leak = section("leak", of: view, needs: [], in: .leak) {
      release.leak = .init(
        errorsPerMinute: leak.percentage("errors_per_minute") ?? .zero, latencyPerMinute: leak.number("latency_per_minute") ?? 0)
    }
    if let cold = section("cold_start", of: view, needs: ["length", "latency_factor"], in: .coldStart),
      let length = cold.duration("length"), let factor = cold.number("latency_factor")
    {
      release.coldStart = .init(length: length, latencyFactor: factor)
    }
    if let crash = section("crash", of: view, needs: ["after"], in: .crash), let after = crash.duration("after") {
      release.crash = .init(beforeBind: crash.text("moment") == "before_bind", after: after, times: crash.integer("times"))
    }
  }

  /// A section with the keys that it can't do without; those that lack are reported.
  private func section(_ key: String, of view: View, needs keys: [String], in scope: Scope) -> View? {
    guard let entry = view.entry(key), entry.value.entries != nil else { return nil }
    let section = View(entry.value)
    for needed in keys where section.lacks(needed, of: scope) {
      let example = scope.key(needed)?.example ?? ""
      sink.error(.missingKey, at: entry.place, "`\(key)` has no `\(needed)`", remedy: "add for example `\(needed): \(example)`")
    }
    return section
  }
}
