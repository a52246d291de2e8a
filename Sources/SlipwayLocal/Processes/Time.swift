import SlipwayModel
import SlipwayProxy
import Synchronization

extension TimeSpan {
  /// From an instant until now.
  init(since start: ContinuousClock.Instant) {
    self.init(start.duration(to: .now))
  }

  init(_ duration: Duration) {
    self.init(milliseconds: duration.components.seconds * 1000 + duration.components.attoseconds / 1_000_000_000_000_000)
  }
}

/// The system's time of day, never running backwards.
final class WallClock: Sendable {
  private let last = Mutex<Int64>(0)

  func now() -> Timestamp {
    let milliseconds = systemTime().milliseconds
    return last.withLock { last in
      last = max(last, milliseconds)
      return Timestamp(milliseconds: last)
    }
  }
}
