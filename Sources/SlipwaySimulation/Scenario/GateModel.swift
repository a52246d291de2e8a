import SlipwayModel

/// How a gate behaves: what a simulation knows of it and the engine has to find out by asking.
package struct GateModel: Hashable, Sendable, Codable {
  /// Of the environment's gate.
  package var name: Name
  /// What it says in the end; `pending` and `unanswered` are never followed by anything else.
  package var verdict: GateOutcome
  /// From the first question of a rollout on it says "not yet" for so long.
  package var pendingFor: TimeSpan
  /// How long an answer takes.
  package var latency: TimeSpan

  package init(_ name: Name, _ verdict: GateOutcome = .passed, pendingFor: TimeSpan = .zero, latency: TimeSpan = .milliseconds(200)) {
    self.name = name
    self.verdict = verdict
    self.pendingFor = pendingFor
    self.latency = latency
  }
}
