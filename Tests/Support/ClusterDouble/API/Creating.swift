import SlipwayModel

extension ClusterState {
  mutating func create(_ route: Route, _ request: APIRequest) throws(APIError) -> JSONValue {
    guard let body = request.body, body.members != nil else { throw APIError.badRequest("the object provided is unrecognized") }
    return try create(
      route.kind, namespace: route.namespace ?? "", try checked(body, route), options: try WriteOptions(route, request))
  }

  /// The body when it fits the path.
  func checked(_ body: JSONValue, _ route: Route) throws(APIError) -> JSONValue {
    var body = body
    for (field, wanted) in [("apiVersion", route.info.apiVersion), ("kind", route.info.kind)] {
      let given = body[field]?.text ?? wanted
      guard given == wanted else {
        throw APIError.badRequest("the API version or kind in the data (\(given)) does not match the expected (\(wanted))")
      }
      body[field] = .text(wanted)
    }
    if let given = body["metadata", "namespace"]?.text, route.info.isNamespaced, given != route.namespace {
      throw APIError.badRequest("the namespace of the provided object does not match the namespace sent on the request")
    }
    if let name = route.name, let given = body["metadata", "name"]?.text, given != name {
      throw APIError.badRequest("the name of the object (\(given)) does not match the name on the URL (\(name))")
    }
    return body
  }

  /// Creates an object: for a caller, and for the cluster's own controllers.
  mutating func create(
    _ kind: KindID, namespace: String, _ body: JSONValue, options: WriteOptions
  ) throws(APIError) -> JSONValue {
    let info = kinds[kind]
    var json = body
    var metadata = json["metadata"]?.members ?? [:]
    var name = metadata["name"]?.text ?? ""
    if name.isEmpty, let start = metadata["generateName"]?.text { name = String(start.prefix(58)) + identities.suffix() }
    let key = ObjectName(info.isNamespaced ? namespace : "", name)
    if info.isNamespaced { try checkNamespace(namespace, info, name) }
    if !(metadata["resourceVersion"]?.text ?? "").isEmpty {
      throw APIError.badRequest("resourceVersion should not be set on objects to be created")
    }
    guard self[kind, key] == nil else { throw APIError.alreadyExists(info, name) }
    if info.hasStatus { json["status"] = nil }
    for field in ["deletionTimestamp", "deletionGracePeriodSeconds", "selfLink", "managedFields", "resourceVersion"] {
      metadata[field] = nil
    }
    metadata["name"] = .text(name)
    if info.isNamespaced { metadata["namespace"] = .text(namespace) }
    metadata["uid"] = .text(identities.uid())
    metadata["creationTimestamp"] = now.api
    metadata["generation"] = info.countsGenerations ? 1 : nil
    let owned = ManagedFields.ownable(json)
    json["metadata"] = .object(metadata)
    if var manager = options.manager {
      var fields = ManagedFields([:])
      let schema = ListSchema(kind: info)
      manager = FieldManager(name: manager.name, isApply: manager.isApply, apiVersion: manager.apiVersion, subresource: "")
      fields.set(FieldSet(of: owned, schema: schema), for: manager, at: now)
      json.set(fields.json, at: ["metadata", "managedFields"])
    }
    Defaults.apply(to: &json, kind: info, assign: { nextServiceAddress() })
    if let schema = schema(of: info) { json = schema.completed(json) }
    let problems = Validation.problems(of: json, kind: info) + (schema(of: info)?.problems(of: json, from: nil) ?? [])
    guard problems.isEmpty else { throw APIError.invalid(info, name, problems) }
    try askWebhooks(
      Call(verb: "create", resource: info.plural, group: info.group, namespace: namespace, name: name), info)
    if kind == .pod { try checkQuota(namespace, info, name) }
    if kind == .namespace {
      json.set("Active", at: ["status", "phase"])
      json.set(.text(name), at: ["metadata", "labels", "kubernetes.io/metadata.name"])
      json.set(["kubernetes"], at: ["spec", "finalizers"])
    }
    if kind == .pod { json.set(["phase": "Pending", "qosClass": "BestEffort"], at: ["status"]) }
    guard !options.isDryRun else { return json }
    return put(kind, key, json).json
  }

  private func checkNamespace(_ namespace: String, _ kind: KindInfo, _ name: String) throws(APIError) {
    guard let space = self[.namespace, ObjectName("", namespace)] else { throw APIError.notFound(kinds[.namespace], namespace) }
    guard space.isBeingDeleted else { return }
    let error = APIError.forbidden(
      kind, name, "unable to create new content in namespace \(namespace) because it is being terminated")
    var details = error.details
    details["causes"] = [
      ["reason": "NamespaceTerminating", "message": .text("namespace \(namespace) is being terminated"), "field": "metadata.namespace"]
    ]
    throw APIError(code: error.code, reason: error.reason, message: error.message, details: details)
  }

  private mutating func nextServiceAddress() -> String {
    nextAddress += 1
    return "10.96.\(nextAddress / 250 % 250).\(nextAddress % 250 + 1)"
  }
}
