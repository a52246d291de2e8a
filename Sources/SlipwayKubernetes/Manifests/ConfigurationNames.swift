import SlipwayModel

/// Where the pods of a Deployment name ConfigMaps and Secrets.
enum ConfigurationNames {
  struct Reference: Hashable {
    let kind: String
    let name: String
  }

  /// Fields of a pod's specification that hold such a name, each with the field inside it. Secrets with which images are fetched are
  /// not among them: they belong to the namespace, not to a release.
  private static let fields: [String: (kind: String, name: String)] = [
    "configMapRef": ("ConfigMap", "name"), "configMapKeyRef": ("ConfigMap", "name"), "configMap": ("ConfigMap", "name"),
    "secretRef": ("Secret", "name"), "secretKeyRef": ("Secret", "name"), "secret": ("Secret", "secretName"),
  ]

  static func used(by deployment: ObjectDocument) -> Set<Reference> {
    var found: Set<Reference> = []
    _ = walk(deployment.json[path: ["spec", "template", "spec"]] ?? .null) { reference in
      found.insert(reference)
      return nil
    }
    return found
  }

  /// The same Deployment with other names where it names these.
  static func renamed(_ names: [Reference: String], in deployment: ObjectDocument) -> ObjectDocument {
    var document = deployment
    document.json["spec"]?["template"]?["spec"] = walk(deployment.json[path: ["spec", "template", "spec"]] ?? .null) { names[$0] }
    return document
  }

  /// Goes through everything, since containers of three kinds, volumes and projected volumes all may name one.
  private static func walk(_ value: JSONValue, _ rename: (Reference) -> String?) -> JSONValue {
    switch value {
    case .list(let items): return .list(items.map { walk($0, rename) })
    case .object(let members):
      var result: [String: JSONValue] = [:]
      for (key, member) in members {
        var member = walk(member, rename)
        // The volume source `secret` has `secretName`; the same field of a projected volume has `name`.
        if let field = fields[key], let place = [field.name, "name"].first(where: { member[$0]?.text != nil }),
          let name = member[place]?.text, let new = rename(Reference(kind: field.kind, name: name))
        {
          member[place] = .text(new)
        }
        result[key] = member
      }
      return .object(result)
    case .null, .flag, .integer, .decimal, .text: return value
    }
  }
}

extension JSONValue {
  /// A text that differs for any two values, with sorted keys: for digests.
  var canonicalText: String {
    switch self {
    case .null: "null"
    case .flag(let flag): flag ? "true" : "false"
    case .integer(let number): String(number)
    case .decimal(let number): String(number)
    // The length in front makes any two texts different, whatever stands in them, without escaping.
    case .text(let text): "\(text.utf8.count):\(text)"
    case .list(let items): "[" + items.map(\.canonicalText).joined(separator: ",") + "]"
    case .object(let members):
      "{" + members.sorted { $0.key < $1.key }.map { "\($0.key.utf8.count):\($0.key)=\($0.value.canonicalText)" }.joined(separator: ",")
        + "}"
    }
  }
}
