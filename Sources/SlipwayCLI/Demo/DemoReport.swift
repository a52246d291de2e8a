import SlipwayDemo
import SlipwayEngine
import SlipwayModel
import SlipwayRuntime

/// What a demonstration found: the object that `slipway demo --output json` prints.
struct DemoReport: Encodable {
  struct Rollout: Encodable {
    let version: Version
    let strategy: String
    let outcome: RolloutPhase
    /// From the request until it was promoted, or back.
    let seconds: Double
    /// From the candidate's first traffic until all of it was seen back; `nil` when it did not go back or never had any.
    let secondsToRollback: Double?
    /// Requests that the candidate answered before the decision.
    let requestsToCandidate: Int
    /// Why it went back.
    let reason: String?
    let isAsExpected: Bool

    private enum CodingKeys: String, CodingKey {
      case version, strategy, outcome, seconds, reason
      case secondsToRollback = "seconds_to_rollback"
      case requestsToCandidate = "requests_to_candidate"
      case isAsExpected = "as_expected"
    }
  }

  let requests: Int
  /// Outside what faulty candidates answered themselves; websockets and uploads that were cut included.
  let failedRequests: Int
  let rollouts: [Rollout]
  let journalEntries: Int64
  let journalVerified: Bool
  let seconds: Double
  let load: LoadReport

  private enum CodingKeys: String, CodingKey {
    case requests, rollouts, seconds, load
    case failedRequests = "failed_requests"
    case journalEntries = "journal_entries"
    case journalVerified = "journal_verified"
  }

  var isAsExpected: Bool { failedRequests == 0 && journalVerified && rollouts.allSatisfy(\.isAsExpected) }

  /// The table that ends the demonstration.
  var lines: [String] {
    var table = Table("version", "strategy", "outcome", "seconds", "back after", "requests to candidate")
    for rollout in rollouts {
      table.add(
        rollout.version.description, rollout.strategy, rollout.outcome.rawValue, Self.tenths(rollout.seconds),
        rollout.secondsToRollback.map { Self.tenths($0) + " s" } ?? "-", "\(rollout.requestsToCandidate)")
    }
    return table.lines + [
      "",
      "\(Figures.requests(requests)), \(failedRequests) failed (outside what the faulty candidate answered itself)",
      "\(journalEntries) journal entries, \(journalVerified ? "verified" : "NOT VERIFIED")",
    ]
  }

  private static func tenths(_ value: Double) -> String { "\((value * 10).rounded() / 10)" }
}
