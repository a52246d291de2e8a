import SlipwayModel

extension ClusterState {
  mutating func delete(_ route: Route, _ request: APIRequest) throws(APIError) -> JSONValue {
    try delete(try existing(route), route, request)
  }

  /// The answer lists what was there.
  mutating func deleteCollection(_ route: Route, _ request: APIRequest) throws(APIError) -> JSONValue {
    let answer = try list(route, request, staleBy: nil)
    for object in objects(try selection(route, request)) { _ = try delete(object, route, request) }
    return answer
  }

  private mutating func delete(_ object: StoredObject, _ route: Route, _ request: APIRequest) throws(APIError) -> JSONValue {
    let body = request.body ?? [:]
    let name = object.name
    if let uid = body["preconditions", "uid"]?.text, uid != object.uid {
      throw APIError.conflict(
        route.info, name.name, "Precondition failed: UID in precondition: \(uid), UID in object meta: \(object.uid)")
    }
    if let asked = body["preconditions", "resourceVersion"]?.text, asked != String(object.version) {
      throw APIError.conflict(
        route.info, name.name,
        "Precondition failed: ResourceVersion in precondition: \(asked), ResourceVersion in object meta: \(object.version)")
    }
    try askWebhooks(
      Call(verb: "delete", resource: route.info.plural, group: route.info.group, namespace: route.namespace, name: name.name), route.info)
    let isDryRun = request.query["dryRun"] == "All" || !(body["dryRun"]?.items ?? []).isEmpty
    let policy = body["propagationPolicy"]?.text ?? request.query["propagationPolicy"] ?? "Background"
    let grace = body["gracePeriodSeconds"]?.integer ?? request.query["gracePeriodSeconds"].flatMap(Int.init)
    guard !isDryRun else { return object.json }
    return delete(route.kind, object, policy: policy, graceSeconds: grace)
  }

  /// Deletes at once, or marks for deletion what nodes, finalizers or dependents must see go first.
  @discardableResult
  mutating func delete(_ kind: KindID, _ object: StoredObject, policy: String, graceSeconds: Int?) -> JSONValue {
    if policy == "Orphan" { orphanDependents(of: object.uid) }
    var finalizers = (object.json["metadata", "finalizers"]?.items ?? []).compactMap(\.text)
    if policy == "Foreground", dependents[object.uid]?.isEmpty == false, !finalizers.contains("foregroundDeletion") {
      finalizers.append("foregroundDeletion")
    }
    var grace = 0
    if kind == .pod, object.json["spec", "nodeName"] != nil {
      grace = graceSeconds ?? object.json["spec", "terminationGracePeriodSeconds"]?.integer ?? 30
    }
    guard grace > 0 || !finalizers.isEmpty || kind == .namespace else {
      remove(kind, object.name)
      return Self.success(object, kinds[kind])
    }
    let now = now
    let marked = change(kind, object.name) { json in
      if !finalizers.isEmpty { json.set(.list(finalizers.map { .text($0) }), at: ["metadata", "finalizers"]) }
      if json["metadata", "deletionTimestamp"] == nil {
        json.set((now + .seconds(Int64(grace))).api, at: ["metadata", "deletionTimestamp"])
        if let generation = json["metadata", "generation"]?.integer {
          json.set(.integer(generation + 1), at: ["metadata", "generation"])
        }
      }
      json.set(.integer(grace), at: ["metadata", "deletionGracePeriodSeconds"])
      if kind == .namespace { json.set("Terminating", at: ["status", "phase"]) }
    }
    if policy == "Foreground" { work.add(ObjectName("", object.uid), to: .garbage) }
    return marked?.json ?? object.json
  }

  private static func success(_ object: StoredObject, _ kind: KindInfo) -> JSONValue {
    var details: JSONValue = ["name": .text(object.name.name), "kind": .text(kind.plural), "uid": .text(object.uid)]
    if !kind.group.isEmpty { details["group"] = .text(kind.group) }
    return ["kind": "Status", "apiVersion": "v1", "metadata": [:], "status": "Success", "details": details]
  }
}
