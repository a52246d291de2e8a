import SlipwayModel
import Yams

/// Objects as YAML for people and for kubectl: the same objects give the same text.
package enum ManifestWriter {
  /// One document for each object, divided by `---`.
  ///
  /// - Throws: `object-invalid`, for a text that YAML can't hold.
  package static func yaml(_ objects: [ObjectDocument]) throws -> String {
    do {
      return try objects.map { try Yams.serialize(node: node($0.json), width: -1) }.joined(separator: "---\n")
    } catch {
      throw SlipwayError(
        .objectInvalid, .input, "the manifest can't be written as YAML", remedy: "use no control characters in names", cause: error)
    }
  }

  /// All objects in one document that kubectl takes.
  package static func list(_ objects: [ObjectDocument]) -> JSONValue {
    ["apiVersion": "v1", "kind": "List", "items": .list(objects.map(\.json))]
  }

  /// In the order in which people write them; others come behind, by name.
  private static let first = ["apiVersion", "kind", "metadata", "name", "namespace"]

  private static func node(_ value: JSONValue) -> Node {
    switch value {
    case .null: Node("null", Tag(.null))
    case .flag(let flag): Node(flag ? "true" : "false", Tag(.bool))
    case .integer(let number): Node(String(number), Tag(.int))
    case .decimal(let number): Node(String(number), Tag(.float))
    case .text(let text): Node(text, Tag(.str), isMistakable(text) ? .doubleQuoted : .any)
    case .list(let items): Node(items.map { node($0) }, Tag(.seq), items.isEmpty ? .flow : .block)
    case .object(let members):
      Node(
        members.sorted { place($0.key) < place($1.key) }.map { (Node($0.key), node($0.value)) }, Tag(.map),
        members.isEmpty ? .flow : .block)
    }
  }

  private static func place(_ key: String) -> (Int, String) { (first.firstIndex(of: key) ?? first.count, key) }

  /// A text that would be read back as something else.
  private static func isMistakable(_ text: String) -> Bool {
    text.isEmpty || Double(text) != nil || ["true", "false", "null", "yes", "no", "on", "off", "~", "y", "n"].contains(text.lowercased())
  }
}
