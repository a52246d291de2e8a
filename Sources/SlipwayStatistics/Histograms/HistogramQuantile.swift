import FoundationEssentials

#if canImport(Glibc)
  import Glibc
#else
  import Darwin
#endif

/// A quantile of a histogram as Prometheus' `histogram_quantile` gives it: linear within the bucket that holds the rank, the first
/// bucket from 0, and the last finite bound for a rank in the open bucket. Exact only at bucket bounds.
///
/// Example: counts 10, 20, 10 with bounds 1, 2: the median is 1 + (20 − 10) / 20 = 1.5, the 95th percentile 2.
///
/// - Parameters:
///   - counts: per bucket (not cumulative), the last one open.
///   - bounds: upper bounds, ascending, one fewer than counts, in any unit.
///   - share: 0...1.
/// - Returns: `nil` without values, or if counts and bounds do not fit.
package func histogramQuantile(_ counts: [Int], bounds: [Double], share: Double) -> Double? {
  let total = counts.reduce(0, +)
  guard total > 0, !bounds.isEmpty, counts.count == bounds.count + 1, (0...1).contains(share) else { return nil }
  let rank = share * Double(total)
  var below = 0
  for index in bounds.indices {
    let within = counts[index]
    if Double(below + within) >= rank, within > 0 {
      let lower = index > 0 ? bounds[index - 1] : min(0, bounds[0])
      return lower + (bounds[index] - lower) * (rank - Double(below)) / Double(within)
    }
    below += within
  }
  return bounds[bounds.count - 1]
}
