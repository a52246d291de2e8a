import SlipwayModel

/// Something that happened to a replica, for people and for the engine's reports. The agent keeps the newest hundred of each slot
/// in memory; they are in its log too.
package struct AgentEvent: Hashable, Sendable, Codable {
  package enum Kind: String, Hashable, Sendable, Codable {
    case started
    /// The process listens at its port and is now asked for its health.
    case bound
    /// It runs for five seconds, or half of its start-up time when that is less, and does not listen at its port.
    case boundLate = "bound_late"
    /// It did not listen within the start-up time and is stopped.
    case neverBound = "never_bound"
    /// It has not answered its liveness probes and is stopped.
    case unresponsive
    case exitedBeforeBound = "exited_before_bound"
    case exited
    /// The third exit in a row, and each after it.
    case crashLoop = "crash_loop"
    case startFailed = "start_failed"
    /// A teardown is over: how long each step took and how many requests were still open after draining.
    case stopped
    /// It ignored SIGTERM and was killed.
    case killed
    /// Processes that a replica had left behind were killed.
    case leftoversKilled = "leftovers_killed"
    /// Found running after a restart of the agent.
    case adopted
    /// Started by an agent that died before it could note so.
    case recovered
    /// It ended while no agent was running.
    case exitedUnseen = "exited_unseen"
    /// Belonged to this state folder and to nothing that ought to run.
    case orphanKilled = "orphan_killed"
    case trafficChanged = "traffic_changed"
    /// The agent itself could not do something: write a file, reach the proxy.
    case trouble
  }

  package let at: Timestamp
  package let key: DeploymentKey
  package let slot: Slot
  /// From 0.
  package let replica: Int?
  package let kind: Kind
  /// In words, without a full stop at the end.
  package let message: String
  /// For exits: status and last lines.
  package let exit: ExitReport?
}

/// A list that forgets its oldest elements.
struct BoundedList<Element: Sendable>: Sendable {
  let limit: Int
  private(set) var elements: [Element] = []

  init(limit: Int) { self.limit = limit }

  mutating func append(_ element: Element) {
    if elements.count >= limit { elements.removeFirst(elements.count - limit + 1) }
    elements.append(element)
  }
}
