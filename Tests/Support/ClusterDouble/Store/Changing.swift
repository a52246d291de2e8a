import SlipwayModel

extension ClusterState {
  /// Changes an object in place, as a controller with no competitor does; the generation counts a changed specification.
  @discardableResult
  mutating func change(_ kind: KindID, _ name: ObjectName, _ body: (inout JSONValue) -> Void) -> StoredObject? {
    guard let before = self[kind, name] else { return nil }
    var json = before.json
    body(&json)
    if kinds[kind].countsGenerations, json["spec"] != before.json["spec"] {
      json.set(.integer((before.json["metadata", "generation"]?.integer ?? 0) + 1), at: ["metadata", "generation"])
    }
    return put(kind, name, json)
  }
}

extension JSONValue {
  /// Sets a condition of a status. `lastTransitionTime` moves only when the condition's status does (API conventions, "Typical status
  /// properties").
  mutating func setCondition(_ type: String, _ status: String, reason: String?, message: String?, at now: Timestamp, extra: JSONValue = [:])
  {
    var conditions = self["conditions"]?.items ?? []
    let index = conditions.firstIndex { $0["type"]?.text == type }
    let before = index.map { conditions[$0] }
    var condition = extra
    condition["type"] = .text(type)
    condition["status"] = .text(status)
    condition["reason"] = reason.map { .text($0) }
    condition["message"] = message.map { .text($0) }
    condition["lastTransitionTime"] = before?["status"]?.text == status ? before?["lastTransitionTime"] : now.api
    if let index { conditions[index] = condition } else { conditions.append(condition) }
    self["conditions"] = .list(conditions)
  }

  mutating func removeCondition(_ type: String) {
    guard let conditions = self["conditions"]?.items, conditions.contains(where: { $0["type"]?.text == type }) else { return }
    self["conditions"] = .list(conditions.filter { $0["type"]?.text != type })
  }

  func condition(_ type: String) -> JSONValue? { self["conditions"]?.items?.first { $0["type"]?.text == type } }
}
