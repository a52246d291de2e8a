import SlipwayModel

/// An object of the API as a document, and what every object has (Kubernetes API conventions, "Metadata").
package struct ObjectDocument: Hashable, Sendable {
  package var json: JSONValue

  package init(_ json: JSONValue) { self.json = json }

  package init(_ key: ObjectKey, labels: [String: String] = [:], annotations: [String: String] = [:]) {
    var metadata: [String: JSONValue] = ["name": .text(key.name)]
    metadata["namespace"] = key.namespace.map { .text($0) }
    if !labels.isEmpty { metadata["labels"] = .object(labels.mapValues { .text($0) }) }
    if !annotations.isEmpty { metadata["annotations"] = .object(annotations.mapValues { .text($0) }) }
    json = ["apiVersion": .text(key.kind.apiVersion), "kind": .text(key.kind.kind), "metadata": .object(metadata)]
  }

  package var name: String? { json[path: ["metadata", "name"]]?.text }
  package var namespace: String? { json[path: ["metadata", "namespace"]]?.text }
  package var uid: String? { json[path: ["metadata", "uid"]]?.text }
  /// Opaque; only ever compared for equality and handed back.
  package var resourceVersion: String? { json[path: ["metadata", "resourceVersion"]]?.text }
  /// Rises with each change of the specification; `nil` for kinds that don't count.
  package var generation: Int? { json[path: ["metadata", "generation"]]?.integer }
  package var labels: [String: String] { Self.texts(json[path: ["metadata", "labels"]]) }
  package var annotations: [String: String] { Self.texts(json[path: ["metadata", "annotations"]]) }
  package var spec: JSONValue? { json["spec"] }
  package var status: JSONValue? { json["status"] }

  private static func texts(_ value: JSONValue?) -> [String: String] {
    (value?.members ?? [:]).compactMapValues(\.text)
  }
}
