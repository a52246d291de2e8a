/// Where a rollout is. This enum is the state diagram: each case says where it may go.
package enum RolloutPhase: String, Codable, CaseIterable, Hashable, Sendable {
  /// Recorded, nothing done. To `building`, or to `deploying` when the release is already there; to `rollingBack`.
  case pending
  /// The artifact is being built and put into its own folder. To `deploying`; to `rollingBack`.
  case building
  /// The candidate's replicas are being started. To `validating`; to `rollingBack`.
  case deploying
  /// The candidate has to become ready and stay so; it has no traffic. To `shifting`; to `rollingBack`.
  case validating
  /// Traffic moves, one step after another. To `baking`; to `rollingBack`.
  case shifting
  /// The candidate has all traffic and is watched. To `succeeded`; to `rollingBack`.
  case baking
  /// Terminal: the candidate is live.
  case succeeded
  /// Traffic goes to the safe state, then the candidate is stopped. To `rolledBack`; to `failed`.
  case rollingBack = "rolling_back"
  /// Terminal: what was live before is live again, or still.
  case rolledBack = "rolled_back"
  /// Terminal: going back was not possible in time. Traffic is where the journal says; a human is needed.
  case failed

  /// The phases that a rollout may go to from here.
  package var successors: [RolloutPhase] {
    switch self {
    case .pending: [.building, .deploying, .rollingBack]
    case .building: [.deploying, .rollingBack]
    case .deploying: [.validating, .rollingBack]
    case .validating: [.shifting, .rollingBack]
    case .shifting: [.baking, .rollingBack]
    case .baking: [.succeeded, .rollingBack]
    case .rollingBack: [.rolledBack, .failed]
    case .succeeded, .rolledBack, .failed: []
    }
  }

  package var isTerminal: Bool { successors.isEmpty }
}
