import SlipwayEngine
import SlipwayModel

/// What became of the judged release of one run.
package struct TrialRun: Hashable, Sendable {
  package enum Outcome: Hashable, Sendable {
    case promoted
    /// Before it had all the traffic for good.
    case wentBack
    /// Promoted first, and taken back during the bake.
    case takenBackInBake
    /// The rollout failed or did not end.
    case undecided
  }

  package let outcome: Outcome
  /// From the start of its processes until it was promoted or went back; `nil` when neither happened.
  package let decision: TimeSpan?
  /// What the release answered, bake included.
  package let requests: RequestCounts
  /// Code of the reason why it went back.
  package let reason: String?
  /// Rules of the engine that were broken: none, unless Slipway has a defect.
  package let violations: [Violation]
  /// Times that the engine looked at the target.
  package let looks: Int

  /// A run that is known in full.
  package init(
    outcome: Outcome, decision: TimeSpan?, requests: RequestCounts, reason: String? = nil, violations: [Violation] = [], looks: Int = 0
  ) {
    (self.outcome, self.decision, self.requests) = (outcome, decision, requests)
    (self.reason, self.violations, self.looks) = (reason, violations, looks)
  }

  /// - Parameter version: the judged release.
  package init(_ report: RunReport, of version: Version) {
    violations = report.violations
    looks = report.counts.ticks
    guard let rollout = report.rollouts.first(where: { $0.version == version }) else {
      (outcome, decision, requests, reason) = (.undecided, nil, RequestCounts(), nil)
      return
    }
    requests = rollout.candidate
    reason = rollout.reason?.code
    let start = rollout.phases.first { $0.phase == .deploying } ?? rollout.phases.first
    let end = rollout.phases.first { $0.phase == .baking || $0.phase == .rollingBack }
    decision = start.flatMap { start in end.map { $0.at - start.at } }
    switch rollout.outcome {
    case .succeeded: outcome = .promoted
    case .rolledBack: outcome = end?.phase == .baking ? .takenBackInBake : .wentBack
    case .pending, .building, .deploying, .validating, .shifting, .baking, .rollingBack, .failed: outcome = .undecided
    }
  }
}
