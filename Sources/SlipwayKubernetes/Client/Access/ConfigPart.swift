import Foundation
import SlipwayModel
import Yams

/// A value of a kubeconfig, with where it stands. Its messages name file, line and key, and never the value.
struct ConfigPart {
  let node: Node
  let file: String
  /// The key that leads to it, for messages.
  let key: String

  /// - Returns: `nil` for an empty file.
  /// - Throws: `kubeconfig-invalid`.
  static func root(of text: String, in file: String) throws(SlipwayError) -> ConfigPart? {
    do {
      // The basic resolver leaves every scalar a text: a token of digits is no number.
      guard let node = try Parser(yaml: text, resolver: .basic, encoding: .utf8).singleRoot() else { return nil }
      return ConfigPart(node: node, file: file, key: "the file")
    } catch {
      throw .kubeconfigInvalid(words(for: error, file))
    }
  }

  /// The parser's own description quotes the line, in which a token may stand.
  private static func words(for error: any Error, _ file: String) -> String {
    switch error {
    case YamlError.scanner(_, let problem, let mark, _), YamlError.parser(_, let problem, let mark, _),
      YamlError.composer(_, let problem, let mark, _):
      "\(file):\(mark.line) is not YAML: \(problem)"
    case YamlError.duplicatedKeysInMapping(_, let context): "\(file):\(context.mark.line): a key is given twice"
    default: "\(file) is not YAML"
    }
  }

  func mistake(_ words: String, remedy: String? = nil) -> SlipwayError {
    let message = "\(file):\(node.mark?.line ?? 1): \(words)"
    return remedy.map { .kubeconfigInvalid(message, remedy: $0) } ?? .kubeconfigInvalid(message)
  }

  /// - Returns: `nil` for what is missing or null.
  func member(_ name: String) throws(SlipwayError) -> ConfigPart? {
    guard case .mapping(let mapping) = node else { throw mistake("\(key) is no mapping") }
    guard let value = mapping.first(where: { $0.key.scalar?.string == name })?.value else { return nil }
    let part = ConfigPart(node: value, file: file, key: "`\(name)`")
    return part.isNull ? nil : part
  }

  private var isNull: Bool {
    guard case .scalar(let scalar) = node, scalar.style == .plain || scalar.style == .any else { return false }
    return ["", "~", "null", "Null", "NULL"].contains(scalar.string)
  }

  /// The texts of a member; `nil` when it is missing or empty, as kubectl makes no difference.
  func text(_ name: String) throws(SlipwayError) -> String? {
    guard let part = try member(name) else { return nil }
    guard case .scalar(let scalar) = part.node else { throw part.mistake("\(part.key) is no text") }
    return scalar.string.isEmpty ? nil : scalar.string
  }

  func required(_ name: String) throws(SlipwayError) -> String {
    guard let text = try text(name) else { throw mistake("\(key) has no `\(name)`") }
    return text
  }

  func flag(_ name: String) throws(SlipwayError) -> Bool {
    switch try text(name) {
    case nil, "false": return false
    case "true": return true
    case _?: throw try member(name)?.mistake("`\(name)` is neither true nor false") ?? mistake("`\(name)` is neither true nor false")
    }
  }

  func items(_ name: String) throws(SlipwayError) -> [ConfigPart] {
    guard let part = try member(name) else { return [] }
    guard case .sequence(let sequence) = part.node else { throw part.mistake("\(part.key) is no list") }
    return sequence.map { ConfigPart(node: $0, file: file, key: "an entry of `\(name)`") }
  }

  func texts(_ name: String) throws(SlipwayError) -> [String] {
    var texts: [String] = []
    for item in try items(name) {
      guard let text = item.node.scalar?.string else { throw item.mistake("\(item.key) is no text") }
      texts.append(text)
    }
    return texts
  }

  /// What stands in `name-data` in Base64, or in the file that `name` leads to.
  func material(_ name: String) throws(SlipwayError) -> Material? {
    let path = try text(name)
    guard let data = try text("\(name)-data") else { return path.map { .file(absolute($0)) } }
    if path != nil {
      throw mistake("\(key) has both `\(name)` and `\(name)-data`", remedy: "remove one of them; kubectl refuses this too")
    }
    guard let bytes = Data(base64Encoded: data, options: .ignoreUnknownCharacters), !bytes.isEmpty else {
      throw mistake("`\(name)-data` is not Base64")
    }
    return .inline(Array(bytes))
  }

  /// Relative paths are relative to the folder of the file that they stand in.
  func absolute(_ path: String) -> String {
    path.hasPrefix("/") ? path : URL(filePath: path, relativeTo: URL(filePath: file).deletingLastPathComponent()).standardizedFileURL.path
  }

  var json: JSONValue {
    switch node {
    case .scalar(let scalar):
      if isNull { return .null }
      guard scalar.style == .plain else { return .text(scalar.string) }
      if let whole = Int(scalar.string) { return .integer(whole) }
      if ["true", "false"].contains(scalar.string) { return .flag(scalar.string == "true") }
      return .text(scalar.string)
    case .sequence(let sequence): return .list(sequence.map { ConfigPart(node: $0, file: file, key: key).json })
    case .mapping(let mapping):
      let pairs = mapping.compactMap { pair in
        pair.key.scalar.map { ($0.string, ConfigPart(node: pair.value, file: file, key: key).json) }
      }
      return .object(Dictionary(pairs) { $1 })
    case .alias: return .null
    }
  }
}
