import SlipwayModel
import SlipwayPorts

/// What brought a change of a cluster about.
package enum ChangeCause: Sendable {
  /// A request; the controllers have not acted on it yet.
  case request(APIRequest)
  /// Time went by and controllers acted, or a test did something.
  case itself
}

/// A cluster that several callers use at once: the state machine, behind an actor, with a clock: the real time, or that of a simulation.
package actor Cluster {
  /// Told of each change, before anybody else can see it.
  package typealias Observer = @Sendable (ClusterState, ChangeCause) -> Void

  private var state: ClusterState
  nonisolated let clock: any EngineClock
  private let ticksItself: Bool
  private let observer: Observer?
  /// In the order in which they came, so that they go on in that order.
  private var waiters: [(number: Int, continuation: AsyncStream<Void>.Continuation)] = []
  private var nextWaiter = 0
  /// Counts up whenever something may have changed.
  private(set) var news = 0
  /// When ``run()`` looks again, once somebody has called it; in it `nil` for never.
  private var alarm: Timestamp??

  /// - Parameters:
  ///   - state: what to begin with; its time is that of the start.
  ///   - clock: `nil` for the real time, which goes on from the start.
  ///   - ticksItself: whether controllers act as time passes. Otherwise the test calls ``advance(by:)``.
  package init(_ state: ClusterState, clock: (any EngineClock)? = nil, ticksItself: Bool = true, observer: Observer? = nil) {
    self.state = state
    self.clock = clock ?? RealTime(from: state.now)
    self.ticksItself = ticksItself
    self.observer = observer
  }

  /// What time it is in the cluster.
  package var now: Timestamp { ticksItself ? max(state.now, clock.now()) : state.now }

  /// Looks at the cluster, or changes it, in one go; controllers act afterwards and watches are told.
  package func with<Result: Sendable>(_ body: @Sendable (inout ClusterState) throws -> Result) rethrows -> Result {
    defer {
      settle()
      wakeAll()
    }
    return try body(&state)
  }

  /// Looks at the cluster; nobody is told.
  package func look<Result: Sendable>(_ body: @Sendable (ClusterState) throws -> Result) rethrows -> Result { try body(state) }

  /// Lets time pass for a cluster that does not tick itself.
  package func advance(by span: TimeSpan) {
    let end = state.now + span
    while let next = state.tick(state.now), next <= end { state.tick(next) }
    state.tick(end)
    wakeWatches()
  }

  /// Lets controllers act at the very instant at which something is due, until the task is cancelled.
  package func run() async {
    while !Task.isCancelled {
      settle()
      let due = state.nextDue
      alarm = .some(due)
      do { try await wait(past: news, until: due) } catch { return }
    }
  }

  func verdict(on request: APIRequest) -> Verdict { state.verdict(on: request) }

  func respond(to request: APIRequest, _ verdict: Verdict) -> APIAnswer {
    defer { settle() }
    let answer = state.respond(to: request, verdict: verdict, at: now)
    tell(.request(request))
    return answer
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
    tell(.itself)
    if let alarm, let due = state.nextDue, alarm.map({ due < $0 }) ?? true { return wakeAll() }
    wakeWatches()
  }

  // MARK: Observing

  private var observed = (version: 0, routes: 0)

  private func tell(_ cause: ChangeCause) {
    guard let observer, observed != (state.version, state.routesTaken) else { return }
    observed = (state.version, state.routesTaken)
    observer(state, cause)
  }

  // MARK: Waiting

  private var toldVersion = 0

  private func wakeWatches() {
    guard state.version != toldVersion || !state.faults.rules.isEmpty || state.faults.isDown else { return }
    wakeAll()
  }

  private func wakeAll() {
    toldVersion = state.version
    news += 1
    for waiter in waiters { waiter.continuation.finish() }
    waiters = []
  }

  /// Returns when something may have changed after `seen`, at `end` at the latest.
  ///
  /// - Throws: `CancellationError`.
  func wait(past seen: Int, until end: Timestamp?) async throws {
    guard news == seen else { return try Task.checkCancellation() }
    let (stream, continuation) = AsyncStream.makeStream(of: Void.self)
    nextWaiter += 1
    let number = nextWaiter
    waiters.append((number, continuation))
    defer { waiters.removeAll { $0.number == number } }
    let clock = clock
    await withTaskGroup(of: Void.self) { group in
      group.addTask { for await _ in stream {} }
      if let end {
        group.addTask {
          // It ends by cancellation only, when something has changed.
          do { try await clock.sleep(for: max(end - clock.now(), .zero)) } catch { return }
        }
      }
      await group.next()
      group.cancelAll()
    }
    try Task.checkCancellation()
  }
}
