import SlipwayModel

/// Asks gates. A question changes nothing, so that one that was cut off is simply asked again.
package protocol GateProbe: Sendable {
  /// Asks a gate once. Whatever is no clear answer is `unanswered`; an error that is thrown counts as that too. An answer, or its
  /// absence, comes within half a minute.
  func ask(_ question: GateQuestion) async throws -> GateAnswer
}

/// What a gate is told.
package struct GateQuestion: Hashable, Sendable {
  /// What is asked.
  package let gate: GateSpec
  /// The rollout that waits.
  package let rollout: String
  /// The service and the environment.
  package let key: DeploymentKey
  /// The candidate's.
  package let version: Version
  /// Digest of the rollout's plan.
  package let plan: Digest
  /// Absolute folder of the configuration file: where a command runs and relative paths start.
  package let folder: String

  package init(gate: GateSpec, rollout: String, key: DeploymentKey, version: Version, plan: Digest, folder: String) {
    self.gate = gate
    self.rollout = rollout
    self.key = key
    self.version = version
    self.plan = plan
    self.folder = folder
  }
}

/// For a server that can't ask any gate: none ever passes.
package struct NoGateProbe: GateProbe {
  package init() {}

  /// - Returns: `unanswered`.
  package func ask(_ question: GateQuestion) async throws -> GateAnswer { GateAnswer(.unanswered, "this server can't ask gates") }
}
