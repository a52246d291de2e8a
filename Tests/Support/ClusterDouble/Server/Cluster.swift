import NIOCore
import SlipwayModel

/// A cluster that several callers use at once: the state machine, behind an actor, with the real time.
package actor Cluster {
  private var state: ClusterState
  private let clock = ContinuousClock()
  private let start: ContinuousClock.Instant
  private let startTime: Timestamp
  private let ticksItself: Bool
  private var waiting: [Int: AsyncStream<Void>.Continuation] = [:]
  private var nextWaiter = 0

  /// - Parameters:
  ///   - state: what to begin with; its time is that of the start, and goes on as real time does.
  ///   - ticksItself: whether controllers act as time passes. Otherwise the test calls ``advance(by:)``.
  package init(_ state: ClusterState, ticksItself: Bool = true) {
    self.state = state
    self.ticksItself = ticksItself
    start = clock.now
    startTime = state.now
  }

  /// What time it is in the cluster.
  package var now: Timestamp {
    guard ticksItself else { return state.now }
    let elapsed = clock.now - start
    let milliseconds = elapsed.components.seconds * 1000 + elapsed.components.attoseconds / 1_000_000_000_000_000
    return max(state.now, startTime + .milliseconds(milliseconds))
  }

  /// Looks at the cluster, or changes it, in one go; controllers act afterwards and watches are told.
  package func with<Result: Sendable>(_ body: @Sendable (inout ClusterState) throws -> Result) rethrows -> Result {
    defer { settle() }
    return try body(&state)
  }

  /// Lets time pass for a cluster that does not tick itself.
  package func advance(by span: TimeSpan) {
    let end = state.now + span
    while let next = state.tick(state.now), next <= end { state.tick(next) }
    state.tick(end)
    wakeWatches()
  }

  func verdict(on request: APIRequest) -> Verdict { state.verdict(on: request) }

  func respond(to request: APIRequest, _ verdict: Verdict) -> APIAnswer {
    defer { settle() }
    return state.respond(to: request, verdict: verdict, at: now)
  }

  func tick() { settle() }

  func poll(_ cursor: WatchCursor) -> (WatchEvents, WatchCursor) {
    var cursor = cursor
    let events = state.poll(&cursor)
    return (events, cursor)
  }

  func bookmark(_ cursor: WatchCursor) -> JSONValue { state.bookmark(cursor) }

  private func settle() {
    if ticksItself { state.tick(now) }
    wakeWatches()
  }

  private var toldVersion = 0

  private func wakeWatches() {
    guard state.version != toldVersion || !state.faults.rules.isEmpty || state.faults.isDown else { return }
    toldVersion = state.version
    for waiter in waiting.values { waiter.yield() }
  }

  /// Yields whenever something may have changed.
  func changes() -> (id: Int, stream: AsyncStream<Void>) {
    nextWaiter += 1
    let (stream, continuation) = AsyncStream.makeStream(of: Void.self, bufferingPolicy: .bufferingNewest(1))
    waiting[nextWaiter] = continuation
    continuation.yield()
    return (nextWaiter, stream)
  }

  func endChanges(_ id: Int) { waiting.removeValue(forKey: id)?.finish() }

  /// Wakes a watch although nothing changed, for bookmarks and time limits.
  func nudge(_ id: Int) { waiting[id]?.yield() }
}
