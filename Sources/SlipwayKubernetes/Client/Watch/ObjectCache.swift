import SlipwayModel
import SlipwayPorts
import Synchronization

/// How well a cache knows what there is.
package struct CacheFreshness: Hashable, Sendable {
  /// When all objects were first known; `nil`: not yet.
  package let syncedAt: Timestamp?
  /// When the server last said something: a list, an event, a bookmark, the begin of a stream.
  package let heardAt: Timestamp?
  /// Whether events come. What is held is as of ``heardAt`` otherwise.
  package let isAlive: Bool
  /// Why none come.
  package let failure: SlipwayError?
}

/// The present objects of a kind, as a watch tells of them, for any number of readers: looking costs no call.
///
/// Memory is bounded by what there is and by the trim of the target; `metadata.managedFields` is never kept.
package final class ObjectCache: Sendable {
  /// An object's place: its namespace, empty for kinds without, and its name.
  private struct Place: Hashable, Comparable {
    let namespace: String
    let name: String

    static func < (a: Place, b: Place) -> Bool { (a.namespace, a.name) < (b.namespace, b.name) }

    init(_ object: ObjectDocument) { (namespace, name) = (object.namespace ?? "", object.name ?? "") }
    init(_ namespace: String?, _ name: String) { (self.namespace, self.name) = (namespace ?? "", name) }
  }

  private struct State {
    var objects: [Place: ObjectDocument] = [:]
    var index: [String: Set<Place>] = [:]
    /// The count of ``changes`` at the last change below an index key.
    var counts: [String: Int] = [:]
    /// What stands for the counts of keys that have been forgotten: not less than any of them.
    var floor = 0
    var changes = 0
    var syncedAt: Timestamp?
    var heardAt: Timestamp?
    var isAlive = false
    var failure: SlipwayError?
    var waiters: [Waiter] = []
    var nextWaiter = 0

    func count(of key: String) -> Int { counts[key] ?? floor }

    /// Keys come and go; their counts must not stay for ever.
    mutating func forgetCounts() {
      guard counts.count > 2 * index.count + 64 else { return }
      for (key, count) in counts where index[key] == nil {
        counts[key] = nil
        floor = max(floor, count)
      }
    }
  }

  private struct Waiter {
    let number: Int
    /// `nil`: any change.
    let key: String?
    let continuation: AsyncStream<Void>.Continuation
  }

  package let target: WatchTarget
  private let client: KubernetesClient
  private let indexKeys: @Sendable (ObjectDocument) -> [String]
  private let state = Mutex(State())

  /// - Parameter index: keys under which readers look an object up without looking at all others: a label's value, an owner.
  package init(
    _ target: WatchTarget, client: KubernetesClient, index: @escaping @Sendable (ObjectDocument) -> [String] = { _ in [] }
  ) {
    (self.target, self.client, indexKeys) = (target, client, index)
  }

  /// Keeps the cache true until the task is cancelled. Nothing is known before it is called; it is called once.
  ///
  /// - Throws: `CancellationError`.
  package func run() async throws {
    defer { state.withLock { $0.isAlive = false } }
    try await client.watch(target) { [self] event in take(event) }
  }

  /// Of how many index keys the last change is known.
  var countedKeys: Int { state.withLock { $0.counts.count } }

  // MARK: Looking

  package var freshness: CacheFreshness {
    state.withLock { CacheFreshness(syncedAt: $0.syncedAt, heardAt: $0.heardAt, isAlive: $0.isAlive, failure: $0.failure) }
  }

  /// Counts up with each change; what was read after it was read holds at least these changes.
  package var changes: Int { state.withLock { $0.changes } }

  /// ``changes`` as it was at the last change of an object under this index key, or later.
  package func changes(under key: String) -> Int { state.withLock { $0.count(of: key) } }

  package func object(_ name: String, in namespace: String? = nil) -> ObjectDocument? {
    let namespace = target.kind.isNamespaced ? namespace ?? target.namespace : nil
    return state.withLock { $0.objects[Place(namespace, name)] }
  }

  /// All, in no order.
  package var objects: [ObjectDocument] { state.withLock { Array($0.objects.values) } }

  /// Those with this index key, in the order of their names: where one of several is told of, it is the same at each look.
  package func objects(under key: String) -> [ObjectDocument] {
    state.withLock { state in (state.index[key] ?? []).sorted().compactMap { state.objects[$0] } }
  }

  // MARK: Waiting

  /// Waits until there were more changes than `count`; at once when there were.
  ///
  /// - Parameter key: counts and waits only for changes of objects under this index key; compare with ``changes(under:)``.
  /// - Returns: whether there were, within `limit`.
  /// - Throws: `CancellationError`.
  @discardableResult
  package func wait(past count: Int, under key: String? = nil, within limit: TimeSpan) async throws -> Bool {
    do {
      return try await SlipwayKubernetes.within(limit, client.clock) {
        await self.wait(past: count, under: key)
        try Task.checkCancellation()
        return true
      }
    } catch is TimeIsUp {
      return false
    }
  }

  /// Waits until all objects are known.
  ///
  /// - Throws: what was in the way when `limit` is over: `SlipwayError`; `CancellationError`.
  package func waitForSync(within limit: TimeSpan) async throws {
    let deadline = client.clock.now() + limit
    while true {
      let seen = changes
      let freshness = freshness
      if freshness.syncedAt != nil { return }
      let left = deadline - client.clock.now()
      guard left > .zero, try await wait(past: seen, within: left) else {
        throw freshness.failure
          ?? .clusterUnreachable("can't list the \(target.kind.plural) within \(limit): the API server has not answered")
      }
    }
  }

  private func wait(past count: Int, under key: String?) async {
    let (stream, continuation) = AsyncStream.makeStream(of: Void.self)
    let number: Int? = state.withLock { state in
      guard (key.map { state.count(of: $0) } ?? state.changes) <= count else { return nil }
      state.nextWaiter += 1
      state.waiters.append(Waiter(number: state.nextWaiter, key: key, continuation: continuation))
      return state.nextWaiter
    }
    guard let number else { return }
    for await _ in stream {}
    state.withLock { $0.waiters.removeAll { $0.number == number } }
  }

  // MARK: Events

  func take(_ event: WatchEvent) {
    let now = client.clock.now()
    let woken = state.withLock { state -> [Waiter] in
      var touched: Set<String> = []
      var isChange = true
      switch event {
      case .listed(let objects): touched = replaceAll(with: objects, &state)
      case .changed(let object): touched = put(object, &state)
      case .removed(let object): touched = remove(Place(object), &state)
      case .current: isChange = !state.isAlive
      case .interrupted(let error):
        isChange = state.isAlive || state.failure != error
        (state.isAlive, state.failure) = (false, error)
      }
      switch event {
      case .listed:
        (state.heardAt, state.failure) = (now, nil)
        state.syncedAt = state.syncedAt ?? now
      case .changed, .removed, .current: (state.heardAt, state.isAlive, state.failure) = (now, true, nil)
      case .interrupted: break
      }
      guard isChange else { return [] }
      state.changes += 1
      for key in touched { state.counts[key] = state.changes }
      state.forgetCounts()
      let woken = state.waiters.filter { $0.key.map(touched.contains) ?? true }
      state.waiters.removeAll { $0.key.map(touched.contains) ?? true }
      return woken
    }
    for waiter in woken { waiter.continuation.finish() }
  }

  /// Returns the index keys of all that is different.
  private func replaceAll(with objects: [ObjectDocument], _ state: inout State) -> Set<String> {
    var touched: Set<String> = []
    let present = Set(objects.map(Place.init))
    for place in state.objects.keys where !present.contains(place) { touched.formUnion(remove(place, &state)) }
    for object in objects where state.objects[Place(object)] != object { touched.formUnion(put(object, &state)) }
    return touched
  }

  private func put(_ object: ObjectDocument, _ state: inout State) -> Set<String> {
    let place = Place(object)
    let before = remove(place, &state)
    let keys = Set(indexKeys(object))
    state.objects[place] = object
    for key in keys { state.index[key, default: []].insert(place) }
    return before.union(keys)
  }

  private func remove(_ place: Place, _ state: inout State) -> Set<String> {
    guard let object = state.objects.removeValue(forKey: place) else { return [] }
    let keys = Set(indexKeys(object))
    for key in keys {
      state.index[key]?.remove(place)
      if state.index[key]?.isEmpty == true { state.index[key] = nil }
    }
    return keys
  }
}
