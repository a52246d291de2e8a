import SlipwayModel
import SlipwayPorts

/// The time for something is up.
struct TimeIsUp: Error {}

/// Runs something that heeds cancellation for at most so long.
///
/// - Throws: ``TimeIsUp`` then, `CancellationError` when the task is cancelled, and what `work` throws.
func within<Value: Sendable>(
  _ limit: TimeSpan, _ clock: any EngineClock, _ work: @escaping @Sendable () async throws -> Value
) async throws -> Value {
  try await withThrowingTaskGroup(of: Value.self) { group in
    group.addTask { try await work() }
    group.addTask {
      try await clock.sleep(for: limit)
      throw TimeIsUp()
    }
    defer { group.cancelAll() }
    // There are two tasks, so there is a first.
    guard let value = try await group.next() else { throw TimeIsUp() }
    return value
  }
}
