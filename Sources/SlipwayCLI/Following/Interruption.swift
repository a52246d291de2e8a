import SlipwayModel
import UnixSignals

/// Ctrl-C while something is followed: it ends the following, not what is followed.
enum Interruption {
  /// Runs work until it is done or SIGINT or SIGTERM comes.
  ///
  /// - Returns: `nil` when a signal was first.
  static func watch<Result: Sendable>(_ work: @Sendable @escaping () async throws -> Result) async throws -> Result? {
    let signals = await UnixSignalsSequence(trapping: [.sigint, .sigterm])
    return try await withThrowingTaskGroup(of: Result?.self) { group in
      group.addTask { try await work() }
      group.addTask {
        for await _ in signals { return nil }
        // The sequence ends with the task; the work's result counts then.
        try await Task.sleep(for: .seconds(3600 * 24 * 365))
        return nil
      }
      defer { group.cancelAll() }
      return try await group.next() ?? nil
    }
  }
}
