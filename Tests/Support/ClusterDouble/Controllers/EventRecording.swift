import SlipwayModel

/// What makes two Events the same, so that the second only counts up the first (client-go, `EventCorrelator`).
struct EventKey: Hashable, Sendable {
  let uid: String
  let reason: String
  let message: String
}

extension ClusterState {
  /// Tells of something as an Event about an object.
  mutating func record(_ kind: KindID, _ object: StoredObject, type: String, reason: String, message: String, from component: String) {
    let now = now
    let key = EventKey(uid: object.uid, reason: reason, message: message)
    if let name = eventNames[key], self[.event, name] != nil {
      change(.event, name) { json in
        json["count"] = .integer((json["count"]?.integer ?? 1) + 1)
        json["lastTimestamp"] = now.api
      }
      return
    }
    let suffix = String(identities.next(), radix: 16)
    let name = ObjectName(object.name.namespace, "\(object.name.name).\(suffix)")
    eventNames[key] = name
    eventsByAge.append(AgedEvent(at: now, name: name, key: key))
    work.add(ObjectName("", ""), to: .events, at: now + settings.eventsKeptFor)
    var involved: JSONValue = [
      "kind": .text(kinds[kind].kind), "apiVersion": .text(kinds[kind].apiVersion), "name": .text(object.name.name),
      "uid": .text(object.uid), "resourceVersion": .text(String(object.version)),
    ]
    if !object.name.namespace.isEmpty { involved["namespace"] = .text(object.name.namespace) }
    put(
      .event, name,
      [
        "apiVersion": "v1", "kind": "Event",
        "metadata": [
          "name": .text(name.name), "namespace": .text(name.namespace), "uid": .text(identities.uid()), "creationTimestamp": now.api,
        ],
        "involvedObject": involved, "reason": .text(reason), "message": .text(message), "type": .text(type), "count": 1,
        "firstTimestamp": now.api, "lastTimestamp": now.api, "source": ["component": .text(component)],
        "reportingComponent": .text(component), "reportingInstance": "",
      ])
  }

  /// Events do not stay for ever.
  mutating func forgetOldEvents() {
    let limit = now - settings.eventsKeptFor
    let old = eventsByAge.prefix { $0.at <= limit }
    eventsByAge.removeFirst(old.count)
    for event in old {
      remove(.event, event.name)
      eventNames[event.key] = nil
    }
    if let next = eventsByAge.first { work.add(ObjectName("", ""), to: .events, at: next.at + settings.eventsKeptFor) }
  }
}

/// An Event and since when there is it.
struct AgedEvent: Sendable {
  let at: Timestamp
  let name: ObjectName
  let key: EventKey
}
