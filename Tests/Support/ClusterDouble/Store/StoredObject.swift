import SlipwayModel

/// One version of an object. It never changes, so the store, the history and every watch share it.
package final class StoredObject: Sendable {
  /// The whole document with its metadata.
  package let json: JSONValue
  package let name: ObjectName
  /// Its `metadata.resourceVersion`.
  package let version: Int
  package let uid: String
  package let labels: [String: String]
  /// The owners' uids.
  let owners: [String]

  init(json: JSONValue, name: ObjectName, version: Int) {
    self.json = json
    self.name = name
    self.version = version
    uid = json["metadata", "uid"]?.text ?? ""
    labels = json["metadata", "labels"]?.texts ?? [:]
    owners = (json["metadata", "ownerReferences"]?.items ?? []).compactMap { $0["uid"]?.text }
  }

  /// The uid of the owner that controls it.
  var controller: String? {
    json["metadata", "ownerReferences"]?.items?.first { $0["controller"] == .flag(true) }?["uid"]?.text
  }

  var isBeingDeleted: Bool { json["metadata", "deletionTimestamp"] != nil }
}

/// What happened to an object.
struct Change: Sendable {
  enum Sort: String, Sendable {
    case added = "ADDED"
    case modified = "MODIFIED"
    case deleted = "DELETED"
  }

  let sort: Sort
  let at: Timestamp
  /// What is told; of a deleted object, its last state with the version of the deletion.
  let object: StoredObject
  /// What was before; `nil` for an object that is new.
  let before: StoredObject?

  var version: Int { object.version }
}
