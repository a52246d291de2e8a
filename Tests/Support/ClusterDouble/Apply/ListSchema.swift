import SlipwayModel

/// Which lists are maps by key fields, and what is owned as a whole: the parts of the OpenAPI schema (`x-kubernetes-list-type`,
/// `x-kubernetes-list-map-keys`, `x-kubernetes-map-type`) that server-side apply needs.
struct ListSchema: Sendable {
  enum Shape: Equatable, Sendable {
    case atomic
    case set
    /// Key fields in their order, with the value of a key that is left out.
    case keyed([String], defaults: [String: JSONValue] = [:])
  }

  let kind: KindInfo

  /// - Parameter path: the names of the fields down to the list; items of lists on the way are not counted.
  func list(at path: [String]) -> Shape {
    let name = path.last ?? ""
    if path.first == "metadata" {
      switch name {
      case "ownerReferences": return .keyed(["uid"])
      case "finalizers": return .set
      default: return .atomic
      }
    }
    if path == ["status", "conditions"], !kind.group.contains("istio") { return .keyed(["type"]) }
    if kind.isCustom { return .atomic }
    return builtIn(name, path)
  }

  private func builtIn(_ name: String, _ path: [String]) -> Shape {
    let protocols: [String: JSONValue] = ["protocol": "TCP"]
    switch name {
    case "containers", "initContainers", "ephemeralContainers", "env", "volumes", "imagePullSecrets": return .keyed(["name"])
    case "ports":
      switch kind.kind {
      case "Service": return .keyed(["port", "protocol"], defaults: protocols)
      case "EndpointSlice", "NetworkPolicy": return .atomic
      default: return .keyed(["containerPort", "protocol"], defaults: protocols)
      }
    case "volumeMounts": return .keyed(["mountPath"])
    case "volumeDevices": return .keyed(["devicePath"])
    case "hostAliases": return .keyed(["ip"])
    case "topologySpreadConstraints": return .keyed(["topologyKey", "whenUnsatisfiable"])
    case "secrets" where kind.kind == "ServiceAccount": return .keyed(["name"])
    case "conditions": return .keyed(["type"])
    case "versions" where kind.kind == "CustomResourceDefinition": return .atomic
    default: return .atomic
    }
  }

  /// Whether an object is owned as a whole.
  func isAtomicObject(at path: [String]) -> Bool {
    if kind.isCustom { return false }
    switch path.last {
    case "selector": return path.count == 2 && path[0] == "spec"
    case "labelSelector", "namespaceSelector", "podSelector", "nodeSelector", "configMapKeyRef", "secretKeyRef", "fieldRef",
      "resourceFieldRef", "involvedObject", "scopeSelector", "targetRef":
      return true
    case "roleRef" where kind.group == "rbac.authorization.k8s.io": return true
    default: return false
    }
  }

  /// Whether the members of an object are entries of a map rather than fields of a structure: entries are owned one by one.
  func isMap(at path: [String]) -> Bool {
    switch path.last {
    case "labels", "annotations", "data", "stringData", "binaryData", "matchLabels", "limits", "requests", "hard", "used": true
    default: false
    }
  }

  /// The key of an item as `k:` holds it; `nil` when a key field is missing.
  func key(of item: JSONValue, _ keys: [String], _ defaults: [String: JSONValue]) -> PathElement? {
    var members: [String: JSONValue] = [:]
    for key in keys {
      guard let value = item[key] ?? defaults[key] else { return nil }
      members[key] = value
    }
    return .key(JSONWriter.text(.object(members)))
  }
}
