import SlipwayModel

/// What a request is about: which kind, object and subresource, and what is to be done.
struct Route: Sendable {
  let kind: KindID
  let info: KindInfo
  let verb: String
  let namespace: String?
  let name: String?
  let subresource: String?

  /// `deployments`, `deployments/scale`: as RBAC rules name it.
  var resource: String { subresource.map { "\(info.plural)/\($0)" } ?? info.plural }

  /// - Throws: 404 for a path that leads nowhere, 405 for a method that does not fit.
  init(_ request: APIRequest, kinds: KindCatalog) throws(APIError) {
    var parts = request.path.split(separator: "/").map(String.init)
    let apiVersion: String
    if parts.count >= 3, parts[0] == "api" {
      apiVersion = parts[1]
      parts.removeFirst(2)
    } else if parts.count >= 4, parts[0] == "apis" {
      apiVersion = "\(parts[1])/\(parts[2])"
      parts.removeFirst(3)
    } else {
      throw APIError.noSuchPath
    }
    var namespace: String?
    if parts.count >= 3, parts[0] == "namespaces", !(parts.count == 3 && ["status", "finalize"].contains(parts[2])) {
      namespace = parts[1]
      parts.removeFirst(2)
    }
    guard parts.count <= 3, let plural = parts.first, let id = kinds.find(apiVersion: apiVersion, plural: plural) else {
      throw APIError.noSuchPath
    }
    let kind = kinds[id]
    guard kind.isNamespaced || namespace == nil else { throw APIError.noSuchPath }
    let name = parts.count > 1 ? parts[1] : nil
    guard name == nil || namespace != nil || !kind.isNamespaced else { throw APIError.noSuchPath }
    self.kind = id
    info = kind
    self.namespace = namespace
    self.name = name
    subresource = parts.count > 2 ? parts[2] : nil
    verb = try Self.verb(request, kind, hasName: name != nil)
    try check()
  }

  private func check() throws(APIError) {
    switch subresource {
    case nil: break
    case "status" where info.hasStatus: break
    case "scale" where info.hasScale: break
    case "log" where info.kind == "Pod", "eviction" where info.kind == "Pod": break
    default: throw APIError.noSuchPath
    }
    if verb == "create", info.isNamespaced, namespace == nil { throw APIError.methodNotAllowed(info) }
  }

  private static func verb(_ request: APIRequest, _ kind: KindInfo, hasName: Bool) throws(APIError) -> String {
    switch (request.method, hasName) {
    case ("GET", true): return request.isOn("watch") ? "watch" : "get"
    case ("GET", false): return request.isOn("watch") ? "watch" : "list"
    case ("POST", _): return "create"
    case ("PUT", true): return "update"
    case ("PATCH", true): return request.contentType.hasPrefix("application/apply-patch") ? "apply" : "patch"
    case ("DELETE", true): return "delete"
    case ("DELETE", false): return "deletecollection"
    default: throw APIError.methodNotAllowed(kind)
    }
  }

  /// The verb that permissions are given for: apply needs `patch`.
  var permission: String { verb == "apply" ? "patch" : verb }

  var call: APICall {
    var path = info.group.isEmpty ? "/api/\(info.version)" : "/apis/\(info.apiVersion)"
    if namespace != nil { path += "/namespaces/{namespace}" }
    path += "/\(info.plural)"
    if name != nil { path += "/{name}" }
    if let subresource { path += "/\(subresource)" }
    return APICall(verb: verb, path: path)
  }
}
