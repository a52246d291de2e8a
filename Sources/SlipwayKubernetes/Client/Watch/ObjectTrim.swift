import SlipwayModel

/// What is kept of objects that are held in memory.
package struct ObjectTrim: Sendable {
  private let trim: @Sendable (inout JSONValue) -> Void

  /// - Parameter trim: takes away from an object what nobody will look at; it must leave `metadata.name`, `namespace` and
  ///   `resourceVersion`.
  package init(_ trim: @escaping @Sendable (inout JSONValue) -> Void) { self.trim = trim }

  /// Keeps all.
  package static let none = ObjectTrim { _ in }

  /// Drops `metadata.managedFields` and the copy of the whole object that `kubectl apply` leaves in an annotation.
  package static let bookkeeping = ObjectTrim { object in
    guard var metadata = object["metadata"] else { return }
    metadata["managedFields"] = nil
    if var annotations = metadata["annotations"] {
      annotations["kubectl.kubernetes.io/last-applied-configuration"] = nil
      metadata["annotations"] = annotations
    }
    object["metadata"] = metadata
  }

  /// This, and then that.
  package func and(_ other: ObjectTrim) -> ObjectTrim {
    ObjectTrim { object in
      trim(&object)
      other.trim(&object)
    }
  }

  package func callAsFunction(_ object: ObjectDocument) -> ObjectDocument {
    var object = object
    trim(&object.json)
    return object
  }
}
