import SlipwayModel
import Yams

/// Writes manifests as people read them: YAML, with the members first that say what an object is.
package enum ManifestWriter {
  /// A stream of the documents in this order.
  ///
  /// - Throws: `object-invalid`, for a text that YAML can't hold.
  package static func text(of documents: [ObjectDocument]) throws(SlipwayError) -> String {
    var texts: [String] = []
    for document in documents {
      do { texts.append(try Yams.serialize(node: node(document.json), width: -1)) } catch {
        throw SlipwayError(
          .objectInvalid, .input, "'\(document.name ?? "")' can't be written as YAML", remedy: "use no control characters in its texts",
          cause: error)
      }
    }
    return texts.joined(separator: "---\n")
  }

  /// All objects in one document that kubectl takes.
  package static func list(_ documents: [ObjectDocument]) -> JSONValue {
    ["apiVersion": "v1", "kind": "List", "items": .list(documents.map(\.json))]
  }

  private static let first = ["apiVersion", "kind", "metadata", "name", "namespace"]

  private static func node(_ value: JSONValue) -> Node {
    switch value {
    case .null: Node("null", Tag(.null))
    case .flag(let flag): Node(flag ? "true" : "false", Tag(.bool))
    case .integer(let number): Node(String(number), Tag(.int))
    case .decimal(let number): Node(String(number), Tag(.float))
    case .text(let text): Node(text, Tag(.str), text.contains("\n") ? .literal : isPlain(text) ? .any : .doubleQuoted)
    case .list(let items): Node(items.map { node($0) }, Tag(.seq), items.isEmpty ? .flow : .block)
    case .object(let members):
      Node(
        members.sorted { a, b in
          let (x, y) = (first.firstIndex(of: a.key) ?? first.count, first.firstIndex(of: b.key) ?? first.count)
          return x == y ? a.key < b.key : x < y
        }.map { (node(.text($0.key)), node($0.value)) }, Tag(.map), members.isEmpty ? .flow : .block)
    }
  }

  /// Whether a text is read back as the same text without quotes; in doubt it is not.
  private static func isPlain(_ text: String) -> Bool {
    guard let first = text.unicodeScalars.first, first.isASCII, first.properties.isAlphabetic || first == "/" else { return false }
    let words = ["true", "false", "null", "yes", "no", "on", "off", "y", "n"]
    // A colon is plain where it is followed by something: `registry.example.com/api:1`.
    return !words.contains(text.lowercased()) && !text.hasSuffix(":")
      && text.unicodeScalars.allSatisfy {
        $0.isASCII && ($0.properties.isAlphabetic || ("0"..."9").contains($0) || "-_./:@".unicodeScalars.contains($0))
      }
  }
}
