import NIOConcurrencyHelpers
import NIOCore
import SlipwayModel

/// Hands out the requests of a load, one after the other, to whichever connection is free.
final class Schedule: Sendable {
  /// One request to send.
  struct Slot: Equatable {
    /// 0 for the first request.
    let index: Int
    /// When to send it; in the past when all connections were busy then.
    let due: NIODeadline
  }

  private struct State {
    var next = 0
    var isStopped = false
  }

  private let state = NIOLockedValueBox(State())
  private let pace: LoadPlan.Pace
  private let started: NIODeadline
  private let end: NIODeadline
  private let maximum: Int

  init(_ plan: LoadPlan, started: NIODeadline) {
    pace = plan.pace
    self.started = started
    end = started + .milliseconds(plan.duration.milliseconds)
    maximum = plan.maximumRequests ?? .max
  }

  /// The next request; `nil` when the load has ended.
  func take(at now: NIODeadline) -> Slot? {
    state.withLockedValue { state in
      guard !state.isStopped, now < end, state.next < maximum else { return nil }
      let slot: Slot
      switch pace {
      case .unlimited:
        slot = Slot(index: state.next, due: now)
      case .perSecond(let rate):
        slot = Slot(index: state.next, due: started + .nanoseconds(Int64(Double(state.next) / rate * 1e9)))
      }
      guard slot.due < end else { return nil }
      state.next += 1
      return slot
    }
  }

  /// Ends the load; no further request is handed out.
  func stop() { state.withLockedValue { $0.isStopped = true } }

  /// Whether the load has ended: stopped, out of time, or all its requests handed out.
  func hasEnded(at now: NIODeadline) -> Bool {
    state.withLockedValue { $0.isStopped || now >= end || $0.next >= maximum }
  }

  /// Whether what waits for its time has to give up.
  func isStopped(at now: NIODeadline) -> Bool {
    state.withLockedValue { $0.isStopped || now >= end }
  }
}
