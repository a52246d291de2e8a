import SlipwayModel

/// Strategic merge patch: like a merge patch, but lists of objects with a merge key are merged item by item, and directives say
/// what to delete or to replace (Kubernetes community docs, "Strategic Merge Patch").
struct StrategicMergePatch {
  let kind: KindInfo

  func apply(_ patch: JSONValue, to value: JSONValue, path: [String] = []) -> JSONValue {
    guard case .object(let changes) = patch else { return patch }
    if changes["$patch"]?.text == "replace" { return .object(changes.filter { $0.key != "$patch" }) }
    if changes["$patch"]?.text == "delete" { return [:] }
    var members = value.members ?? [:]
    if let retained = changes["$retainKeys"]?.items?.compactMap(\.text) { members = members.filter { retained.contains($0.key) } }
    for (name, change) in changes where !name.hasPrefix("$") {
      if change == .null {
        members[name] = nil
      } else if case .list(let items) = change {
        members[name] = .list(list(items, into: members[name]?.items ?? [], path: path + [name]))
      } else {
        members[name] = apply(change, to: members[name] ?? .null, path: path + [name])
      }
    }
    let prefix = "$deleteFromPrimitiveList/"
    for (name, change) in changes where name.hasPrefix(prefix) {
      let list = String(name.dropFirst(prefix.count))
      members[list] = members[list]?.items.map { items in .list(items.filter { !(change.items ?? []).contains($0) }) }
    }
    return .object(members)
  }

  private func list(_ changes: [JSONValue], into items: [JSONValue], path: [String]) -> [JSONValue] {
    guard let key = mergeKey(path) else {
      return path.last == "finalizers" ? items + changes.filter { !items.contains($0) } : changes
    }
    if changes.contains(where: { $0["$patch"]?.text == "replace" && $0[key] == nil }) {
      return changes.filter { $0["$patch"] == nil }
    }
    var result = items
    for change in changes {
      let index = result.firstIndex { $0[key] != nil && $0[key] == change[key] }
      if change["$patch"]?.text == "delete" {
        if let index { result.remove(at: index) }
      } else if let index {
        result[index] = apply(change, to: result[index], path: path)
      } else {
        result.append(apply(change, to: [:], path: path))
      }
    }
    return result
  }

  /// `x-kubernetes-patch-merge-key`.
  private func mergeKey(_ path: [String]) -> String? {
    switch path.last {
    case "containers", "initContainers", "ephemeralContainers", "env", "volumes", "imagePullSecrets": "name"
    case "ports": kind.kind == "Service" ? "port" : kind.kind == "EndpointSlice" ? nil : "containerPort"
    case "volumeMounts": "mountPath"
    case "volumeDevices": "devicePath"
    case "conditions": "type"
    case "ownerReferences": "uid"
    case "hostAliases": "ip"
    case "topologySpreadConstraints": "topologyKey"
    case "secrets": kind.kind == "ServiceAccount" ? "name" : nil
    default: nil
    }
  }
}
