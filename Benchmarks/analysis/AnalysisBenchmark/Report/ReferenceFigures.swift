import FoundationEssentials

/// Figures of another simulation of the same world, to compare with.
struct ReferenceFigures: Sendable {
  struct Row: Decodable, Sendable {
    var scenario: String
    var policy: String
    var rollbackPercent: Double
    /// Of the runs that were rolled back.
    var medianSeconds: Double?
    var hurt: Double?
    /// Half of the last digit that was printed.
    var hurtRounding: Double?

    enum CodingKeys: String, CodingKey {
      case scenario, policy, hurt
      case rollbackPercent = "rollback_percent"
      case medianSeconds = "median_seconds"
      case hurtRounding = "hurt_rounding"
    }
  }

  private struct File: Decodable {
    var runs: Int
    var rows: [Row]
  }

  private struct Key: Hashable {
    var scenario: String
    var policy: String
  }

  /// Runs behind each figure; Kayenta's long judgement was run 400 times.
  private let runs: Int
  private let rows: [Key: Row]

  init(_ data: Data) throws {
    let file = try JSONDecoder().decode(File.self, from: data)
    runs = file.runs
    rows = Dictionary(file.rows.map { (Key(scenario: $0.scenario, policy: $0.policy), $0) }) { first, _ in first }
  }

  subscript(scenario: String, policy: String) -> Row? { rows[Key(scenario: scenario, policy: policy)] }

  func runs(of policy: String) -> Double { policy == "kayenta_rec" ? 400 : Double(runs) }
}

extension ReferenceFigures.Row {
  /// What of a policy's imitation is further from the reference than chance explains (3.5 standard errors); empty if nothing.
  func disagreements(with tally: Tally, runs: Double) -> [String] {
    var found: [String] = []
    let n = Double(tally.runs)
    let shares = (tally.rollbackShare, rollbackPercent / 100)
    let pooled = (shares.0 * n + shares.1 * runs) / (n + runs)
    let deviation = (pooled * (1 - pooled) * (1 / n + 1 / runs)).squareRoot()
    if abs(shares.0 - shares.1) > 3.5 * deviation + 0.0005 { found.append("rollbacks") }
    if let hurt {
      let error = tally.hurtError * (1 + n / runs).squareRoot()
      if abs(tally.hurt(comparableWith: policy) - hurt) > 3.5 * error + (hurtRounding ?? 0) { found.append("hurt") }
    }
    if let medianSeconds, tally.rollbackTimes.count >= 30, let interval = Estimate.medianInterval(tally.rollbackTimes),
      medianSeconds < interval.lowerBound - 10 || medianSeconds > interval.upperBound + 10
    {
      found.append("time")
    }
    return found
  }
}

extension Tally {
  /// Mean hurt as the reference charges this policy: those that set their own pace at the mean share of errors once they have promoted.
  func hurt(comparableWith policy: String) -> Double {
    let ownPace = ["flagger", "seqB", "seqF"].contains { policy.hasPrefix($0) }
    return ownPace ? meanHurtAtMeanErrors : meanHurt
  }
}
