import SlipwayModel

extension ClusterState {
  /// What a list or a watch is about.
  struct Selection: Sendable {
    let kind: KindID
    let namespace: String?
    let labels: LabelSelector
    let fields: FieldSelector

    func includes(_ object: StoredObject) -> Bool {
      (namespace == nil || namespace == object.name.namespace) && labels.matches(object.labels) && fields.matches(object)
    }
  }

  func selection(_ route: Route, _ request: APIRequest) throws(APIError) -> Selection {
    guard let labels = LabelSelector(query: request.query["labelSelector"] ?? "") else {
      throw APIError.badRequest("unable to parse requirement: \(request.query["labelSelector"] ?? "")")
    }
    var fields = try FieldSelector(query: request.query["fieldSelector"] ?? "", kind: route.info)
    if let name = route.name { fields = try FieldSelector(query: "metadata.name=\(name)", kind: route.info) }
    return Selection(kind: route.kind, namespace: route.namespace, labels: labels, fields: fields)
  }

  func objects(_ selection: Selection) -> [StoredObject] {
    let table = tables[selection.kind.index]
    if let namespace = selection.namespace {
      if let name = selection.fields.name {
        return [table[ObjectName(namespace, name)]].compactMap { $0 }.filter(selection.includes)
      }
      return table.objects(in: namespace, labels: selection.labels.equalities).filter(selection.includes)
    }
    return table.namespaces.keys.sorted()
      .flatMap { table.objects(in: $0, labels: selection.labels.equalities) }.filter(selection.includes)
  }

  /// The objects as they were at an earlier version; `nil` when the history does not reach back so far.
  func objects(_ selection: Selection, asOf version: Int) -> [StoredObject]? {
    let history = tables[selection.kind.index].history
    guard version >= history.forgotten else { return nil }
    var earlier: [ObjectName: StoredObject?] = [:]
    for change in history.after(version) where earlier[change.object.name] == nil { earlier[change.object.name] = change.before }
    guard !earlier.isEmpty else { return objects(selection) }
    let untouched = tables[selection.kind.index].objects(in: selection.namespace).filter { earlier[$0.name] == nil }
    return (untouched + earlier.values.compactMap { $0 }).filter(selection.includes).sorted { $0.name < $1.name }
  }

  /// The version that was current some time ago, as far as the history of the kind tells.
  func version(_ kind: KindID, before span: TimeSpan) -> Int {
    let history = tables[kind.index].history
    let limit = now - span
    return history.after(history.forgotten).last { $0.at <= limit }?.version ?? history.forgotten
  }

  func list(_ route: Route, _ request: APIRequest, staleBy: TimeSpan?) throws(APIError) -> JSONValue {
    let selection = try selection(route, request)
    var found: [StoredObject]
    var listed = version
    var start: ObjectName?
    if let token = request.query["continue"], !token.isEmpty {
      guard let place = ContinueToken(token) else { throw APIError.badRequest("continue key is not valid") }
      guard let objects = objects(selection, asOf: place.version) else { throw APIError.expiredContinue }
      found = objects
      listed = place.version
      start = place.after
    } else if let staleBy {
      listed = version(route.kind, before: staleBy)
      found = objects(selection, asOf: listed) ?? objects(selection)
    } else {
      try checkListVersion(request)
      found = objects(selection)
    }
    if let start { found = found.filter { start < $0.name } }
    var metadata: JSONValue = ["resourceVersion": .text(String(listed))]
    if let limit = request.query["limit"].flatMap(Int.init), limit > 0, found.count > limit {
      metadata["continue"] = .text(ContinueToken(version: listed, after: found[limit - 1].name).text)
      if request.query["labelSelector"] == nil, request.query["fieldSelector"] == nil {
        metadata["remainingItemCount"] = .integer(found.count - limit)
      }
      found = Array(found.prefix(limit))
    }
    return [
      "kind": .text("\(route.info.kind)List"), "apiVersion": .text(route.info.apiVersion), "metadata": metadata,
      "items": .list(found.map { item($0.json, route.info) }),
    ]
  }

  /// `resourceVersionMatch=Exact` would need the history; a version from the future is answered as the real server does after waiting.
  private func checkListVersion(_ request: APIRequest) throws(APIError) {
    guard let text = request.query["resourceVersion"], !text.isEmpty else { return }
    guard let asked = Int(text) else { throw APIError.badRequest("invalid resource version \"\(text)\"") }
    guard asked > version else { return }
    throw APIError(
      code: 504, reason: "Timeout", message: "Timeout: Too large resource version: \(asked), current: \(version)",
      details: ["causes": [["reason": "ResourceVersionTooLarge", "message": "Too large resource version"]]], retryAfterSeconds: 1)
  }

  /// Items of lists of built-in kinds do not say what they are; those of custom kinds do.
  private func item(_ json: JSONValue, _ kind: KindInfo) -> JSONValue {
    kind.isCustom ? json : json.without("apiVersion").without("kind")
  }
}

/// Where a list goes on.
private struct ContinueToken {
  let version: Int
  let after: ObjectName

  init(version: Int, after: ObjectName) {
    self.version = version
    self.after = after
  }

  /// Opaque to clients. Here it is readable.
  var text: String { "v\(version).\(after.namespace).\(after.name)" }

  init?(_ text: String) {
    let parts = text.split(separator: ".", maxSplits: 2, omittingEmptySubsequences: false)
    guard parts.count == 3, let version = Int(parts[0].dropFirst()) else { return nil }
    self.init(version: version, after: ObjectName(String(parts[1]), String(parts[2])))
  }
}
