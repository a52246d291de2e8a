import SlipwayModel
import SlipwayPorts

/// What an apply came to, where its conflicts are an answer and no error.
package enum ApplyOutcome: Hashable, Sendable {
  case applied(ObjectDocument)
  case conflict([FieldConflict])
}

extension KubernetesClient {
  // MARK: Reading

  /// - Returns: `nil` when there is no such object.
  package func get(_ key: ObjectKey, _ call: ClusterCall) async throws -> ObjectDocument? {
    let answer = try await sender.send(ClusterRequest(path: try Self.path(of: key)), for: call, mayBeRepeated: true)
    if answer.status == 404, status(answer).namesMissingObject { return nil }
    return ObjectDocument(try json(answer, call, about: key))
  }

  /// Fetches all objects, a page at a time.
  ///
  /// - Parameters:
  ///   - namespace: `nil` for all, and for kinds without namespaces.
  ///   - pageSize: so many are asked for at once.
  ///   - trim: what is kept of each object; what it drops is let go of before the next page is fetched.
  package func list(
    _ kind: ResourceKind, in namespace: String?, _ selection: ObjectSelection = .all, pageSize: Int = 500, trim: ObjectTrim = .none,
    _ call: ClusterCall
  ) async throws -> ObjectList {
    let deadline = clock.now() + call.limit
    var objects: [ObjectDocument] = []
    var token: String?
    // A list that takes so long that its beginning is forgotten is fetched anew, whole.
    var isWhole = false
    while true {
      var request = ClusterRequest(path: Self.path(of: kind, in: namespace), query: selection.query.map { (name: $0, value: $1) })
      if !isWhole { request.query.append((name: "limit", value: String(max(1, pageSize)))) }
      if let token { request.query.append((name: "continue", value: token)) }
      let left = deadline - clock.now()
      guard left > .zero else {
        throw SlipwayError.clusterUnreachable("can't \(call.purpose): there are more objects than come within \(call.limit)")
      }
      let page = ClusterCall(call.purpose, within: left, priority: call.priority)
      let answer = try await sender.send(request, for: page, mayBeRepeated: true)
      if answer.status == 410, token != nil {
        (objects, token, isWhole) = ([], nil, true)
        continue
      }
      let list = try json(answer, call, about: nil)
      for item in list["items"]?.items ?? [] { objects.append(trim(Self.named(item, kind))) }
      let metadata = list["metadata"]
      token = metadata?["continue"]?.text.flatMap { $0.isEmpty ? nil : $0 }
      if token == nil { return ObjectList(objects: objects, resourceVersion: metadata?["resourceVersion"]?.text ?? "") }
    }
  }

  /// Items of a list don't say what they are.
  static func named(_ item: JSONValue, _ kind: ResourceKind) -> ObjectDocument {
    var item = item
    if item["kind"] == nil { item["kind"] = .text(kind.kind) }
    if item["apiVersion"] == nil { item["apiVersion"] = .text(kind.apiVersion) }
    return ObjectDocument(item)
  }

  // MARK: Writing

  /// - Throws: `object-exists` when there is one of that name. After a broken connection that may be what this call made.
  package func create(
    _ object: ObjectDocument, as key: ObjectKey, dryRun: Bool = false, _ call: ClusterCall
  ) async throws -> ObjectDocument {
    let request = ClusterRequest(
      method: .post, path: Self.path(of: key.kind, in: key.namespace), query: Self.writing(dryRun),
      body: JSONWriter.bytes(of: object.json))
    return ObjectDocument(try await exchange(request, call, about: key, mayBeRepeated: false))
  }

  /// Makes the object have these fields (server-side apply): creates it, changes it, and removes fields that an earlier apply of the
  /// same manager had and this one has not.
  ///
  /// - Parameters:
  ///   - object: needs neither `apiVersion` nor `kind`. With a `resourceVersion` it is only applied to that version.
  ///   - subresource: applies to that part only, of an object that has to be there.
  ///   - force: takes fields away from other managers.
  /// - Throws: `field-conflict` naming managers and fields, `object-conflict` when `resourceVersion` is no longer the object's.
  package func apply(
    _ object: ObjectDocument, as key: ObjectKey, manager: String = fieldManager, subresource: Subresource? = nil, force: Bool = false,
    dryRun: Bool = false, _ call: ClusterCall
  ) async throws -> ObjectDocument {
    let answer = try await sendApply(object, key, manager, subresource, force, dryRun, call)
    return ObjectDocument(try json(answer, call, about: key))
  }

  /// As ``apply(_:as:manager:force:dryRun:_:)`` without force, for callers that decide by manager and field.
  package func tryApply(
    _ object: ObjectDocument, as key: ObjectKey, manager: String = fieldManager, dryRun: Bool = false, _ call: ClusterCall
  ) async throws -> ApplyOutcome {
    let answer = try await sendApply(object, key, manager, nil, false, dryRun, call)
    if answer.status == 409 {
      let conflicts = status(answer).fieldConflicts
      if !conflicts.isEmpty { return .conflict(conflicts) }
    }
    return .applied(ObjectDocument(try json(answer, call, about: key)))
  }

  private func sendApply(
    _ object: ObjectDocument, _ key: ObjectKey, _ manager: String, _ subresource: Subresource?, _ force: Bool, _ dryRun: Bool,
    _ call: ClusterCall
  ) async throws -> Answer {
    var document = Self.named(object.json, key.kind)
    // The server refuses these in an apply, and they are never meant.
    if var metadata = document.json["metadata"] {
      metadata["managedFields"] = nil
      document.json["metadata"] = metadata
    }
    let request = ClusterRequest(
      method: .patch, path: try Self.path(of: key, subresource?.rawValue),
      query: [(name: "fieldManager", value: manager), (name: "force", value: force ? "true" : "false")] + Self.dry(dryRun),
      contentType: "application/apply-patch+yaml", body: JSONWriter.bytes(of: document.json))
    return try await sender.send(request, for: call, mayBeRepeated: true)
  }

  package func patch(
    _ key: ObjectKey, _ patch: ObjectPatch, subresource: Subresource? = nil, dryRun: Bool = false, _ call: ClusterCall
  ) async throws -> ObjectDocument {
    let request = ClusterRequest(
      method: .patch, path: try Self.path(of: key, subresource?.rawValue), query: Self.writing(dryRun), contentType: patch.contentType,
      body: JSONWriter.bytes(of: patch.body))
    return ObjectDocument(try await exchange(request, call, about: key, mayBeRepeated: patch.mayBeRepeated))
  }

  /// Puts the whole object in the place of what is there. With the `resourceVersion` that was read it fails with `object-conflict` when
  /// somebody was quicker; after a broken connection that may have been this call.
  package func replace(
    _ object: ObjectDocument, as key: ObjectKey, subresource: Subresource? = nil, dryRun: Bool = false, _ call: ClusterCall
  ) async throws -> ObjectDocument {
    let request = ClusterRequest(
      method: .put, path: try Self.path(of: key, subresource?.rawValue), query: Self.writing(dryRun),
      body: JSONWriter.bytes(of: object.json))
    return ObjectDocument(try await exchange(request, call, about: key))
  }

  /// - Parameter gracePeriod: instead of the object's own; in whole seconds.
  /// - Returns: whether there was such an object.
  @discardableResult
  package func delete(
    _ key: ObjectKey, propagation: DeletePropagation = .background, only preconditions: DeletePreconditions? = nil,
    gracePeriod: TimeSpan? = nil, dryRun: Bool = false, _ call: ClusterCall
  ) async throws -> Bool {
    var options: JSONValue = ["apiVersion": "v1", "kind": "DeleteOptions", "propagationPolicy": .text(propagation.rawValue)]
    if let preconditions {
      var members: [String: JSONValue] = [:]
      members["uid"] = preconditions.uid.map { .text($0) }
      members["resourceVersion"] = preconditions.resourceVersion.map { .text($0) }
      options["preconditions"] = .object(members)
    }
    options["gracePeriodSeconds"] = gracePeriod.map { .integer(Int($0.milliseconds / 1000)) }
    if dryRun { options["dryRun"] = ["All"] }
    let request = ClusterRequest(method: .delete, path: try Self.path(of: key), body: JSONWriter.bytes(of: options))
    let answer = try await sender.send(request, for: call, mayBeRepeated: true)
    if answer.status == 404, status(answer).namesMissingObject { return false }
    _ = try json(answer, call, about: key)
    return true
  }

  private static func writing(_ dryRun: Bool) -> [(name: String, value: String)] {
    [(name: "fieldManager", value: fieldManager)] + dry(dryRun)
  }

  private static func dry(_ dryRun: Bool) -> [(name: String, value: String)] {
    dryRun ? [(name: "dryRun", value: "All")] : []
  }
}
