import SlipwayModel
import SlipwayPorts
import Synchronization

/// What watches tell of a namespace, kept for all who look at it, and what has to be remembered between two looks.
final class NamespaceView: Sendable {
  private struct SlotID: Hashable {
    let key: DeploymentKey
    let slot: Slot
  }

  private struct Fenced: Hashable {
    let key: DeploymentKey
    let objects: [ObjectKey]
  }

  private struct State {
    var caches: [ResourceKind: ObjectCache] = [:]
    var memories: [SlotID: SlotMemory] = [:]
    var routedAt: [DeploymentKey: Timestamp] = [:]
    var fencedEpochs: [Fenced: Int64] = [:]
    var lastUse: Timestamp
  }

  let namespace: Name
  let client: KubernetesClient
  let notes: PodNotes
  let granted = GrantedRights()
  /// When nobody watches the namespace any more.
  let ending: Ending
  private let clock: any EngineClock
  private let start: @Sendable (ObjectCache) -> Void
  private let state: Mutex<State>

  init(
    _ namespace: Name, client: KubernetesClient, clock: any EngineClock, ending: Ending = Ending(),
    start: @escaping @Sendable (ObjectCache) -> Void
  ) {
    (self.namespace, self.client, self.clock, self.ending, self.start) = (namespace, client, clock, ending, start)
    state = Mutex(State(lastUse: clock.now()))
    notes = PodNotes(namespace: namespace, client: client, clock: clock)
  }

  /// How old what a broken watch told last may be and still count as seen.
  static let patience = TimeSpan.seconds(5)

  /// How long a watch that seems to be alive may say nothing: the API server sends a bookmark each minute.
  static let quiet = TimeSpan.seconds(90)

  /// When somebody last turned to it.
  var lastUse: Timestamp { state.withLock { $0.lastUse } }

  func noteUse() { state.withLock { $0.lastUse = clock.now() } }

  // MARK: Caches

  /// The cache of a kind; it begins to fill with the first call.
  func cache(_ kind: ResourceKind) -> ObjectCache {
    let (cache, isNew) = state.withLock { state in
      if let cache = state.caches[kind] { return (cache, false) }
      let cache = ObjectCache(
        WatchTarget(kind, in: namespace.description, Self.selection(of: kind), trim: .unread), client: client, index: Self.indexKeys)
      state.caches[kind] = cache
      return (cache, true)
    }
    if isNew { start(cache) }
    return cache
  }

  /// Of pods and what makes them only Slipway's own; Services and routes of others may lead to them.
  private static func selection(of kind: ResourceKind) -> ObjectSelection {
    switch kind {
    case .deployment, .replicaSet, .pod: ObjectSelection(labels: Label.service)
    default: .all
    }
  }

  private static func indexKeys(_ object: ObjectDocument) -> [String] {
    if let service = object.labels[Label.serviceOfSlice] { return [service] }
    guard let service = object.labels[Label.service], let environment = object.labels[Label.environment] else { return [] }
    return ["\(service)/\(environment)"]
  }

  /// Objects of these kinds are all known, and what is known is fresh.
  ///
  /// - Throws: why they are not, within `limit`.
  func require(_ kinds: [ResourceKind], within limit: TimeSpan) async throws {
    let deadline = clock.now() + limit
    let caches = kinds.map { cache($0) }
    for cache in caches {
      try await cache.waitForSync(within: max(deadline - clock.now(), .milliseconds(1)))
      let freshness = cache.freshness
      let silence = freshness.heardAt.map { clock.now() - $0 } ?? .zero
      guard let heard = freshness.heardAt, silence > (freshness.isAlive ? Self.quiet : Self.patience) else { continue }
      throw freshness.failure
        ?? .clusterUnreachable("can't look at the \(cache.target.kind.plural) of \(namespace): nothing was heard since \(heard)")
    }
  }

  /// Waits until a cache has heard of a write, so that the next look does not see the time before it. Not for long: what it
  /// shows then is old, not wrong.
  func settle(_ key: ObjectKey, past resourceVersion: String?) async throws {
    // Kinds that nobody looks at are not watched for this.
    guard let cache = state.withLock({ $0.caches[key.kind] }) else { return }
    let deadline = clock.now() + .seconds(2)
    while clock.now() < deadline {
      let seen = cache.changes
      if cache.object(key.name)?.resourceVersion != resourceVersion { return }
      try await cache.wait(past: seen, within: deadline - clock.now())
    }
  }

  // MARK: Memory

  /// Lets `body` read and change what is remembered of a slot.
  func remembering<Result>(_ key: DeploymentKey, _ slot: Slot, _ body: (inout SlotMemory) -> Result) -> Result {
    state.withLock { body(&$0.memories[SlotID(key: key, slot: slot), default: SlotMemory()]) }
  }

  /// How long ago Slipway last wrote what divides the service's traffic; very long when this process never did.
  func sinceRouting(_ key: DeploymentKey, at now: Timestamp) -> TimeSpan {
    state.withLock { $0.routedAt[key].map { now - $0 } ?? .hours(24) }
  }

  func noteRouting(_ key: DeploymentKey, at now: Timestamp) { state.withLock { $0.routedAt[key] = now } }

  /// The newest epoch under which these objects of a service were fenced by this process.
  func fencedEpoch(of key: DeploymentKey, _ objects: [ObjectKey]) -> Int64? {
    state.withLock { $0.fencedEpochs[Fenced(key: key, objects: objects)] }
  }

  func noteFenced(_ key: DeploymentKey, _ objects: [ObjectKey], epoch: Int64) {
    state.withLock { $0.fencedEpochs[Fenced(key: key, objects: objects)] = epoch }
  }
}

extension ObjectTrim {
  /// Drops what nobody here reads: what pods are made of but for their probes. A write follows from the object as it is in the cluster.
  fileprivate static let unread = ObjectTrim { object in
    switch object["kind"]?.text {
    case ResourceKind.deployment.kind, ResourceKind.replicaSet.kind:
      if var spec = object["spec"] {
        spec["template"] = nil
        object["spec"] = spec
      }
    case ResourceKind.pod.kind:
      guard let containers = object["spec"]?["containers"]?.items else { return }
      object["spec"] = [
        "containers": .list(
          containers.map { container in
            var kept: JSONValue = ["name": container["name"] ?? ""]
            kept["readinessProbe"] = container["readinessProbe"]
            return kept
          })
      ]
    default: return
    }
  }
}
