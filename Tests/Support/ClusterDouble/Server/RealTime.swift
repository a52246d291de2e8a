import SlipwayModel
import SlipwayPorts

/// The time of this machine, counted from an instant of a cluster.
struct RealTime: EngineClock {
  private let clock = ContinuousClock()
  private let start: ContinuousClock.Instant
  private let startTime: Timestamp

  init(from startTime: Timestamp) {
    self.startTime = startTime
    start = clock.now
  }

  func now() -> Timestamp {
    let elapsed = clock.now - start
    return startTime + .milliseconds(elapsed.components.seconds * 1000 + elapsed.components.attoseconds / 1_000_000_000_000_000)
  }

  func sleep(for span: TimeSpan) async throws { try await Task.sleep(for: span.duration) }
}
