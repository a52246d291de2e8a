import SlipwayModel
import SlipwayPorts
import Synchronization

/// One time of leading, from the taking of a Lease until it was given back or could not be renewed in time.
///
/// It is over by the clock, not by somebody's noticing: a process that was frozen finds its tenure over with the first instruction that
/// asks, before anything else of it has run.
package final class Tenure: Sendable {
  /// `leaseTransitions` of the Lease: greater than that of every leader before.
  package let term: Int64
  /// `holderIdentity` of the Lease.
  package let holder: String
  let lease: ObjectKey
  private let clock: any EngineClock

  private struct State {
    var end: Timestamp
    var isOver = false
  }

  private let state: Mutex<State>

  /// - Parameter end: by then it is over, unless it was renewed.
  init(term: Int64, holder: String, lease: ObjectKey, until end: Timestamp, clock: any EngineClock) {
    (self.term, self.holder, self.lease, self.clock) = (term, holder, lease, clock)
    state = Mutex(State(end: end))
  }

  /// How long it lasts from now on when it is not renewed; zero when it is over.
  var left: TimeSpan {
    state.withLock { state in
      let left = state.end - clock.now()
      if left <= .zero { state.isOver = true }
      return state.isOver ? .zero : left
    }
  }

  package var isInForce: Bool { left > .zero }

  /// - Throws: `not-leader` when it is over.
  package func require() throws(SlipwayError) {
    if !isInForce { throw Self.over(lease) }
  }

  /// - Returns: whether it was still in force; one that is over stays so.
  func extend(until end: Timestamp) -> Bool {
    state.withLock { state in
      if clock.now() >= state.end { state.isOver = true }
      if !state.isOver { state.end = max(state.end, end) }
      return !state.isOver
    }
  }

  package func end() { state.withLock { $0.isOver = true } }

  private static func over(_ lease: ObjectKey) -> SlipwayError {
    SlipwayError(
      .notLeader, .refused, "this server no longer leads: it could not renew the \(lease) in time, or has given it back",
      remedy: "nothing has to be done: whoever leads now goes on; `kubectl describe lease` names it")
  }
}

extension SlipwayError.Code {
  /// Another server drives the rollouts.
  package static let notLeader = Self("not-leader")
}
