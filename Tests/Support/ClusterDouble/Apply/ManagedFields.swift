import SlipwayModel

/// Who set a field: a name, and whether by apply or otherwise.
struct FieldManager: Hashable, Sendable {
  let name: String
  let isApply: Bool
  let apiVersion: String
  /// Empty for the object itself.
  let subresource: String
}

/// `metadata.managedFields`: which manager set which fields, and when.
struct ManagedFields: Equatable, Sendable {
  struct Entry: Equatable, Sendable {
    var fields: FieldSet
    var time: JSONValue
  }

  var entries: [FieldManager: Entry] = [:]

  init(_ object: JSONValue) {
    for item in object["metadata", "managedFields"]?.items ?? [] {
      let manager = FieldManager(
        name: item["manager"]?.text ?? "", isApply: item["operation"]?.text == "Apply", apiVersion: item["apiVersion"]?.text ?? "",
        subresource: item["subresource"]?.text ?? "")
      entries[manager] = Entry(fields: FieldSet(fieldsV1: item["fieldsV1"] ?? [:]), time: item["time"] ?? .null)
    }
  }

  /// Apply entries first, then by time and name (`managedfields.sortEncodedManagedFields`).
  var json: JSONValue {
    let sorted = entries.sorted { a, b in
      if a.key.isApply != b.key.isApply { return a.key.isApply }
      if a.value.time != b.value.time { return a.value.time.text ?? "" < b.value.time.text ?? "" }
      return (a.key.name, a.key.subresource) < (b.key.name, b.key.subresource)
    }
    return .list(
      sorted.map { manager, entry in
        var item: JSONValue = [
          "manager": .text(manager.name), "operation": manager.isApply ? "Apply" : "Update", "apiVersion": .text(manager.apiVersion),
          "time": entry.time, "fieldsType": "FieldsV1", "fieldsV1": entry.fields.fieldsV1,
        ]
        if !manager.subresource.isEmpty { item["subresource"] = .text(manager.subresource) }
        return item
      })
  }

  subscript(_ manager: FieldManager) -> FieldSet { entries[manager]?.fields ?? FieldSet() }

  /// The time moves only when the fields change.
  mutating func set(_ fields: FieldSet, for manager: FieldManager, at now: Timestamp) {
    guard entries[manager]?.fields != fields else { return }
    entries[manager] = fields.isEmpty ? nil : Entry(fields: fields, time: now.api)
  }

  /// The fields of others than a manager.
  func fields(except manager: FieldManager) -> FieldSet {
    entries.filter { $0.key != manager }.reduce(FieldSet()) { $0.union($1.value.fields) }
  }

  /// Takes fields away from everybody but a manager.
  mutating func take(_ fields: FieldSet, except manager: FieldManager, at now: Timestamp) {
    for other in entries.keys where other != manager { set(self[other].subtracting(fields), for: other, at: now) }
  }

  /// Which other managers have any of these fields, in the order of their names.
  func conflicts(_ fields: FieldSet, except manager: FieldManager) -> [(manager: FieldManager, time: JSONValue, fields: FieldSet)] {
    entries.filter { $0.key != manager }
      .map { (manager: $0.key, time: $0.value.time, fields: $0.value.fields.intersection(fields)) }
      .filter { !$0.fields.isEmpty }
      .sorted { ($0.manager.name, $0.manager.subresource) < ($1.manager.name, $1.manager.subresource) }
  }

  /// The document without what nobody owns: its identity and what the server writes itself (`fieldmanager.stripFields`).
  static func ownable(_ object: JSONValue) -> JSONValue {
    var json = object
    json["apiVersion"] = nil
    json["kind"] = nil
    var metadata = json["metadata"]?.members ?? [:]
    for name in [
      "name", "namespace", "uid", "resourceVersion", "generation", "creationTimestamp", "managedFields", "selfLink", "deletionTimestamp",
      "deletionGracePeriodSeconds",
    ] { metadata[name] = nil }
    json["metadata"] = metadata.isEmpty ? nil : .object(metadata)
    return json
  }
}
