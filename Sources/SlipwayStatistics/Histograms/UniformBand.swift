import FoundationEssentials

#if canImport(Glibc)
  import Glibc
#else
  import Darwin
#endif

/// A band around an empirical distribution function that holds at all values and all times at once, and so around every quantile.
///
/// ε(n) = 0.85 √((ln(1 + ln n) + C) / n); P(some n ≥ 1: sup |F_n − F| > ε(n)) ≤ alpha. Source: Howard and Ramdas, "Sequential estimation
/// of quantiles" (Bernoulli 2022), theorem 2, with C the solution of alpha = min over η > 1 of 4 e^(−gC) (1 + 1 / ((g − 1) ln η)),
/// g = (2/η)(0.85 − √(2(η − 1)/C))².
/// Valid for independent values of one distribution: not under drift. From a histogram it is read at bucket bounds, where it is exact.
/// For reports: 150 requests give ε = 0.22, too wide to judge by.
///
/// Example: alpha = 0.05: C = 8.1227; n = 10 000: ε = 0.02747.
package struct UniformBand: Hashable, Sendable {
  /// The width of the band in standard deviations of the iterated logarithm; nearer to ½ costs a larger C.
  static let factor = 0.85

  package let alpha: Double
  /// C, about 0.8 ln(1612 / alpha).
  package let constant: Double

  /// - Parameter alpha: how often the band may fail, for one arm; inside 0...1. Two arms: half for each.
  package init(alpha: Double) {
    self.alpha = alpha
    var (low, high) = (1.0, 4000.0)
    // The failure probability falls with C: halve until the two bounds meet.
    while true {
      let middle = (low + high) / 2
      if middle <= low || middle >= high { break }
      if Self.failure(middle) > alpha { low = middle } else { high = middle }
    }
    constant = high
  }

  /// ε for n values; 1 (no statement) for none.
  package func halfWidth(_ n: Int) -> Double {
    guard n > 0 else { return 1 }
    return min(1, Self.factor * ((log1p(log(Double(n))) + constant) / Double(n)).squareRoot())
  }

  /// The smallest bound on the failure probability over η, for this C: a grid, then golden sections around its best point.
  private static func failure(_ c: Double) -> Double {
    func bound(_ logExcess: Double) -> Double {
      let excess = exp(logExcess)
      let root = factor - (2 * excess / c).squareRoot()
      let g = 2 / (1 + excess) * root * root
      return root > 0 && g > 1 ? 4 * exp(-g * c) * (1 + 1 / ((g - 1) * log1p(excess))) : .infinity
    }
    let grid = stride(from: -14.0, through: 0, by: 0.25).map { $0 }
    guard let best = grid.min(by: { bound($0) < bound($1) }) else { return .infinity }
    var (low, high) = (best - 0.25, best + 0.25)
    let golden = (5.0.squareRoot() - 1) / 2
    for _ in 0..<60 {
      let (left, right) = (high - golden * (high - low), low + golden * (high - low))
      if bound(left) < bound(right) { high = right } else { low = left }
    }
    return bound((low + high) / 2)
  }

  /// Between which bounds a quantile lies, for a histogram with these counts: the lower bound of the bucket that holds the quantile
  /// `share − ε` and the upper bound of the one that holds `share + ε`. `upper` is `nil` when it lies in the open bucket or beyond
  /// what can be said.
  ///
  /// Example: alpha 0.05, counts 4700, 50, 400, 150, 4700 with bounds 1, 2, 3, 4: shares 0.4725 and 0.5275 for the median, so 1 and 4.
  ///
  /// - Returns: `nil` without values, or if counts and bounds do not fit (see ``histogramQuantile(_:bounds:share:)``).
  package func quantile(_ counts: [Int], bounds: [Double], share: Double) -> (lower: Double, upper: Double?)? {
    let total = counts.reduce(0, +)
    guard total > 0, !bounds.isEmpty, counts.count == bounds.count + 1 else { return nil }
    let width = halfWidth(total)
    var lower = min(0, bounds[0])
    var upper: Double?
    var below = 0
    for index in bounds.indices {
      below += counts[index]
      let cumulative = Double(below) / Double(total)
      if cumulative + width < share { lower = bounds[index] }
      if cumulative - width >= share, upper == nil { upper = bounds[index] }
    }
    return (lower, upper)
  }

  /// The largest amount by which the second distribution function lies above the first at a bucket bound, beyond both bands; above 0 the
  /// first arm is slower somewhere. Give each band half of alpha. −∞ if the histograms do not fit or one is empty.
  ///
  /// Example: all of 1000 values above a bound against all of 1000 below it: 1 − 2 · 0.0858 = 0.828 at alpha 0.05 each.
  package func excess(_ first: [Int], over second: [Int]) -> Double {
    let (n, m) = (first.reduce(0, +), second.reduce(0, +))
    guard n > 0, m > 0, first.count == second.count else { return -.infinity }
    var (belowFirst, belowSecond, largest) = (0, 0, -Double.infinity)
    for index in first.indices {
      belowFirst += first[index]
      belowSecond += second[index]
      largest = max(largest, Double(belowSecond) / Double(m) - Double(belowFirst) / Double(n))
    }
    return largest - halfWidth(n) - halfWidth(m)
  }
}
