import SlipwayModel
import Yams

/// Reads manifests as people and tools write them: a YAML stream of objects, and lists of objects.
package enum ManifestReader {
  /// - Parameters:
  ///   - text: rendered manifests; empty documents are passed over, a `List` is taken apart.
  ///   - source: what the text is called in messages.
  /// - Throws: `SlipwayError` with code `base-unsuitable` when it is no YAML, or a document is no object of the API.
  package static func documents(in text: String, source: String) throws(SlipwayError) -> [ObjectDocument] {
    try manifests(in: text, source: source).map(\.document)
  }

  /// As ``documents(in:source:)``, each with where it stands.
  package static func manifests(in text: String, source: String) throws(SlipwayError) -> [LocatedManifest] {
    var found: [LocatedManifest] = []
    for (index, root) in try roots(in: text, source).enumerated() {
      var conversion = Conversion(source: source)
      let value = try conversion.json(root, at: "")
      if value == .null { continue }
      guard value["apiVersion"]?.text != nil, let kind = value["kind"]?.text else {
        throw .baseUnsuitable(
          "document \(index + 1) of \(source), line \(root.mark?.line ?? 1), has no `apiVersion` or no `kind`",
          remedy: "give rendered manifests, not a values file")
      }
      let items = kind.hasSuffix("List") ? value["items"]?.items : nil
      guard let items else {
        found.append(LocatedManifest(document: ObjectDocument(value), source: source, lines: conversion.lines))
        continue
      }
      for (position, item) in items.enumerated() {
        let prefix = "/items/\(position)"
        let lines = conversion.lines.filter { $0.key == prefix || $0.key.hasPrefix(prefix + "/") }
        found.append(
          LocatedManifest(
            document: ObjectDocument(item), source: source,
            lines: Dictionary(uniqueKeysWithValues: lines.map { (String($0.key.dropFirst(prefix.count)), $0.value) })))
      }
    }
    return found
  }

  private static func roots(in text: String, _ source: String) throws(SlipwayError) -> [Node] {
    var roots: [Node] = []
    do {
      // Not `compose_all`, whose sequence just ends at a mistake: half of a base would be taken for all of it.
      let parser = try Parser(yaml: text)
      while let root = try parser.nextRoot() { roots.append(root) }
    } catch {
      let line =
        switch error as? YamlError {
        case .scanner(_, _, let mark, _), .parser(_, _, let mark, _), .composer(_, _, let mark, _): ":\(mark.line)"
        default: ""
        }
      throw .baseUnsuitable(
        "\(source)\(line) is no YAML", remedy: "correct it, or render it with `kubectl kustomize` or `helm template`", cause: error)
    }
    return roots
  }

  /// YAML 1.1 as Kubernetes reads it: `yes` and `on` without quotes are flags, and `0644` is octal. Numbers to the base 60 (`1:30`),
  /// which Yams knows too, are texts there.
  private struct Conversion {
    let source: String
    /// The line of each value by its JSON pointer.
    var lines: [String: Int] = [:]

    mutating func json(_ node: Node, at pointer: String) throws(SlipwayError) -> JSONValue {
      if let line = node.mark?.line { lines[pointer] = line }
      switch node {
      case .scalar(let scalar): return Self.value(of: scalar, node)
      case .sequence(let sequence):
        var items: [JSONValue] = []
        for (index, item) in sequence.enumerated() { items.append(try json(item, at: "\(pointer)/\(index)")) }
        return .list(items)
      case .mapping(let mapping):
        var members: [String: JSONValue] = [:]
        var inherited: [String: JSONValue] = [:]
        for (key, value) in mapping {
          guard let name = key.scalar?.string else {
            throw .baseUnsuitable("\(source):\(key.mark?.line ?? 1) has a key that is no text", remedy: "write it as text")
          }
          let value = try json(value, at: "\(pointer)/\(name)")
          // A merge key takes over what other mappings state, the first of them first, and nothing that is stated here.
          if name == "<<" {
            for other in value.items ?? [value] { inherited.merge(other.members ?? [:]) { mine, _ in mine } }
          } else {
            members[name] = value
          }
        }
        return .object(members.merging(inherited) { mine, _ in mine })
      case .alias:
        throw .baseUnsuitable("\(source) uses an alias that leads nowhere", remedy: "write the value out")
      }
    }

    private static func value(of scalar: Node.Scalar, _ node: Node) -> JSONValue {
      if scalar.style == .singleQuoted || scalar.style == .doubleQuoted || scalar.style == .literal || scalar.style == .folded
        || scalar.tag.rawValue == "tag:yaml.org,2002:str"
      {
        return .text(scalar.string)
      }
      if node.null != nil { return .null }
      if scalar.string.contains(":") { return .text(scalar.string) }
      if let flag = node.bool { return .flag(flag) }
      if let whole = node.int { return .integer(whole) }
      if let number = node.float, number.isFinite { return .decimal(number) }
      return .text(scalar.string)
    }
  }
}

/// A document of manifests and where it stands.
package struct LocatedManifest: Hashable, Sendable {
  package let document: ObjectDocument
  /// The file, as messages call it.
  package let source: String
  /// The line of each value by its JSON pointer; without escapes, since they are only looked up.
  let lines: [String: Int]

  /// `deploy/api.yaml:12`: where a value stands, or else the nearest one around it that is known.
  package func place(of pointer: String = "") -> String {
    var pointer = pointer
    while lines[pointer] == nil, let slash = pointer.lastIndex(of: "/") { pointer = String(pointer[..<slash]) }
    return lines[pointer].map { "\(source):\($0)" } ?? source
  }
}
