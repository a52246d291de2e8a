import SlipwayModel
import Yams

/// Reads manifests as people and tools write them: a YAML stream of objects, and lists of objects.
package enum ManifestReader {
  /// - Parameters:
  ///   - text: rendered manifests; empty documents are passed over, a `List` is taken apart.
  ///   - source: what the text is called in messages.
  /// - Throws: `SlipwayError` with code `base-unsuitable` when it is no YAML, or a document is no object of the API.
  package static func documents(in text: String, source: String) throws(SlipwayError) -> [ObjectDocument] {
    var roots: [Node] = []
    do {
      // Not `compose_all`, whose sequence just ends at a mistake: half of a base would be taken for all of it.
      let parser = try Parser(yaml: text)
      while let root = try parser.nextRoot() { roots.append(root) }
    } catch {
      throw .baseUnsuitable(
        "\(source) is no YAML", remedy: "correct it, or render it with `kubectl kustomize` or `helm template`", cause: error)
    }
    var documents: [ObjectDocument] = []
    for (index, root) in roots.enumerated() {
      let value = try json(root, in: source)
      if value == .null { continue }
      guard value["apiVersion"]?.text != nil, let kind = value["kind"]?.text else {
        throw .baseUnsuitable(
          "document \(index + 1) of \(source) has no `apiVersion` or no `kind`", remedy: "give rendered manifests, not a values file")
      }
      let items = kind.hasSuffix("List") ? value["items"]?.items : nil
      documents += (items ?? [value]).map { ObjectDocument($0) }
    }
    return documents
  }

  /// YAML 1.1 as Kubernetes reads it: `yes` and `on` without quotes are flags, and `0644` is octal. Numbers to the base 60 (`1:30`),
  /// which Yams knows too, are texts there.
  private static func json(_ node: Node, in source: String) throws(SlipwayError) -> JSONValue {
    switch node {
    case .scalar(let scalar):
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
    case .sequence(let sequence):
      var items: [JSONValue] = []
      for item in sequence { items.append(try json(item, in: source)) }
      return .list(items)
    case .mapping(let mapping):
      var members: [String: JSONValue] = [:]
      var inherited: [String: JSONValue] = [:]
      for (key, value) in mapping {
        guard let name = key.scalar?.string else {
          throw .baseUnsuitable("\(source) has a key that is no text", remedy: "write it as text")
        }
        let value = try json(value, in: source)
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
}
