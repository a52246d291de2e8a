import SlipwayModel

extension ClusterState {
  /// Carries a request out.
  ///
  /// - Parameters:
  ///   - verdict: from ``verdict(on:)``; without it the request meets no fault of the request itself, while webhooks and
  ///     permissions count all the same.
  ///   - time: what time it is.
  package mutating func respond(to request: APIRequest, verdict: Verdict = Verdict(), at time: Timestamp) -> APIAnswer {
    now = max(now, time)
    do throws(APIError) {
      if let token = settings.bearerToken, request.bearer != token { throw APIError.unauthorized }
      if let document = document(at: request.path) { return document }
      let route = try Route(request, kinds: kinds)
      calls[route.call, default: 0] += 1
      if let error = verdict.error { throw error }
      try authorize(route)
      return try perform(route, request, verdict)
    } catch {
      return .json(error.code, error.status, retryAfterSeconds: error.retryAfterSeconds)
    }
  }

  private func authorize(_ route: Route) throws(APIError) {
    guard faults.forbids(Call(route)) else { return }
    let place = route.namespace.map { " in the namespace \"\($0)\"" } ?? " at the cluster scope"
    throw .forbidden(
      route.info, route.name ?? "",
      "User \"\(settings.user)\" cannot \(route.permission) resource \"\(route.resource)\" in API group \"\(route.info.group)\"\(place)")
  }

  private mutating func perform(_ route: Route, _ request: APIRequest, _ verdict: Verdict) throws(APIError) -> APIAnswer {
    switch route.subresource {
    case "scale": return .json(200, try scale(route, request))
    case "log": return .text(200, try log(route, request))
    case "eviction": return .json(201, try evict(route, request))
    default: break
    }
    switch route.verb {
    case "get": return .json(200, try get(route, staleBy: verdict.staleBy))
    case "list": return .json(200, try list(route, request, staleBy: verdict.staleBy))
    case "watch": return .watch(try watch(route, request))
    case "create":
      if route.kind == .accessReview { return .json(201, accessReview(request.body ?? [:])) }
      return .json(201, try create(route, request))
    case "update": return .json(200, try update(route, request))
    case "patch": return .json(200, try patch(route, request))
    case "apply":
      let isNew = self[route.kind, try objectName(route)] == nil
      return .json(isNew ? 201 : 200, try apply(route, request))
    case "delete": return .json(200, try delete(route, request))
    case "deletecollection": return .json(200, try deleteCollection(route, request))
    default: throw APIError.methodNotAllowed(route.info)
    }
  }

  func objectName(_ route: Route) throws(APIError) -> ObjectName {
    guard let name = route.name else { throw APIError.methodNotAllowed(route.info) }
    return ObjectName(route.namespace ?? "", name)
  }

  func existing(_ route: Route) throws(APIError) -> StoredObject {
    let name = try objectName(route)
    guard let object = self[route.kind, name] else { throw APIError.notFound(route.info, name.name) }
    return object
  }

  private func get(_ route: Route, staleBy: TimeSpan?) throws(APIError) -> JSONValue {
    let name = try objectName(route)
    if let staleBy {
      let selection = Selection(kind: route.kind, namespace: route.namespace, labels: .everything, fields: .everything)
      let earlier = objects(selection, asOf: version(route.kind, before: staleBy))
      guard let object = earlier?.first(where: { $0.name == name }) else { throw APIError.notFound(route.info, name.name) }
      return object.json
    }
    return try existing(route).json
  }
}
