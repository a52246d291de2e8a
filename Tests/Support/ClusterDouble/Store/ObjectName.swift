/// Where an object is within its kind.
package struct ObjectName: Hashable, Comparable, Sendable, CustomStringConvertible {
  /// Empty for kinds without namespaces.
  package let namespace: String
  package let name: String

  package init(_ namespace: String, _ name: String) {
    self.namespace = namespace
    self.name = name
  }

  /// As etcd orders keys.
  package static func < (a: ObjectName, b: ObjectName) -> Bool {
    a.namespace == b.namespace ? a.name < b.name : a.namespace < b.namespace
  }

  package var description: String { namespace.isEmpty ? name : "\(namespace)/\(name)" }
}

/// An object among those of all kinds.
struct ObjectRef: Hashable, Comparable, Sendable {
  let kind: KindID
  let name: ObjectName

  static func < (a: ObjectRef, b: ObjectRef) -> Bool { a.kind == b.kind ? a.name < b.name : a.kind < b.kind }
}
