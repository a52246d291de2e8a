import SlipwayModel

/// Time as the engine sees it: instants that never run backwards, and waiting.
package protocol EngineClock: Sendable {
  /// Never earlier than an instant returned before, even when the system's clock is set back.
  func now() -> Timestamp
  /// Throws `CancellationError` when the task is cancelled meanwhile.
  func sleep(for span: TimeSpan) async throws
}

/// Where new names come from.
package protocol IDSource: Sendable {
  /// A new identifier for a rollout: sortable by time, unique, 1 to 40 characters of `a-z`, `0-9` and `-`.
  func rolloutID(at now: Timestamp) -> String
}
