import Foundation
import SlipwayConfig
import SlipwayModel
import Testing

/// A scenario in `Tests/Scenarios/config`: a description, the environment variables, a file, and what reading it gives.
///
///     What the scenario shows.
///     === variables
///     NAME=value
///     === file
///     project: demo
///     === expected
///     the report, and the project as JSON when there is one
///
/// `=== variables` may be left out. After `=== file, escaped` the lines may hold `\xHH` for a byte, `\r`, `\t`, `\\`, and
/// `\{N*TEXT}` for a text N times.
struct ScenarioFile: CustomTestStringConvertible, Sendable {
  let url: URL
  let preamble: String
  let variables: [String: String]
  let content: [UInt8]
  let expected: String

  var testDescription: String { url.deletingPathExtension().lastPathComponent }

  static let folder = URL(fileURLWithPath: #filePath).deletingLastPathComponent().deletingLastPathComponent()
    .appendingPathComponent("Scenarios/config")

  static func all() throws -> [ScenarioFile] {
    try FileManager.default.contentsOfDirectory(at: folder, includingPropertiesForKeys: nil)
      .filter { $0.pathExtension == "case" }.sorted { $0.path < $1.path }.map(ScenarioFile.init)
  }

  init(url: URL) throws {
    self.url = url
    var sections: [(head: String, lines: [String])] = [("", [])]
    let text = String(decoding: try Data(contentsOf: url), as: UTF8.self)
    for line in text.split(separator: "\n", omittingEmptySubsequences: false).map(String.init) {
      if line.hasPrefix("=== ") { sections.append((line, [])) } else { sections[sections.count - 1].lines.append(line) }
    }
    func section(_ head: String) -> String? {
      sections.first { $0.head == head }.map { $0.lines.map { $0 + "\n" }.joined() }
    }
    guard let expectedStart = text.range(of: "\n=== expected\n") else { throw CocoaError(.fileReadCorruptFile) }
    preamble = String(text[..<expectedStart.upperBound])
    expected = String(text[expectedStart.upperBound...])
    var variables: [String: String] = [:]
    for line in (section("=== variables") ?? "").split(separator: "\n") {
      let parts = line.split(separator: "=", maxSplits: 1, omittingEmptySubsequences: false)
      variables[String(parts[0])] = parts.count == 2 ? String(parts[1]) : ""
    }
    self.variables = variables
    if let escaped = section("=== file, escaped") {
      content = Self.unescaped(escaped)
    } else {
      content = Array((section("=== file") ?? "").utf8)
    }
  }

  private static func unescaped(_ text: String) -> [UInt8] {
    var result: [UInt8] = []
    var rest = Array(text.utf8)[...]
    while let byte = rest.popFirst() {
      guard byte == UInt8(ascii: "\\"), let kind = rest.popFirst() else {
        result.append(byte)
        continue
      }
      switch kind {
      case UInt8(ascii: "x"):
        result.append(UInt8(String(decoding: rest.prefix(2), as: UTF8.self), radix: 16) ?? 0)
        rest = rest.dropFirst(2)
      case UInt8(ascii: "{"):
        let inner = String(decoding: rest.prefix { $0 != UInt8(ascii: "}") }, as: UTF8.self)
        rest = rest.dropFirst(inner.utf8.count + 1)
        let parts = inner.split(separator: "*", maxSplits: 1).map(String.init)
        for _ in 0..<(Int(parts[0]) ?? 0) { result += Array(parts[1].utf8) }
      case UInt8(ascii: "r"): result.append(13)
      case UInt8(ascii: "t"): result.append(9)
      case UInt8(ascii: "n"): result.append(10)
      default: result.append(kind)
      }
    }
    return result
  }

  /// What reading the file gives, as the scenario writes it down.
  func outcome() throws -> String {
    let file = ConfigurationFile(bytes: content, file: "slipway.yaml", variables: variables)
    guard let project = file.project else { return file.report }
    let encoder = JSONEncoder()
    encoder.userInfo[.carriesValues] = true
    encoder.outputFormatting = [.prettyPrinted, .sortedKeys, .withoutEscapingSlashes]
    return file.report + String(decoding: try encoder.encode(project), as: UTF8.self) + "\n"
  }
}
