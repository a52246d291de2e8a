import SlipwayModel

extension Rollout {
  /// What a command leads to, as events to be journaled and then applied. Pure: reads no clock and no randomness.
  ///
  /// - Parameter now: the instant that the events will carry; never earlier than that of an event before.
  /// - Throws: `SlipwayError` of kind `refused` when the rollout can't do what it is told in its present state.
  package func decide(_ command: Command, at now: Timestamp) throws(SlipwayError) -> [Event] {
    switch command {
    case .tick(let observation): tick(observation, at: now)
    case .effectSucceeded(let id, let outcome): effectSucceeded(id, outcome, at: now)
    case .effectFailed(let id, let error): effectFailed(id, error, at: now)
    case .intent(let intent): try decideIntent(intent)
    case .makeWay: try makeWay()
    case .overtaken(let newer):
      phase.isTerminal ? [] : [.rolloutFailed(Reason(Reason.overtaken, "rollout \(newer) began before this one was over"))]
    }
  }
}
