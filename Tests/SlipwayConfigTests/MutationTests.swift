import SlipwayConfig
import Testing

@Suite("Files that a cat walked over")
struct MutationTests {
  /// Parts that are likely to lead a parser astray.
  private static let splices = [
    "{", "}", "[", "]", ": ", ":", "- ", "-", "\n", "\n  ", "\t", "\"", "'", "&a ", "*a", "<<: ", "? ", "!!int ", "|", ">", "%", "#", "${",
    "${X}", "}",
    "$$", "\u{FEFF}", "\u{85}", "\u{2028}", "é", "🚀", "\0", "---\n", "...\n", "~", "null", "true", "1e9", "-1", "99999999999999999999",
    "%YAML 1.2\n", "\r", "\\",
  ]

  private static func mutated(_ content: [UInt8], others: [[UInt8]], _ generator: inout SplitMix) -> [UInt8] {
    var bytes = content
    for _ in 0..<Int.random(in: 1...4, using: &generator) {
      let position = Int.random(in: 0...bytes.count, using: &generator)
      let end = min(bytes.count, position + Int.random(in: 0...12, using: &generator))
      switch Int.random(in: 0..<6, using: &generator) {
      case 0: bytes.removeSubrange(position..<end)
      case 1: bytes.insert(contentsOf: (splices.randomElement(using: &generator) ?? "").utf8, at: position)
      case 2: bytes.insert(contentsOf: bytes[position..<end], at: Int.random(in: 0...bytes.count, using: &generator))
      case 3: if position < bytes.count { bytes[position] = UInt8.random(in: 0...255, using: &generator) }
      case 4:
        let other = others.randomElement(using: &generator) ?? []
        let start = Int.random(in: 0...other.count, using: &generator)
        bytes.insert(contentsOf: other[start..<min(other.count, start + 40)], at: position)
      default:
        // A line goes away, or moves.
        let lines = bytes.split(separator: 10, omittingEmptySubsequences: false)
        var kept = Array(lines)
        let line = kept.remove(at: Int.random(in: 0..<kept.count, using: &generator))
        if Bool.random(using: &generator) { kept.insert(line, at: Int.random(in: 0...kept.count, using: &generator)) }
        bytes = Array(kept.joined(separator: [10]))
      }
    }
    return bytes
  }

  @Test(
    "2,000 mutated files are each read or refused with an error inside the file; none crashes the reader",
    arguments: [1, 2, 3, 4] as [UInt64])
  func mutations(seed: UInt64) throws {
    let valid = try ScenarioFile.all().filter { $0.content.count < 10_000 }
    // Most scenarios are of mistakes; a file that loads has to meet the cat as often.
    let loading = valid.filter { ConfigurationFile(bytes: $0.content, file: "f", variables: $0.variables).project != nil }
    var generator = SplitMix(seed: seed)
    var refused = 0
    for round in 0..<500 {
      let files = round.isMultiple(of: 2) ? valid : loading
      let scenario = files[Int.random(in: 0..<files.count, using: &generator)]
      let content = Self.mutated(scenario.content, others: valid.map(\.content), &generator)
      let file = ConfigurationFile(bytes: content, file: "f", variables: scenario.variables)
      let errors = file.diagnostics.filter { $0.severity == .error }
      if (file.project == nil) != !errors.isEmpty {
        Issue.record(
          "seed \(seed), round \(round): refused without an error, or accepted with one:\n\(String(decoding: content, as: UTF8.self))")
      }
      for diagnostic in file.diagnostics { expectInside(diagnostic, content) }
      _ = file.report
      if file.project == nil { refused += 1 }
    }
    // Otherwise the mutations are too mild, or too wild, to show anything.
    #expect((50...499).contains(refused))
  }

  @Test("Text of every length up to a file's is refused in the same way")
  func prefixes() throws {
    let scenario = try #require(try ScenarioFile.all().first { $0.testDescription == "product-outline" })
    for length in stride(from: 0, to: scenario.content.count, by: 7) {
      let content = Array(scenario.content[..<length])
      let file = ConfigurationFile(bytes: content, file: "f")
      #expect((file.project == nil) == file.diagnostics.contains { $0.severity == .error })
      for diagnostic in file.diagnostics { expectInside(diagnostic, content) }
    }
  }
}
