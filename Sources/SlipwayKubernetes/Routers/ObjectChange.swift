import SlipwayModel

/// One write to one object.
package enum ObjectChange: Hashable, Sendable {
  /// Server-side apply: all that the field manager wants to own of the object, no more.
  case apply(ObjectDocument)
  /// A JSON patch (RFC 6902): where lists can only be owned as a whole, it changes an element and tests that the element is still
  /// what was read. A failed test is answered with status 422, and the object has to be read anew.
  case patch(ObjectKey, [JSONPatch])
  /// - Parameter version: the only one that is deleted (a precondition, answered with 409); `nil`: whichever there is.
  case delete(ObjectKey, version: String?)

  /// The same write as one of a fenced writer, of an object that was read at this version: a later write by anybody is met as a
  /// conflict (409). A `nil` version is for an object that is not there yet.
  package func fenced(by fence: Fence, over read: ObjectDocument?) -> ObjectChange {
    switch self {
    case .apply(var document):
      var metadata = document.json["metadata"] ?? [:]
      metadata["annotations"] = .texts(document.annotations.merging(fence.annotations) { $1 })
      if let version = read?.resourceVersion { metadata["resourceVersion"] = .text(version) }
      document.json["metadata"] = metadata
      return .apply(document)
    case .patch(let key, let operations):
      let annotations = fence.annotations.sorted { $0.key < $1.key }
        .map { JSONPatch.add(JSONPatch.annotation($0.key), .text($0.value)) }
      // A patch that states the version is refused when the object has another by then.
      let version = read?.resourceVersion.map { [JSONPatch.replace("/metadata/resourceVersion", .text($0))] } ?? []
      let first = JSONPatch.add("/metadata/annotations", [:])
      let lacksAny = read?.json[path: ["metadata", "annotations"]] == nil && !operations.contains(first)
      return .patch(key, operations + (lacksAny ? [first] : []) + annotations + version)
    case .delete(let key, _): return .delete(key, version: read?.resourceVersion)
    }
  }
}

/// One operation of a JSON patch (RFC 6902, section 4). Paths are JSON pointers (RFC 6901).
package enum JSONPatch: Hashable, Sendable {
  /// The patch fails as a whole unless the value there is equal.
  case test(String, JSONValue)
  /// Sets a member, or inserts before an element of a list; `-` is the end of one.
  case add(String, JSONValue)
  case replace(String, JSONValue)
  case remove(String)

  /// As it is sent.
  package var json: JSONValue {
    switch self {
    case .test(let path, let value): ["op": "test", "path": .text(path), "value": value]
    case .add(let path, let value): ["op": "add", "path": .text(path), "value": value]
    case .replace(let path, let value): ["op": "replace", "path": .text(path), "value": value]
    case .remove(let path): ["op": "remove", "path": .text(path)]
    }
  }

  /// The pointer to an annotation. The object has to have annotations already: see ``setting(annotation:_:on:)``.
  static func annotation(_ key: String) -> String {
    "/metadata/annotations/" + key.replacing("~", with: "~0").replacing("/", with: "~1")
  }

  /// Sets an annotation on an object that may have none yet.
  static func setting(annotation key: String, _ value: String, on document: ObjectDocument) -> [JSONPatch] {
    let first = document.json[path: ["metadata", "annotations"]] == nil ? [JSONPatch.add("/metadata/annotations", [:])] : []
    return first + [.add(annotation(key), .text(value))]
  }
}
