import FoundationEssentials

extension Report {
  private struct Document: Encodable {
    var rows: [Row]
  }

  private struct Row: Encodable {
    var scenario: String
    var kind: String
    var policy: String
    var runs: Int
    var rollback: [String: Double]
    var undecidedShare: Double
    var medianRollbackSeconds: Double?
    var medianPromotionSeconds: Double?
    var longPromotionSeconds: Double?
    var medianHalfSeconds: Double?
    var medianCanaryRequests: Double?
    var hurt: [String: Double]

    enum CodingKeys: String, CodingKey {
      case scenario, kind, policy, runs, rollback, hurt
      case undecidedShare = "undecided_share"
      case medianRollbackSeconds = "median_rollback_seconds"
      case medianPromotionSeconds = "median_promotion_seconds"
      case longPromotionSeconds = "p90_promotion_seconds"
      case medianHalfSeconds = "median_half_seconds"
      case medianCanaryRequests = "median_canary_requests"
    }

    init(_ row: Experiment.Row) {
      let tally = row.tally
      (scenario, kind, policy, runs) = (row.scenario.name, row.scenario.kind.rawValue, row.policy, tally.runs)
      let interval = tally.rollbackInterval
      rollback = ["share": tally.rollbackShare, "low": interval.lowerBound, "high": interval.upperBound]
      undecidedShare = tally.undecidedShare
      medianRollbackSeconds = tally.medianTime
      medianPromotionSeconds = Estimate.quantile(0.5, of: tally.promotionTimes)
      longPromotionSeconds = Estimate.quantile(0.9, of: tally.promotionTimes)
      medianHalfSeconds = Estimate.quantile(0.5, of: tally.halfTimes)
      medianCanaryRequests = tally.medianRequests
      hurt = [
        "mean": tally.meanHurt, "error": tally.hurtError, "mean_at_mean_errors": tally.meanHurtAtMeanErrors,
      ]
    }
  }

  /// Every figure, one document.
  func json() throws -> String {
    let encoder = JSONEncoder()
    encoder.outputFormatting = [.prettyPrinted, .sortedKeys]
    return String(decoding: try encoder.encode(Document(rows: rows.map(Row.init))), as: UTF8.self)
  }
}
