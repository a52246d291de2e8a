import SlipwayModel

extension ClusterState {
  /// Server-side apply (Kubernetes documentation, "Server-Side Apply"; structured-merge-diff, `merge.Updater.Apply`).
  mutating func apply(_ route: Route, _ request: APIRequest) throws(APIError) -> JSONValue {
    guard let body = request.body, body.members != nil else { throw APIError.badRequest("error decoding YAML: not an object") }
    guard body["metadata", "managedFields"].isVoid else { throw APIError.badRequest("metadata.managedFields must be nil") }
    let options = try WriteOptions(route, request)
    guard body["apiVersion"] != nil, body["kind"] != nil else {
      throw APIError.badRequest("Object 'Kind' is missing in the applied configuration")
    }
    var applied = try checked(body, route)
    applied.set(.text(try objectName(route).name), at: ["metadata", "name"])
    guard let old = self[route.kind, try objectName(route)] else {
      guard route.subresource == nil else { throw APIError.notFound(route.info, route.name ?? "") }
      guard (applied["metadata", "resourceVersion"]?.text ?? "").isEmpty else {
        throw APIError.conflict(route.info, route.name ?? "")
      }
      return try create(route.kind, namespace: route.namespace ?? "", applied, options: options)
    }
    return try apply(applied, over: old, route, options)
  }

  private mutating func apply(
    _ applied: JSONValue, over old: StoredObject, _ route: Route, _ options: WriteOptions
  ) throws(APIError) -> JSONValue {
    guard let manager = options.manager else { throw APIError.unprocessable }
    if let asked = applied["metadata", "resourceVersion"]?.text, !asked.isEmpty, asked != String(old.version) {
      throw APIError.conflict(route.info, old.name.name)
    }
    let schema = ListSchema(kind: route.info)
    let configuration = Self.reset(ManagedFields.ownable(applied), route)
    let live = ManagedFields.ownable(old.json)
    var managed = ManagedFields(old.json)
    let wanted = FieldSet(of: configuration, schema: schema)
    let dropped = managed[manager].subtracting(wanted)
    var result = schema.merge(live, configuration)
    result = schema.remove(dropped, from: result, keeping: wanted.union(managed.fields(except: manager)))

    let difference = FieldSet.differences(live, result, schema: schema)
    let conflicts = managed.conflicts(difference.changed, except: manager)
    guard conflicts.isEmpty || options.force else { throw APIError.applyConflict(conflicts) }
    managed.take(difference.changed.union(difference.removed), except: manager, at: now)
    managed.set(wanted, for: manager, at: now)

    var json = result
    json["apiVersion"] = old.json["apiVersion"]
    json["kind"] = old.json["kind"]
    var metadata = old.json["metadata"]?.members ?? [:]
    for name in ["labels", "annotations", "ownerReferences", "finalizers"] { metadata[name] = result["metadata", name] }
    if let uid = applied["metadata", "uid"] { metadata["uid"] = uid }
    json["metadata"] = .object(metadata)
    return try store(json, over: old, route, options, fields: managed)
  }

  /// What a write at this path cannot set is not owned by it either (`GetResetFields` of the strategies).
  private static func reset(_ json: JSONValue, _ route: Route) -> JSONValue {
    guard route.info.hasStatus else { return json }
    if route.subresource == "status" { return .compact(["status": json["status"]]) }
    return json.without("status")
  }
}
