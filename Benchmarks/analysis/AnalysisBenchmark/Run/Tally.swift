/// What many runs of a scenario under one policy came to.
struct Tally: Sendable {
  private(set) var runs = 0
  /// Seconds to each rollback and to each promotion.
  private(set) var rollbackTimes: [Double] = []
  private(set) var promotionTimes: [Double] = []
  private(set) var halfTimes: [Double] = []
  private(set) var rollbackRequests: [Double] = []
  private var hurt = (sum: 0.0, squares: 0.0)
  private var hurtAtMeanErrors = 0.0

  mutating func add(_ outcome: Outcome) {
    runs += 1
    hurt.sum += outcome.hurt
    hurt.squares += outcome.hurt * outcome.hurt
    hurtAtMeanErrors += outcome.hurtAtMeanErrors
    if let time = outcome.timeToHalf { halfTimes.append(time) }
    switch outcome.decision {
    case .rollBack:
      rollbackTimes.append(outcome.time)
      rollbackRequests.append(Double(outcome.canaryRequests))
    case .promote: promotionTimes.append(outcome.time)
    case .undecided, .wait: break
    }
  }

  /// Adds the runs of another part; the order of the parts decides the last bits of the sums.
  mutating func add(_ other: Tally) {
    runs += other.runs
    rollbackTimes += other.rollbackTimes
    promotionTimes += other.promotionTimes
    halfTimes += other.halfTimes
    rollbackRequests += other.rollbackRequests
    hurt.sum += other.hurt.sum
    hurt.squares += other.hurt.squares
    hurtAtMeanErrors += other.hurtAtMeanErrors
  }

  var rollbackShare: Double { Double(rollbackTimes.count) / Double(max(1, runs)) }
  /// 95 % interval for the share of rollbacks (Wilson).
  var rollbackInterval: ClosedRange<Double> { Estimate.wilson(rollbackTimes.count, of: runs) }
  var undecidedShare: Double { Double(runs - rollbackTimes.count - promotionTimes.count) / Double(max(1, runs)) }
  var meanHurt: Double { hurt.sum / Double(max(1, runs)) }
  /// Mean of ``Outcome/hurtAtMeanErrors``.
  var meanHurtAtMeanErrors: Double { hurtAtMeanErrors / Double(max(1, runs)) }
  /// Standard error of the mean.
  var hurtError: Double {
    guard runs > 1 else { return 0 }
    let n = Double(runs)
    return max(0, (hurt.squares - hurt.sum * hurt.sum / n) / (n - 1) / n).squareRoot()
  }
  /// The share of runs that were rolled back by this time, in seconds.
  func share(by time: Double) -> Double {
    Double(rollbackTimes.count { $0 <= time + 1e-9 }) / Double(max(1, runs))
  }

  var medianTime: Double? { Estimate.quantile(0.5, of: rollbackTimes) }
  var medianRequests: Double? { Estimate.quantile(0.5, of: rollbackRequests) }
  var meanRequests: Double? {
    rollbackRequests.isEmpty ? nil : rollbackRequests.reduce(0, +) / Double(rollbackRequests.count)
  }
}

/// Plain estimates.
enum Estimate {
  /// The 95 % interval of Wilson (1927) for a share.
  static func wilson(_ count: Int, of total: Int, z: Double = 1.959963984540054) -> ClosedRange<Double> {
    guard total > 0 else { return 0...1 }
    let n = Double(total)
    let share = Double(count) / n
    let center = (share + z * z / (2 * n)) / (1 + z * z / n)
    let half = z / (1 + z * z / n) * (share * (1 - share) / n + z * z / (4 * n * n)).squareRoot()
    return max(0, center - half)...min(1, center + half)
  }

  /// The empirical quantile, midway between two values where it falls between them.
  static func quantile(_ level: Double, of values: [Double]) -> Double? {
    guard !values.isEmpty else { return nil }
    let sorted = values.sorted()
    let place = level * Double(sorted.count - 1)
    let low = Int(place)
    let high = min(low + 1, sorted.count - 1)
    return sorted[low] + (place - Double(low)) * (sorted[high] - sorted[low])
  }

  /// 95 % interval for the median, from the ranks that a binomial count of ½ stays within.
  static func medianInterval(_ values: [Double]) -> ClosedRange<Double>? {
    guard !values.isEmpty else { return nil }
    let sorted = values.sorted()
    let n = Double(sorted.count)
    let half = 1.96 * n.squareRoot() / 2
    let low = max(0, Int((n / 2 - half).rounded(.down)) - 1)
    let high = min(sorted.count - 1, Int((n / 2 + half).rounded(.up)))
    return sorted[min(low, high)]...sorted[high]
  }
}
