import SlipwayModel

/// Objects of one namespace as they were read at about one time.
package struct ObjectSet: Sendable {
  private var objects: [Key: ObjectDocument] = [:]
  private var slices: [String: [ObjectDocument]] = [:]

  /// By kind and name alone: API versions of one kind hold the same object.
  private struct Key: Hashable {
    let kind: String
    let name: String
  }

  package init(_ documents: [ObjectDocument]) {
    for document in documents {
      guard let kind = document.json["kind"]?.text, let name = document.name else { continue }
      objects[Key(kind: kind, name: name)] = document
      if kind == ResourceKind.endpointSlice.kind, let service = document.labels[Label.serviceOfSlice] {
        slices[service, default: []].append(document)
      }
    }
  }

  /// The object; `nil` when it is not there.
  package subscript(key: ObjectKey) -> ObjectDocument? {
    objects[Key(kind: key.kind.kind, name: key.name)]
  }

  /// Pods behind a Service that take requests now, by name (by address where an endpoint is no pod). A pod that is being deleted is
  /// none of them, even if it still answers.
  package func readyPods(behind service: ObjectKey) -> Set<String> {
    var pods: Set<String> = []
    for endpoint in slices[service.name, default: []].flatMap({ $0.json["endpoints"]?.items ?? [] }) {
      // EndpointSlice API: an absent condition `ready` is to be taken for true, an absent `terminating` for false.
      guard endpoint[path: ["conditions", "ready"]]?.flag ?? true, endpoint[path: ["conditions", "terminating"]]?.flag != true else {
        continue
      }
      // A pod with addresses of both families stands in two slices.
      if let name = endpoint[path: ["targetRef", "name"]]?.text ?? endpoint["addresses"]?.items?.first?.text { pods.insert(name) }
    }
    return pods
  }
}
