import SlipwayModel

/// The time for something is up.
package struct TimeLimit: Error {
  package init() {}
}

/// Runs something that heeds cancellation for at most so long.
///
/// - Throws: ``TimeLimit`` then, and what `work` throws.
package func within<Value: Sendable>(_ limit: TimeSpan, _ work: @escaping @Sendable () async throws -> Value) async throws -> Value {
  try await withThrowingTaskGroup(of: Value.self) { group in
    group.addTask { try await work() }
    group.addTask {
      try await Task.sleep(for: limit.duration)
      throw TimeLimit()
    }
    defer { group.cancelAll() }
    // There are two tasks, so there is a first.
    guard let value = try await group.next() else { throw TimeLimit() }
    return value
  }
}
