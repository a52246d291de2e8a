import Foundation
import SlipwayKubernetes
import SlipwayModel
import Testing
import Yams

/// Compares objects with a file in `Tests/SlipwayKubernetesTests/Snapshots`, as YAML. With `SLIPWAY_RECORD=1` the file is written anew,
/// and the test fails all the same, so that a recording is never taken for a pass.
enum Snapshot {
  static let folder = URL(fileURLWithPath: #filePath).deletingLastPathComponent().deletingLastPathComponent().appending(path: "Snapshots")

  static func expect(_ documents: [ObjectDocument], are name: String, sourceLocation: SourceLocation = #_sourceLocation) throws {
    try expect(try documents.map { try yaml($0.json) }.joined(separator: "---\n"), is: name, sourceLocation: sourceLocation)
  }

  static func expect(_ text: String, is name: String, sourceLocation: SourceLocation = #_sourceLocation) throws {
    let file = folder.appending(path: name + ".yaml")
    if ProcessInfo.processInfo.environment["SLIPWAY_RECORD"] == "1" {
      try text.write(to: file, atomically: true, encoding: .utf8)
      Issue.record("recorded \(name); run again without SLIPWAY_RECORD", sourceLocation: sourceLocation)
      return
    }
    let recorded = try String(contentsOf: file, encoding: .utf8)
    #expect(text == recorded, "see \(name).yaml; SLIPWAY_RECORD=1 records it anew", sourceLocation: sourceLocation)
  }

  /// Members in the order that people write them in, then by name.
  static func yaml(_ value: JSONValue) throws -> String {
    try Yams.serialize(node: node(value), width: -1)
  }

  private static let first = ["apiVersion", "kind", "metadata", "name", "namespace", "op", "path"]

  private static func node(_ value: JSONValue) -> Node {
    switch value {
    case .null: Node("null", Tag(.null))
    case .flag(let flag): Node(flag ? "true" : "false", Tag(.bool))
    case .integer(let number): Node(String(number), Tag(.int))
    case .decimal(let number): Node(String(number), Tag(.float))
    case .text(let text): Node(text, Tag(.str), mustBeQuoted(text) ? .doubleQuoted : .any)
    case .list(let items): Node(items.map { node($0) }, Tag(.seq), .block)
    case .object(let members):
      Node(
        members.sorted { a, b in
          let (x, y) = (first.firstIndex(of: a.key) ?? first.count, first.firstIndex(of: b.key) ?? first.count)
          return x == y ? a.key < b.key : x < y
        }.map { (Node($0.key), node($0.value)) }, Tag(.map), members.isEmpty ? .flow : .block)
    }
  }

  /// A text that would be read back as something else.
  private static func mustBeQuoted(_ text: String) -> Bool {
    text.isEmpty || Double(text) != nil || ["true", "false", "null", "yes", "no", "on", "off", "~"].contains(text.lowercased())
  }
}
