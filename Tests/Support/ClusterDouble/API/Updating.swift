import SlipwayModel

extension ClusterState {
  mutating func update(_ route: Route, _ request: APIRequest) throws(APIError) -> JSONValue {
    guard let body = request.body, body.members != nil else { throw APIError.badRequest("the object provided is unrecognized") }
    let proposed = try checked(body, route)
    let old = try existing(route)
    if proposed["metadata", "resourceVersion"]?.text ?? "" == "", Self.needsVersion(route.info) {
      throw APIError.invalid(
        route.info, old.name.name, [.invalid("metadata.resourceVersion", 0, "must be specified for an update")])
    }
    return try store(proposed, over: old, route, try WriteOptions(route, request))
  }

  mutating func patch(_ route: Route, _ request: APIRequest) throws(APIError) -> JSONValue {
    let old = try existing(route)
    guard let patch = request.body else { throw APIError.badRequest("error decoding patch: unexpected end of JSON input") }
    let proposed: JSONValue
    switch request.contentType.prefix(while: { $0 != ";" }) {
    case "application/merge-patch+json": proposed = old.json.merged(with: patch)
    case "application/strategic-merge-patch+json" where !route.info.isCustom:
      proposed = StrategicMergePatch(kind: route.info).apply(patch, to: old.json)
    case "application/json-patch+json":
      do throws(JSONPatch.Failure) { proposed = try JSONPatch.apply(patch, to: old.json) } catch { throw APIError.unprocessable }
    default:
      let strategic = route.info.isCustom ? [] : ["application/strategic-merge-patch+json"]
      throw APIError.unsupportedMedia(
        ["application/json-patch+json", "application/merge-patch+json"] + strategic + ["application/apply-patch+yaml"])
    }
    return try store(proposed, over: old, route, try WriteOptions(route, request))
  }

  /// Custom kinds and a few built-in ones cannot be replaced without saying which version is replaced
  /// (`AllowUnconditionalUpdate` of their strategies).
  private static func needsVersion(_ kind: KindInfo) -> Bool {
    kind.isCustom || ["Lease", "PodDisruptionBudget"].contains(kind.kind)
  }

  /// Stores a proposed version after everything was checked that is checked for all ways of changing an object.
  mutating func store(
    _ proposed: JSONValue, over old: StoredObject, _ route: Route, _ options: WriteOptions, fields: ManagedFields? = nil
  ) throws(APIError) -> JSONValue {
    let info = route.info
    let name = old.name.name
    try checkIdentity(proposed, old, info)
    var json = Self.separated(proposed, old.json, info, isStatus: route.subresource == "status")
    for field in ["uid", "creationTimestamp", "deletionTimestamp", "deletionGracePeriodSeconds", "generation", "name", "namespace"] {
      json.set(old.json["metadata", field], at: ["metadata", field])
    }
    json.set(old.json["metadata", "managedFields"], at: ["metadata", "managedFields"])
    if route.subresource == nil {
      Defaults.apply(to: &json, kind: info, assign: { nil })
      let problems = Validation.problems(of: json, kind: info) + Validation.problems(from: old.json, to: json, kind: info)
      guard problems.isEmpty else { throw APIError.invalid(info, name, problems) }
    }
    if let schema = schema(of: info) {
      json = schema.completed(json)
      let problems = schema.problems(of: json, from: old.json)
      guard problems.isEmpty else { throw APIError.invalid(info, name, problems) }
    }
    try askWebhooks(Call(route), info)
    if info.countsGenerations, route.subresource != "status", Self.countsAsNewGeneration(old.json, json, info) {
      json.set(.integer((old.json["metadata", "generation"]?.integer ?? 0) + 1), at: ["metadata", "generation"])
    }
    if let fields {
      json.set(fields.json, at: ["metadata", "managedFields"])
    } else if let manager = options.manager {
      json.set(owned(json, old.json, manager, info), at: ["metadata", "managedFields"])
    }
    guard !options.isDryRun else {
      json.set(.text(String(old.version)), at: ["metadata", "resourceVersion"])
      return json
    }
    if old.isBeingDeleted, json["metadata", "finalizers"].isVoid, route.kind != .pod {
      put(route.kind, old.name, json)
      remove(route.kind, old.name)
      return json
    }
    return put(route.kind, old.name, json).json
  }

  private func checkIdentity(_ proposed: JSONValue, _ old: StoredObject, _ info: KindInfo) throws(APIError) {
    if let asked = proposed["metadata", "resourceVersion"]?.text, !asked.isEmpty, asked != String(old.version) {
      throw APIError.conflict(info, old.name.name)
    }
    if let uid = proposed["metadata", "uid"]?.text, !uid.isEmpty, uid != old.uid {
      throw APIError.conflict(
        info, old.name.name, "Precondition failed: UID in precondition: \(uid), UID in object meta: \(old.uid)")
    }
    if let name = proposed["metadata", "name"]?.text, name != old.name.name {
      throw APIError.invalid(info, old.name.name, [.invalid("metadata.name", .text(name), "field is immutable")])
    }
  }

  /// A write of the status leaves everything else, a write of the object leaves the status (API conventions, "Spec and Status").
  static func separated(_ proposed: JSONValue, _ old: JSONValue, _ info: KindInfo, isStatus: Bool) -> JSONValue {
    guard info.hasStatus else { return proposed }
    if isStatus {
      var json = old
      json["status"] = proposed["status"]
      return json
    }
    var json = proposed
    json["status"] = old["status"]
    return json
  }

  /// Deployments count changed annotations too (`deploymentStrategy.PrepareForUpdate`).
  private static func countsAsNewGeneration(_ old: JSONValue, _ new: JSONValue, _ info: KindInfo) -> Bool {
    if info.kind == "Deployment", (old["metadata", "annotations"] ?? [:]) != (new["metadata", "annotations"] ?? [:]) { return true }
    let ignored: Set = ["metadata", "status", "apiVersion", "kind"]
    return (old.members ?? [:]).filter { !ignored.contains($0.key) } != (new.members ?? [:]).filter { !ignored.contains($0.key) }
  }

  /// Ownership after a change that was no apply: the manager owns what it changed, and nobody owns what is gone.
  private func owned(_ json: JSONValue, _ old: JSONValue, _ manager: FieldManager, _ info: KindInfo) -> JSONValue? {
    let difference = FieldSet.differences(
      ManagedFields.ownable(old), ManagedFields.ownable(json), schema: ListSchema(kind: info))
    var fields = ManagedFields(old)
    fields.take(difference.changed.union(difference.removed), except: manager, at: now)
    fields.set(fields[manager].union(difference.changed).subtracting(difference.removed), for: manager, at: now)
    return fields.entries.isEmpty ? nil : fields.json
  }
}
