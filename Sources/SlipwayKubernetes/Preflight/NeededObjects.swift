import SlipwayModel

/// Objects without which the pods of a Deployment do not start.
package struct NeededObjects: Hashable, Sendable {
  package struct Need: Hashable, Sendable {
    package let kind: ResourceKind
    package let name: String
    /// Of a ConfigMap or Secret; in order.
    package let keys: [String]
  }

  /// In order of kind and name. What is marked as optional is not among them.
  package let needs: [Need]

  /// - Parameter deployment: as it would be applied.
  package init(of deployment: ObjectDocument) {
    var reader = Reader()
    reader.read(deployment.json[path: ["spec", "template", "spec"]] ?? [:])
    needs = reader.found.map { Need(kind: $0.key.kind, name: $0.key.name, keys: $0.value.sorted()) }
      .sorted { ($0.kind.kind, $0.name) < ($1.kind.kind, $1.name) }
  }

  /// What is missing of a need: words, or `nil` when nothing is.
  package static func lack(of need: Need, in present: ObjectDocument?) -> String? {
    guard let present else { return "\(need.kind.kind) '\(need.name)'" }
    let keys = Set((["data", "binaryData", "stringData"].compactMap { present.json[$0]?.members }).flatMap(\.keys))
    let missing = need.keys.filter { !keys.contains($0) }
    guard !missing.isEmpty else { return nil }
    return "\(missing.map { "'\($0)'" }.joined(separator: ", ")) in \(need.kind.kind) '\(need.name)'"
  }

  private struct Place: Hashable {
    let kind: ResourceKind
    let name: String
  }

  private struct Reader {
    var found: [Place: Set<String>] = [:]

    mutating func read(_ pod: JSONValue) {
      for list in ["containers", "initContainers"] {
        for container in pod[list]?.items ?? [] { read(container: container) }
      }
      for volume in pod["volumes"]?.items ?? [] {
        read(source: volume)
        note(Self.claim, volume["persistentVolumeClaim"]?["claimName"])
        for source in volume["projected"]?["sources"]?.items ?? [] { read(source: source) }
      }
      for secret in pod["imagePullSecrets"]?.items ?? [] { note(.secret, secret["name"]) }
      // Every namespace has the one called `default`.
      if pod["serviceAccountName"]?.text != "default" { note(Self.account, pod["serviceAccountName"]) }
    }

    private mutating func read(container: JSONValue) {
      for source in container["envFrom"]?.items ?? [] {
        note(.configMap, source["configMapRef"]?["name"], in: source["configMapRef"])
        note(.secret, source["secretRef"]?["name"], in: source["secretRef"])
      }
      for variable in container["env"]?.items ?? [] {
        let from = variable["valueFrom"]
        note(.configMap, from?["configMapKeyRef"]?["name"], in: from?["configMapKeyRef"], [from?["configMapKeyRef"]?["key"]])
        note(.secret, from?["secretKeyRef"]?["name"], in: from?["secretKeyRef"], [from?["secretKeyRef"]?["key"]])
      }
    }

    /// A volume, or one of the sources of a projected one; the names of a Secret differ between the two.
    private mutating func read(source: JSONValue) {
      let (map, secret) = (source["configMap"], source["secret"])
      note(.configMap, map?["name"], in: map, (map?["items"]?.items ?? []).map { $0["key"] })
      note(.secret, secret?["secretName"] ?? secret?["name"], in: secret, (secret?["items"]?.items ?? []).map { $0["key"] })
    }

    private mutating func note(_ kind: ResourceKind, _ name: JSONValue?, in reference: JSONValue? = nil, _ keys: [JSONValue?] = []) {
      guard let name = name?.text, !name.isEmpty, reference?["optional"]?.flag != true else { return }
      found[Place(kind: kind, name: name), default: []].formUnion(keys.compactMap { $0?.text })
    }

    private static let claim = ResourceKind(kind: "PersistentVolumeClaim", plural: "persistentvolumeclaims")
    private static let account = ResourceKind(kind: "ServiceAccount", plural: "serviceaccounts")
  }
}
