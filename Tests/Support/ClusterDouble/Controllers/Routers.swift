import SlipwayModel

/// A version of a route, and when the router takes it up.
struct PendingRoute: Sendable {
  let at: Timestamp
  /// `nil` for a route that was deleted.
  let json: JSONValue?
}

extension ClusterState {
  /// A changed route takes effect after the lag of the routers; a changed status has none.
  mutating func noteRoute(_ kind: KindID, _ change: Change) {
    let after = change.sort == .deleted ? nil : change.object.json
    if let before = change.before?.json, let after, before["spec"] == after["spec"],
      before["metadata", "annotations"] == after["metadata", "annotations"]
    {
      return
    }
    let name = change.object.name
    let due = now + settings.routerLag
    pendingRoutes[ObjectRef(kind: kind, name: name), default: []].append(PendingRoute(at: due, json: after))
    work.add(ObjectName("\(kind.index)/\(name.namespace)", name.name), to: .routers, at: due)
  }

  /// Lets the routers take up what is due of a route, and tell of it in the route's status.
  ///
  /// - Parameter key: the route, its kind's index before its namespace.
  mutating func programRoutes(_ key: ObjectName) {
    let parts = key.namespace.split(separator: "/", maxSplits: 1)
    guard parts.count == 2, let index = Int(parts[0]) else { return }
    let ref = ObjectRef(kind: KindID(index: index), name: ObjectName(String(parts[1]), key.name))
    while let next = pendingRoutes[ref]?.first {
      guard next.at <= now else { return work.add(key, to: .routers, at: next.at) }
      pendingRoutes[ref]?.removeFirst()
      if pendingRoutes[ref]?.isEmpty == true { pendingRoutes[ref] = nil }
      routesTaken += 1
      if case .rejected = settings.routeStatus, ref.kind == .httpRoute { programmed[ref] = nil } else { programmed[ref] = next.json }
      if ref.kind == .httpRoute, let seen = next.json, let route = self[ref.kind, ref.name] { writeRouteStatus(route, seen) }
    }
  }

  /// `status.parents` (Gateway API specification, "RouteParentStatus").
  private mutating func writeRouteStatus(_ route: StoredObject, _ seen: JSONValue) {
    guard settings.routeStatus != .never else { return }
    let generation = seen["metadata", "generation"] ?? 1
    let known = route.json["status", "parents"]?.items ?? []
    let parents = (seen["spec", "parentRefs"]?.items ?? []).map { parent -> JSONValue in
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
