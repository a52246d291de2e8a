import SlipwayModel

extension ClusterState {
  /// Documents that are no objects: versions, groups, the kinds of a group, health.
  func document(at path: String) -> APIAnswer? {
    let parts = path.split(separator: "/").map(String.init)
    switch (parts.first, parts.count) {
    case ("version", 1):
      let minor = settings.minorVersion
      return .json(
        200,
        [
          "major": "1", "minor": .text("\(minor)"), "gitVersion": .text("v1.\(minor).1"), "platform": "linux/amd64", "goVersion": "go1.24",
          "compiler": "gc",
        ])
    case ("healthz", 1), ("livez", 1), ("readyz", 1): return .text(200, "ok")
    case ("api", 1): return .json(200, ["kind": "APIVersions", "versions": ["v1"], "serverAddressByClientCIDRs": []])
    case ("api", 2): return resources("v1", isAsked: parts[1] == "v1")
    case ("apis", 1): return .json(200, ["kind": "APIGroupList", "apiVersion": "v1", "groups": .list(groups)])
    case ("apis", 2): return groups.first { $0["name"]?.text == parts[1] }.map { .json(200, $0) }
    case ("apis", 3):
      let version = "\(parts[1])/\(parts[2])"
      return resources(version, isAsked: kinds.kinds.contains { $0.apiVersion == version })
    default: return nil
    }
  }

  private var groups: [JSONValue] {
    let served = Dictionary(grouping: kinds.kinds.filter { !$0.group.isEmpty }, by: \.group)
    return served.sorted { $0.key < $1.key }.map { group, kinds in
      let versions = Set(kinds.map(\.version)).sorted().reversed().map { version -> JSONValue in
        ["groupVersion": .text("\(group)/\(version)"), "version": .text(version)]
      }
      return [
        "kind": "APIGroup", "apiVersion": "v1", "name": .text(group), "versions": .list(versions),
        "preferredVersion": versions.first ?? .null,
      ]
    }
  }

  private func resources(_ version: String, isAsked: Bool) -> APIAnswer? {
    guard isAsked else { return nil }
    var resources: [JSONValue] = []
    for kind in kinds.kinds where kind.apiVersion == version {
      let isReview = kind.kind == "SelfSubjectAccessReview"
      let verbs: JSONValue =
        isReview ? ["create"] : ["create", "delete", "deletecollection", "get", "list", "patch", "update", "watch"]
      resources.append(entry(kind.plural, kind.kind, kind, verbs))
      if kind.hasStatus { resources.append(entry("\(kind.plural)/status", kind.kind, kind, ["get", "patch", "update"])) }
      if kind.hasScale { resources.append(entry("\(kind.plural)/scale", "Scale", kind, ["get", "patch", "update"])) }
      if kind.kind == "Pod" {
        resources.append(entry("pods/log", "Pod", kind, ["get"]))
        resources.append(entry("pods/eviction", "Eviction", kind, ["create"]))
      }
    }
    return .json(
      200, ["kind": "APIResourceList", "apiVersion": "v1", "groupVersion": .text(version), "resources": .list(resources)])
  }

  private func entry(_ name: String, _ kind: String, _ info: KindInfo, _ verbs: JSONValue) -> JSONValue {
    [
      "name": .text(name), "singularName": .text(name.contains("/") ? "" : kind.lowercased()), "namespaced": .flag(info.isNamespaced),
      "kind": .text(kind), "verbs": verbs,
    ]
  }
}
