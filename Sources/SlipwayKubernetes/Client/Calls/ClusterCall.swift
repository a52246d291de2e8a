import SlipwayModel

/// What a call to the API server is for, how long it may take and how urgent it is.
package struct ClusterCall: Hashable, Sendable {
  /// Who goes first when calls wait for the client's rate.
  package enum Priority: Hashable, Sendable {
    case ordinary
    /// Brings traffic back: waits for no ordinary call, neither for the rate nor for a connection.
    case urgent
  }

  /// What messages say was to be done, as it stands after "can't": `look at the pods of api`.
  package let purpose: String
  /// From the call to its answer, with all attempts and with waiting for the client's rate.
  package let limit: TimeSpan
  package let priority: Priority

  package init(_ purpose: String, within limit: TimeSpan = .seconds(15), priority: Priority = .ordinary) {
    self.purpose = purpose
    self.limit = limit
    self.priority = priority
  }
}

/// Which objects of a kind are meant; both in the syntax of the API: `app=api,tier!=db` and `metadata.name=api`.
package struct ObjectSelection: Hashable, Sendable {
  package let labels: String?
  package let fields: String?

  package static let all = ObjectSelection()

  package init(labels: String? = nil, fields: String? = nil) {
    self.labels = labels
    self.fields = fields
  }

  /// Objects with all of these labels.
  package init(_ labels: [String: String]) {
    self.init(labels: labels.sorted { $0.key < $1.key }.map { "\($0.key)=\($0.value)" }.joined(separator: ","))
  }

  var query: [(String, String)] {
    [("labelSelector", labels), ("fieldSelector", fields)].compactMap { name, value in
      value.flatMap { $0.isEmpty ? nil : (name, $0) }
    }
  }
}

/// Objects of a kind as they were at one moment.
package struct ObjectList: Hashable, Sendable {
  package let objects: [ObjectDocument]
  /// From here a watch goes on; empty when the server gave none.
  package let resourceVersion: String
}

/// A part of an object with a path of its own.
package enum Subresource: String, Hashable, Sendable {
  case status, scale
}

/// What becomes of the objects that belong to a deleted one.
package enum DeletePropagation: String, Hashable, Sendable {
  /// Deleted afterwards, by the cluster.
  case background = "Background"
  /// Deleted first; until then the object stays, marked as being deleted.
  case foreground = "Foreground"
  /// Kept.
  case orphan = "Orphan"
}

/// Deletes the object only when it still is the one that was looked at.
package struct DeletePreconditions: Hashable, Sendable {
  package let uid: String?
  package let resourceVersion: String?

  package init(uid: String? = nil, resourceVersion: String? = nil) {
    self.uid = uid
    self.resourceVersion = resourceVersion
  }
}

/// A change to an object, in one of the ways that the API takes it.
package enum ObjectPatch: Hashable, Sendable {
  /// Operations in order (RFC 6902). Never sent twice when it may have been carried out.
  case json([JSONValue])
  /// Members to set, `null` to remove (RFC 7386).
  case merge(JSONValue)
  /// As `merge`, but lists are merged by the keys that the kind declares. Not for custom resources.
  case strategic(JSONValue)

  var contentType: String {
    switch self {
    case .json: "application/json-patch+json"
    case .merge: "application/merge-patch+json"
    case .strategic: "application/strategic-merge-patch+json"
    }
  }

  var body: JSONValue {
    switch self {
    case .json(let operations): .list(operations)
    case .merge(let members), .strategic(let members): members
    }
  }

  var mayBeRepeated: Bool {
    switch self {
    case .json: false
    case .merge, .strategic: true
    }
  }
}
