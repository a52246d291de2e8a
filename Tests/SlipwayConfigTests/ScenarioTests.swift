import Foundation
import SlipwayConfig
import Testing

@Suite("Scenarios of slipway.yaml: each file of Tests/Scenarios/config gives the report or project it states")
struct ScenarioTests {
  /// `SLIPWAY_RECORD=1` writes what is found into the scenarios; the run fails all the same, so that nobody records by accident.
  static let isRecording = ProcessInfo.processInfo.environment["SLIPWAY_RECORD"] == "1"

  @Test("A scenario's file gives what the scenario expects", arguments: try ScenarioFile.all())
  func outcome(scenario: ScenarioFile) throws {
    let outcome = try scenario.outcome()
    if Self.isRecording, outcome != scenario.expected {
      try Data((scenario.preamble + outcome).utf8).write(to: scenario.url, options: .atomic)
      Issue.record("recorded \(scenario.testDescription); look at the change and run again without SLIPWAY_RECORD")
      return
    }
    #expect(outcome == scenario.expected)
  }

  @Test("Every diagnostic lies inside its file", arguments: try ScenarioFile.all())
  func places(scenario: ScenarioFile) {
    let file = ConfigurationFile(bytes: scenario.content, file: "f", variables: scenario.variables)
    for diagnostic in file.diagnostics { expectInside(diagnostic, scenario.content) }
    #expect((file.project == nil) == file.diagnostics.contains { $0.severity == .error })
  }

  @Test("No value of an environment variable appears in a report", arguments: try ScenarioFile.all())
  func secrecy(scenario: ScenarioFile) {
    let file = ConfigurationFile(bytes: scenario.content, file: "f", variables: scenario.variables)
    let content = String(decoding: scenario.content, as: UTF8.self)
    for value in scenario.variables.values where value.count >= 3 && !content.contains(value) {
      #expect(!file.report.contains(value))
    }
  }

  @Test("Every kind of diagnostic has a scenario")
  func coverage() throws {
    let codes = try ScenarioFile.all().flatMap {
      ConfigurationFile(bytes: $0.content, file: "f", variables: $0.variables).diagnostics.map(\.code)
    }
    #expect(Set(DiagnosticCode.allCases).subtracting(codes) == [])
  }
}

/// Fails when the place of a diagnostic is not one in the content.
func expectInside(_ diagnostic: Diagnostic, _ content: [UInt8], sourceLocation: Testing.SourceLocation = #_sourceLocation) {
  var text = String.UnicodeScalarView(String(decoding: content, as: UTF8.self).unicodeScalars)
  if text.first == "\u{FEFF}" { text.removeFirst() }
  var lines: [Int] = [0]
  var previous: Unicode.Scalar?
  for scalar in text {
    if scalar == "\n", previous == "\r" {
      // CR LF is one line break.
    } else if ["\n", "\r", "\u{85}", "\u{2028}", "\u{2029}"].contains(scalar) {
      lines.append(0)
    } else {
      lines[lines.count - 1] += 1
    }
    previous = scalar
  }
  let location = diagnostic.location
  #expect((1...lines.count).contains(location.line), "\(diagnostic)", sourceLocation: sourceLocation)
  guard (1...lines.count).contains(location.line) else { return }
  #expect((1...lines[location.line - 1] + 1).contains(location.column), "\(diagnostic)", sourceLocation: sourceLocation)
  #expect(diagnostic.length >= 1 && !diagnostic.message.isEmpty && !diagnostic.remedy.isEmpty, sourceLocation: sourceLocation)
}
