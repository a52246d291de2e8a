import SlipwayModel
import SlipwayPorts
import Synchronization

/// Wakes somebody who waits. A ring that comes before the wait is not missed: counts are compared.
final class Bell: Sendable {
  private struct State {
    var count = 0
    var waiters: [AsyncStream<Void>.Continuation] = []
  }

  private let state = Mutex(State())

  /// How often it was rung.
  var count: Int { state.withLock { $0.count } }

  func ring() {
    let waiters = state.withLock { state in
      state.count += 1
      defer { state.waiters = [] }
      return state.waiters
    }
    for waiter in waiters { waiter.finish() }
  }

  /// Returns when it was rung more often than `count`, or `limit` is over.
  ///
  /// - Throws: `CancellationError`.
  func wait(past count: Int, within limit: TimeSpan, _ clock: any EngineClock) async throws {
    do {
      try await SlipwayKubernetes.within(limit, clock) {
        await self.wait(past: count)
        try Task.checkCancellation()
      }
    } catch is TimeIsUp {}
  }

  private func wait(past count: Int) async {
    let (stream, continuation) = AsyncStream.makeStream(of: Void.self)
    let mustWait = state.withLock { state in
      guard state.count <= count else { return false }
      state.waiters.append(continuation)
      return true
    }
    // A waiter that gives up stays until the next ring, which then wakes nobody.
    if mustWait { for await _ in stream {} }
  }
}
