import SlipwayModel
import Synchronization

/// How many calls a client makes: shared by everything that uses it, so that a thousand rollouts don't bury an API server.
package struct RateLimits: Hashable, Sendable {
  /// Calls in a second, in the long run.
  package let rate: Int
  /// Calls that may be made at once after a pause.
  package let burst: Int
  /// The same for calls that bring traffic back: what a thousand rollouts depend on may fail for all of them at once.
  package let urgentRate: Int
  package let urgentBurst: Int

  /// 50 calls in a second, 100 at once; of urgent ones 500 and 1000.
  package static let standard = RateLimits(rate: 50, burst: 100, urgentRate: 500, urgentBurst: 1000)

  /// - Parameters:
  ///   - rate: at least 1 is used.
  ///   - burst: at least 1 is used.
  ///   - urgentRate: `nil` for ``rate``.
  ///   - urgentBurst: `nil` for ``burst``.
  package init(rate: Int, burst: Int, urgentRate: Int? = nil, urgentBurst: Int? = nil) {
    self.rate = max(1, rate)
    self.burst = max(1, burst)
    self.urgentRate = max(self.rate, urgentRate ?? rate)
    self.urgentBurst = max(self.burst, urgentBurst ?? burst)
  }
}

/// Says how long each call has to wait. Calls of one priority are served in the order in which they came.
///
/// A token bucket as virtual scheduling (ITU-T I.371, annex A): all it keeps is when the bucket would be full again. Urgent calls have
/// a bucket of their own; what they take is missing in the ordinary one, so they go ahead of what waits there, and together they
/// keep the rate in the long run.
final class RateBudget: Sendable {
  private struct State {
    /// In microseconds of the clock: when the bucket is full again.
    var ordinary: Int64 = 0
    var urgent: Int64 = 0
  }

  private let limits: RateLimits
  private let state = Mutex(State())

  init(_ limits: RateLimits) { self.limits = limits }

  /// Takes a call from the budget and says how long it has to wait, rounded up to whole milliseconds; `nil` when that is longer than
  /// `limit`, and then nothing is taken.
  func take(_ priority: ClusterCall.Priority, at now: Timestamp, limit: TimeSpan) -> TimeSpan? {
    let instant = now.milliseconds * 1000
    let interval = 1_000_000 / Int64(limits.rate)
    let urgentInterval = 1_000_000 / Int64(limits.urgentRate)
    let tolerance = priority == .urgent ? urgentInterval * Int64(limits.urgentBurst - 1) : interval * Int64(limits.burst - 1)
    return state.withLock { state in
      let full = max(priority == .urgent ? state.urgent : state.ordinary, instant)
      let wait = TimeSpan(milliseconds: max(0, full - tolerance - instant + 999) / 1000)
      guard wait <= limit else { return nil }
      if priority == .urgent { state.urgent = full + urgentInterval }
      state.ordinary = max(state.ordinary, instant) + interval
      return wait
    }
  }
}
