import Synchronization

/// Tells any number of waiters that something has changed. A waiter that comes late misses nothing: it compares counts.
final class Changes: Sendable {
  private struct State {
    var count = 0
    /// In the order in which they came, so that they go on in that order.
    var waiters: [(number: Int, continuation: AsyncStream<Void>.Continuation)] = []
    var nextWaiter = 0
  }

  private let state = Mutex(State())

  /// How many changes there have been.
  var count: Int { state.withLock { $0.count } }

  func signal() {
    let waiters = state.withLock { state in
      state.count += 1
      defer { state.waiters = [] }
      return state.waiters
    }
    for waiter in waiters { waiter.continuation.finish() }
  }

  /// Returns when there have been more changes than `count`, or when the task is cancelled.
  func wait(past count: Int) async {
    let (stream, continuation) = AsyncStream.makeStream(of: Void.self)
    let waiter: Int? = state.withLock { state in
      guard state.count <= count else { return nil }
      state.nextWaiter += 1
      state.waiters.append((state.nextWaiter, continuation))
      return state.nextWaiter
    }
    guard let waiter else { return }
    for await _ in stream {}
    state.withLock { $0.waiters.removeAll { $0.number == waiter } }
  }
}
