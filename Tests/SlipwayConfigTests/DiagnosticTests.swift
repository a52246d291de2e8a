import Foundation
import SlipwayConfig
import Testing

/// The value as it comes back from JSON.
func roundTrip<Value: Codable>(_ value: Value) throws -> Value {
  try JSONDecoder().decode(Value.self, from: JSONEncoder().encode(value))
}

@Suite("Diagnostics")
struct DiagnosticTests {
  @Test("A diagnostic is JSON with snake_case keys, and comes back from it")
  func json() throws {
    let file = ConfigurationFile(text: "project: demo\nservcies: {}\n", file: "slipway.yaml")
    let diagnostic = try #require(file.diagnostics.first { $0.code == .unknownKey })
    let encoder = JSONEncoder()
    encoder.outputFormatting = [.sortedKeys]
    #expect(
      String(decoding: try encoder.encode(diagnostic), as: UTF8.self)
        == #"{"code":"unknown-key","length":8,"location":{"column":1,"file":"slipway.yaml","line":2},"#
        + #""message":"`servcies` is not a key of the file's top level","remedy":"did you mean `services`?","severity":"error"}"#)
    #expect(try roundTrip(diagnostic) == diagnostic)
  }

  @Test("More mistakes than anybody reads are cut, and the report says so")
  func limit() {
    let keys = (0..<500).map { "unknown\($0): 1\n" }.joined()
    let file = ConfigurationFile(text: keys, file: "f")
    #expect(file.diagnostics.count == 200)
    #expect(file.report.hasSuffix("200 errors (no more are shown)\n"))
  }

  @Test("A file that is only warned about too often still fails for its one error")
  func errorBeyondTheLimit() {
    let environments = (0..<99).map { "  e\($0): { target: simulated, auto_deploy: true, promote_from: e0, listen: :\(8000 + $0) }\n" }
      .joined()
      .replacingOccurrences(of: "listen: :", with: "listen: 127.0.0.1:")
    let text =
      "project: demo\nservices: { api: { artifact: a, run: b } }\nenvironments:\n" + environments
      + "  z: { listen: 127.0.0.1:1, replicas: 0 }\n"
    let file = ConfigurationFile(text: text, file: "f")
    #expect(file.hasErrors)
    #expect(file.diagnostics.filter { $0.severity == .error }.map(\.message) == ["`replicas` is `0`, outside of 1 to 1000"])
  }

  @Test("Reading is pure: the same bytes give the same result")
  func deterministic() throws {
    for scenario in try ScenarioFile.all() {
      let results = (0..<3).map { _ in ConfigurationFile(bytes: scenario.content, file: "f", variables: scenario.variables) }
      #expect(results.allSatisfy { $0.diagnostics == results[0].diagnostics && $0.project == results[0].project })
    }
  }
}
