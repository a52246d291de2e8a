import SlipwayModel

extension ClusterState {
  /// The scale subresource (`autoscaling/v1`, kind `Scale`).
  mutating func scale(_ route: Route, _ request: APIRequest) throws(APIError) -> JSONValue {
    let object = try existing(route)
    let current = Self.scale(object.json)
    if route.verb == "get" { return current }
    guard let body = request.body else { throw APIError.badRequest("the object provided is unrecognized") }
    let wanted: JSONValue
    switch route.verb {
    case "update": wanted = body
    case "patch" where request.contentType.hasPrefix("application/json-patch+json"):
      do throws(JSONPatch.Failure) { wanted = try JSONPatch.apply(body, to: current) } catch { throw APIError.unprocessable }
    case "patch", "apply": wanted = current.merged(with: body)
    default: throw APIError.methodNotAllowed(route.info)
    }
    guard let replicas = wanted["spec", "replicas"]?.integer, replicas >= 0 else {
      let problem = FieldProblem.invalid("spec.replicas", wanted["spec", "replicas"] ?? .null, "must be greater than or equal to 0")
      throw APIError.invalid(
        KindInfo("autoscaling/v1", "Scale", "scales"), object.name.name, [problem])
    }
    var proposed = object.json
    proposed.set(wanted["metadata", "resourceVersion"], at: ["metadata", "resourceVersion"])
    proposed.set(.integer(replicas), at: ["spec", "replicas"])
    return Self.scale(try store(proposed, over: object, route, try WriteOptions(route, request)))
  }

  private static func scale(_ json: JSONValue) -> JSONValue {
    let labels = json["spec", "selector", "matchLabels"]?.texts ?? [:]
    let metadata = ["name", "namespace", "uid", "resourceVersion", "creationTimestamp"].reduce(into: JSONValue.object([:])) {
      result, name in
      result[name] = json["metadata", name]
    }
    return [
      "kind": "Scale", "apiVersion": "autoscaling/v1", "metadata": metadata,
      "spec": ["replicas": json["spec", "replicas"] ?? 1],
      "status": [
        "replicas": json["status", "replicas"] ?? 0,
        "selector": .text(labels.sorted { $0.key < $1.key }.map { "\($0.key)=\($0.value)" }.joined(separator: ",")),
      ],
    ]
  }
}
