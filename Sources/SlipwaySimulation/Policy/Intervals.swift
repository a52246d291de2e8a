import SlipwayStatistics

/// A share of runs with its 95 % confidence interval by Wilson ("Probable inference, the law of succession, and statistical
/// inference", 1927), which keeps its promise also near 0 and 1.
package struct ShareEstimate: Hashable, Sendable, Encodable {
  package let count: Int
  package let of: Int
  /// `count / of`; 0 without any run.
  package let share: Double
  package let low: Double
  package let high: Double

  package init(_ count: Int, of total: Int) {
    self.count = count
    of = total
    guard total > 0 else {
      (share, low, high) = (0, 0, 1)
      return
    }
    let (n, p, z) = (Double(total), Double(count) / Double(total), Self.normal975)
    let center = (p + z * z / (2 * n)) / (1 + z * z / n)
    let reach = z / (1 + z * z / n) * (p * (1 - p) / n + z * z / (4 * n * n)).squareRoot()
    share = p
    low = count == 0 ? 0 : max(0, center - reach)
    high = count == total ? 1 : min(1, center + reach)
  }

  package func encode(to encoder: any Encoder) throws {
    var container = encoder.container(keyedBy: CodingKeys.self)
    try container.encode(count, forKey: .count)
    try container.encode(of, forKey: .of)
    try container.encode(share.rounded(decimals: 4), forKey: .share)
    try container.encode(low.rounded(decimals: 4), forKey: .low)
    try container.encode(high.rounded(decimals: 4), forKey: .high)
  }

  private enum CodingKeys: String, CodingKey { case count, of, share, low, high }

  /// The standard normal distribution's quantile for 0.975.
  static let normal975 = 1.959963984540054
}

/// A quantile of a sample with a 95 % confidence interval from the order statistics (David and Nagaraja, "Order
/// Statistics", 7.1): it assumes nothing about the distribution.
package struct QuantileEstimate: Hashable, Sendable, Encodable {
  package let value: Double
  /// `nil` when the sample is too small for a bound on that side.
  package let low: Double?
  package let high: Double?

  /// `nil` for an empty sample. The value is the smallest one that at least `quantile` of the sample do not exceed.
  package init?(_ quantile: Double, ofSorted sample: [Double]) {
    let n = sample.count
    guard n > 0 else { return nil }
    value = sample[max(0, min(n - 1, Int((quantile * Double(n)).rounded(.up)) - 1))]
    // The number of values below the true quantile is binomial.
    var lower = 0
    while lower < n, binomialUpperTail(atLeast: lower + 1, of: n, probability: quantile) >= 0.975 { lower += 1 }
    var upper = lower + 1
    while upper <= n, binomialUpperTail(atLeast: upper, of: n, probability: quantile) > 0.025 { upper += 1 }
    low = lower > 0 ? sample[lower - 1] : nil
    high = upper <= n ? sample[upper - 1] : nil
  }
}

/// A mean with a 95 % confidence interval by the normal approximation, and the largest value.
package struct MeanEstimate: Hashable, Sendable, Encodable {
  package let mean: Double
  package let low: Double
  package let high: Double
  package let worst: Double

  /// Zeros for an empty sample.
  package init(_ sample: [Double]) {
    let n = Double(sample.count)
    guard n > 0 else {
      (mean, low, high, worst) = (0, 0, 0, 0)
      return
    }
    let mean = sample.reduce(0, +) / n
    let variance = n > 1 ? sample.reduce(0) { $0 + ($1 - mean) * ($1 - mean) } / (n - 1) : 0
    let reach = ShareEstimate.normal975 * (variance / n).squareRoot()
    self.mean = mean
    // What is counted is never less than nothing.
    low = max(0, mean - reach)
    high = mean + reach
    worst = sample.max() ?? 0
  }

  package func encode(to encoder: any Encoder) throws {
    var container = encoder.container(keyedBy: CodingKeys.self)
    try container.encode(mean.rounded(decimals: 2), forKey: .mean)
    try container.encode(low.rounded(decimals: 2), forKey: .low)
    try container.encode(high.rounded(decimals: 2), forKey: .high)
    try container.encode(worst.rounded(decimals: 2), forKey: .worst)
  }

  private enum CodingKeys: String, CodingKey { case mean, low, high, worst }
}

extension Double {
  /// To so many decimals.
  func rounded(decimals: Int) -> Double {
    let scale = (0..<decimals).reduce(1.0) { product, _ in product * 10 }
    return (self * scale).rounded() / scale
  }
}
