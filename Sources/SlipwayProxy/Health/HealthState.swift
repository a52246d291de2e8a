import SlipwayModel

/// What is known about an endpoint's readiness: a pure state machine. Unready after a run of failures, ready after one success.
struct HealthState: Hashable, Sendable {
  private(set) var isReady = false
  /// Failures since the last success.
  private(set) var consecutiveFailures = 0
  /// Since when it has been ready without interruption.
  private(set) var readySince: Timestamp?
  private(set) var wasEverReady = false
  private(set) var everConnected = false
  /// What the newest failure was, in words; `nil` after a success.
  private(set) var lastFailure: String?

  mutating func connected() { everConnected = true }

  /// A probe was answered well.
  mutating func succeeded(at now: Timestamp) {
    consecutiveFailures = 0
    lastFailure = nil
    wasEverReady = true
    if !isReady { readySince = now }
    isReady = true
  }

  /// A probe failed, or a request could not connect; `threshold` such in a row make the endpoint unready.
  mutating func failed(_ what: String, threshold: Int) {
    consecutiveFailures += 1
    lastFailure = what
    guard consecutiveFailures >= max(1, threshold) else { return }
    isReady = false
    readySince = nil
  }
}
