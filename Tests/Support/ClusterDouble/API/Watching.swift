import SlipwayModel

/// Where a watch stands.
package struct WatchCursor: Sendable {
  let selection: ClusterState.Selection
  let info: KindInfo
  let call: Call
  /// Changes up to this version were told.
  var version: Int
  /// Objects that are told first, as if they had just been added.
  var initial: [StoredObject]
  /// Whether the end of the first objects is told by a bookmark.
  var marksInitialEnd: Bool
  /// Whether the caller wants bookmarks.
  package let wantsBookmarks: Bool
  /// After this time the server ends the stream in order.
  package let timeout: TimeSpan?
}

/// What a watch is told.
package enum WatchEvents: Sendable {
  case events([JSONValue])
  /// One last event; then the stream ends.
  case ended(JSONValue)
  /// The connection breaks off.
  case dropped
}

extension ClusterState {
  func watch(_ route: Route, _ request: APIRequest) throws(APIError) -> WatchCursor {
    let selection = try selection(route, request)
    let asked = request.query["resourceVersion"] ?? ""
    let sendsInitial = request.isOn("sendInitialEvents")
    guard let from = Int(asked.isEmpty ? "0" : asked) else { throw APIError.badRequest("invalid resource version \"\(asked)\"") }
    let startsFresh = from == 0 || sendsInitial
    if !startsFresh, from < tables[route.kind.index].history.forgotten, faults.tooOldAsStatus {
      throw APIError.expired(from, tables[route.kind.index].history.forgotten)
    }
    return WatchCursor(
      selection: selection, info: route.info, call: Call(route), version: startsFresh ? version : from,
      initial: startsFresh && request.query["sendInitialEvents"] != "false" ? objects(selection) : [], marksInitialEnd: sendsInitial,
      wantsBookmarks: request.isOn("allowWatchBookmarks"),
      timeout: request.query["timeoutSeconds"].flatMap(Int64.init).map { TimeSpan.seconds($0) })
  }

  /// What happened since the watch was last asked for, at most a hundred events.
  package mutating func poll(_ cursor: inout WatchCursor) -> WatchEvents {
    if faults.stallsWatch(cursor.call) { return .events([]) }
    if faults.dropsWatch(cursor.call) { return .dropped }
    let history = tables[cursor.selection.kind.index].history
    guard cursor.version >= history.forgotten else {
      return .ended(event("ERROR", APIError.expired(cursor.version, history.forgotten).status))
    }
    var events: [JSONValue] = cursor.initial.prefix(100).map { event("ADDED", $0.json) }
    cursor.initial.removeFirst(events.count)
    guard cursor.initial.isEmpty else { return .events(events) }
    if cursor.marksInitialEnd {
      cursor.marksInitialEnd = false
      events.append(bookmark(cursor, initialEnd: true))
    }
    for change in history.after(cursor.version) {
      guard events.count < 100 else { return .events(events) }
      cursor.version = change.version
      if let told = told(change, cursor.selection) { events.append(told) }
    }
    cursor.version = max(cursor.version, version)
    return .events(events)
  }

  /// How far the watch has come, for clients that start again from there.
  package func bookmark(_ cursor: WatchCursor) -> JSONValue { bookmark(cursor, initialEnd: false) }

  private func bookmark(_ cursor: WatchCursor, initialEnd: Bool) -> JSONValue {
    var metadata: JSONValue = ["resourceVersion": .text(String(cursor.version)), "creationTimestamp": .null]
    if initialEnd { metadata["annotations"] = ["k8s.io/initial-events-end": "true"] }
    return event("BOOKMARK", ["kind": .text(cursor.info.kind), "apiVersion": .text(cursor.info.apiVersion), "metadata": metadata])
  }

  /// An object that comes to fit a selector is added to its watches, one that no longer fits is deleted from them.
  private func told(_ change: Change, _ selection: Selection) -> JSONValue? {
    let fits = selection.includes(change.object)
    switch change.sort {
    case .deleted: return change.before.map(selection.includes) == true ? event("DELETED", change.object.json) : nil
    case .added: return fits ? event("ADDED", change.object.json) : nil
    case .modified:
      let fitted = change.before.map(selection.includes) ?? false
      if fits { return event(fitted ? "MODIFIED" : "ADDED", change.object.json) }
      guard fitted, var last = change.before?.json else { return nil }
      last.set(.text(String(change.version)), at: ["metadata", "resourceVersion"])
      return event("DELETED", last)
    }
  }

  private func event(_ type: String, _ object: JSONValue) -> JSONValue { ["type": .text(type), "object": object] }
}
