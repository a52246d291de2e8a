import FoundationEssentials

#if canImport(Glibc)
  import Glibc
#else
  import Darwin
#endif

/// The Mann–Whitney U test (Wilcoxon's rank sum): whether values of one sample tend to be larger than those of another.
///
/// Mann and Whitney (1947); ties by mid-ranks, their variance by Lehmann, "Nonparametrics" (1975), 1.4. Valid for ONE look at
/// independent values: with figures of consecutive scrapes, or looked at repeatedly, its p-values are too small. For reports and
/// imported policies; Slipway's own verdicts use ``SequentialComparison``.
package struct MannWhitney: Hashable, Sendable {
  /// U of the first sample: in how many pairs its value is the larger one, ties half.
  package let u: Double
  /// Standard deviation of U without a difference, ties accounted for; 0 if all values are equal.
  package let deviation: Double
  package let pValue: Double

  /// Which difference counts as one.
  package enum Alternative: Sendable, CaseIterable {
    case twoSided
    /// Values of the first sample tend to be larger.
    case greater
    /// Values of the first sample tend to be smaller.
    case less
  }

  package enum Method: Sendable {
    /// Exact where one sample has at most 8 values and there are no ties, else the normal approximation.
    case automatic
    /// The distribution of U counted out; for values without ties.
    case exact
    /// With continuity correction: z = (U − nm/2 − ½) / σ, σ² = nm/12 · ((N + 1) − Σ(t³ − t) / (N(N − 1))).
    case normal
  }

  /// In `automatic`, samples up to this size are counted out.
  static let exactLimit = 8

  /// Example: 1, 2, 3, 4, 5 against 2, 3, 4, 5, 6: U = 8, σ = 4.7288, two-sided p = 0.3976.
  ///
  /// - Returns: `nil` if a sample is empty or holds a value that is not a number.
  package static func test(
    _ first: [Double], _ second: [Double], alternative: Alternative, method: Method = .automatic
  ) -> MannWhitney? {
    guard !first.isEmpty, !second.isEmpty, !(first + second).contains(where: \.isNaN) else { return nil }
    let ranks = Self.ranks(first, second)
    let (n, m) = (first.count, second.count)
    let u = ranks.sum - Double(n * (n + 1)) / 2
    let all = Double(n + m)
    let surplus = all > 1 ? ranks.ties / (all * (all - 1)) : 0
    let deviation = (Double(n * m) / 12 * (all + 1 - surplus)).squareRoot()
    let exact =
      switch method {
      case .automatic: min(n, m) <= exactLimit && ranks.ties == 0
      case .exact: true
      case .normal: false
      }
    let other = Double(n * m) - u
    let statistic =
      switch alternative {
      case .twoSided: max(u, other)
      case .greater: u
      case .less: other
      }
    let tail = exact ? exactTail(statistic, n, m) : normalTail(statistic, Double(n * m) / 2, deviation)
    return MannWhitney(u: u, deviation: deviation, pValue: min(1, alternative == .twoSided ? 2 * tail : tail))
  }

  /// The first sample's sum of mid-ranks, and Σ(t³ − t) over groups of equal values.
  private static func ranks(_ first: [Double], _ second: [Double]) -> (sum: Double, ties: Double) {
    let values = (first.map { ($0, true) } + second.map { ($0, false) }).sorted { $0.0 < $1.0 }
    var (sum, ties, start) = (0.0, 0.0, 0)
    while start < values.count {
      var end = start
      var own = 0
      while end < values.count, values[end].0 == values[start].0 {
        own += values[end].1 ? 1 : 0
        end += 1
      }
      let size = Double(end - start)
      sum += Double(own) * (Double(start) + (size + 1) / 2)
      ties += size * size * size - size
      start = end
    }
    return (sum, ties)
  }

  private static func normalTail(_ u: Double, _ mean: Double, _ deviation: Double) -> Double {
    deviation > 0 ? NormalDistribution.upperTail((u - mean - 0.5) / deviation) : 1
  }

  /// P(U ≥ u), by counting: the number of orders with U = k in which the largest value is of the first or of the second sample.
  private static func exactTail(_ u: Double, _ n: Int, _ m: Int) -> Double {
    // ways[j][k]: orders of i values of the first and j of the second sample with U = k, for growing i.
    var ways = [[Double]](repeating: [1], count: m + 1)
    for i in 1...n {
      var next: [[Double]] = [[1]]
      for j in 1...m {
        var row = [Double](repeating: 0, count: i * j + 1)
        for (k, count) in ways[j].enumerated() { row[k + j] += count }
        for (k, count) in next[j - 1].enumerated() { row[k] += count }
        next.append(row)
      }
      ways = next
    }
    let total = ways[m].reduce(0, +)
    let from = max(0, Int(u.rounded(.up)))
    return from < ways[m].count ? ways[m][from...].reduce(0, +) / total : 0
  }
}
