import SlipwayModel
import SlipwayPorts

/// Writes objects on behalf of one operation: never over what a later writer has written, and never over what has changed since it was
/// read.
struct FencedWriter: Sendable {
  let view: NamespaceView
  let key: DeploymentKey
  let operation: Operation
  let priority: ClusterCall.Priority
  /// The term that the server leads in; `nil` when it needs no Lease.
  let term: Int64?

  private func fence(on object: ObjectKey) -> Fence {
    Fence(epoch: operation.epoch, sequence: operation.sequence, term: term, scope: Fence.scope(of: key, on: object.kind))
  }

  /// An object that others write as well is read anew and written again this often.
  private static let attempts = 6

  /// Reads an object and writes what `change` makes of it, as one step: when somebody was quicker, both are done again.
  ///
  /// - Parameters:
  ///   - settles: whether to wait until the watch has told of the write.
  ///   - change: `nil` when nothing has to be written.
  /// - Returns: whether anything was written.
  /// - Throws: `stale-epoch`, `stale-call`, `not-leader`, `field-conflict`, those of `change` and of the client.
  @discardableResult
  func write(_ object: ObjectKey, settles: Bool = true, _ change: (ObjectDocument?) throws -> ObjectChange?) async throws -> Bool {
    var attempt = 1
    while true {
      let present = try await view.client.get(object, call("read", object))
      try admit(over: present, object)
      guard let wanted = try change(present) else { return false }
      do {
        try await send(wanted.fenced(by: fence(on: object), over: present), object, over: present)
        if settles { try await view.settle(object, past: present?.resourceVersion) }
        return true
      } catch let error as SlipwayError where attempt < Self.attempts && (Self.isOvertaken(error, wanted) || Self.isUncertain(error)) {
        attempt += 1
      }
    }
  }

  private static func isOvertaken(_ error: SlipwayError, _ change: ObjectChange) -> Bool {
    if error.code == .objectConflict || error.code == .objectExists { return true }
    // A failed `test` of a patch is called invalid.
    if case .patch = change { return error.code == .objectInvalid }
    return false
  }

  /// The client does not repeat what may have been carried out. Here it can be: what was written shows when the object is read again,
  /// and a write to an old version is refused.
  private static func isUncertain(_ error: SlipwayError) -> Bool {
    error.code == .clusterBusy || error.code == .clusterUnreachable || error.code == .clusterAnswer
  }

  private func send(_ change: ObjectChange, _ object: ObjectKey, over present: ObjectDocument?) async throws {
    let call = call("write", object)
    switch change {
    case .apply(let document):
      switch try await view.client.tryApply(document, as: object, call) {
      case .applied: return
      case .conflict(let conflicts):
        // Fields that Slipway wrote by a patch belong to a second entry of the same name.
        // The number of replicas is the rollout's for as long as it goes on, whoever set it last.
        let isOwn = conflicts.allSatisfy {
          $0.manager == KubernetesClient.fieldManager || $0.fields == [".spec.replicas"] || HandEdit.mayBeTakenBack($0, in: present)
        }
        _ = try await view.client.apply(document, as: object, force: isOwn, call)
      }
    case .patch(_, let operations): _ = try await view.client.patch(object, .json(operations.map(\.json)), call)
    case .delete(_, let version):
      try await view.client.delete(object, only: DeletePreconditions(resourceVersion: version), call)
    }
  }

  private func call(_ verb: String, _ object: ObjectKey) -> ClusterCall {
    ClusterCall("\(verb) \(object)", within: .seconds(10), priority: priority)
  }

  /// Refuses a writer that comes too late for this object.
  private func admit(over present: ObjectDocument?, _ object: ObjectKey) throws {
    let fence = fence(on: object)
    guard let other = present.flatMap({ Fence(of: $0, scope: fence.scope) }) else { return }
    if fence.isOfEarlierTerm(than: other) {
      throw SlipwayError(
        .staleEpoch, .refused,
        "\(operation.name) of rollout \(operation.rollout) is refused: it acts in term \(fence.term ?? 0), and the leader of term \(other.term ?? 0) has written since",
        remedy: "another server has taken over; see `slipway status`")
    }
    if operation.epoch < other.epoch {
      throw SlipwayError(
        .staleEpoch, .refused,
        "\(operation.name) of rollout \(operation.rollout) is refused: it acts under epoch \(operation.epoch) of \(key), and epoch \(other.epoch) exists",
        remedy: "another writer has taken over this service; see `slipway status`")
    }
    if fence.isBehind(other) {
      throw SlipwayError(
        .staleCall, .refused,
        "\(operation.name) number \(operation.sequence) of rollout \(operation.rollout) is refused: number \(other.sequence) has arrived before it",
        remedy: "nothing has to be done: the rollout has decided otherwise since")
    }
  }

  // MARK: Fencing

  /// Marks all objects of the service with the writer's epoch, once for each epoch: whatever an older writer has read is then out of
  /// date, so that its writes meet conflicts, also those to objects that this writer never touches.
  func fenceAll(_ objects: [ObjectKey]) async throws {
    guard view.fencedEpoch(of: key, objects) ?? -1 < operation.epoch else { return }
    for object in objects {
      try await write(object) { present in
        let known = present.flatMap { Fence(of: $0, scope: Fence.scope(of: key, on: object.kind)) }
        guard let present, known.map({ $0.epoch < operation.epoch }) ?? true else { return nil }
        let first = present.json[path: ["metadata", "annotations"]] == nil ? [JSONPatch.add("/metadata/annotations", [:])] : []
        return .patch(object, first)
      }
    }
    view.noteFenced(key, objects, epoch: operation.epoch)
  }
}

extension SlipwayError.Code {
  static let staleEpoch = Self("stale-epoch")
  static let staleCall = Self("stale-call")
  static let slotHasTraffic = Self("slot-has-traffic")
}
