import SlipwayModel

extension ClusterState {
  /// Lets the routers take up a route as it is stored now, and tell of it in the route's status.
  ///
  /// - Parameter key: the route, its kind's index before its namespace.
  mutating func programRoutes(_ key: ObjectName) {
    let parts = key.namespace.split(separator: "/", maxSplits: 1)
    guard parts.count == 2, let index = Int(parts[0]) else { return }
    let ref = ObjectRef(kind: KindID(index: index), name: ObjectName(String(parts[1]), key.name))
    guard let route = self[ref.kind, ref.name] else {
      programmed[ref] = nil
      return
    }
    if case .rejected = settings.routeStatus, ref.kind == .httpRoute {} else { programmed[ref] = route.json }
    guard ref.kind == .httpRoute else { return }
    writeRouteStatus(route)
  }

  /// `status.parents` (Gateway API specification, "RouteParentStatus").
  private mutating func writeRouteStatus(_ route: StoredObject) {
    guard settings.routeStatus != .never else { return }
    let generation = route.json["metadata", "generation"] ?? 1
    let known = route.json["status", "parents"]?.items ?? []
    let parents = (route.json["spec", "parentRefs"]?.items ?? []).map { parent -> JSONValue in
      var status = known.first { $0["parentRef"] == parent } ?? ["parentRef": parent, "controllerName": "double/gateway-controller"]
      var observed: JSONValue = ["observedGeneration": generation]
      var accepted = ("True", "Accepted", "The route was accepted")
      switch settings.routeStatus {
      case .faithful, .never: break
      case .oldGeneration:
        if let first = status.condition("Accepted")?["observedGeneration"] { observed = ["observedGeneration": first] }
      case .withoutGeneration: observed = [:]
      case .rejected(let reason): accepted = ("False", reason, "The route was not accepted")
      }
      let missing = missingBackend(route)
      status.setCondition("Accepted", accepted.0, reason: accepted.1, message: accepted.2, at: now, extra: observed)
      status.setCondition(
        "ResolvedRefs", missing == nil ? "True" : "False", reason: missing == nil ? "ResolvedRefs" : "BackendNotFound",
        message: missing.map { "backend \($0) not found" } ?? "All references are resolved", at: now, extra: observed)
      return status
    }
    change(.httpRoute, route.name) { $0.set(.list(parents), at: ["status", "parents"]) }
  }

  private func missingBackend(_ route: StoredObject) -> String? {
    (route.json["spec", "rules"]?.items ?? []).flatMap { $0["backendRefs"]?.items ?? [] }
      .compactMap { $0["name"]?.text }
      .first { self[.service, ObjectName(route.name.namespace, $0)] == nil }
  }
}
