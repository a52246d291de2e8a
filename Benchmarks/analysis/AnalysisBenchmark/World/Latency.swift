#if canImport(Glibc)
  import Glibc
#else
  import Darwin
#endif

/// Latencies of the world: lognormal with median 100 ms and sigma 0.5, seen through a histogram.
enum Latency {
  /// Upper bounds of all buckets but the last, which is open: 20·2^(k/4) ms.
  static let bounds: [Double] = (0...32).map { 20 * exp2(Double($0) / 4) }
  static let buckets = bounds.count + 1
  private static let median = 100.0
  private static let sigma = 0.5
  /// The 99 % point of the standard normal distribution.
  private static let z99 = 2.3263478740408408

  static func normalTail(_ z: Double) -> Double { 0.5 * erfc(z / 2.0.squareRoot()) }

  /// The share of each bucket when every latency is multiplied by `factor`.
  static func shares(factor: Double) -> [Double] {
    var shares = [Double](repeating: 0, count: buckets)
    var above = 1.0
    let shift = log(median * factor)
    for index in bounds.indices {
      let next = normalTail((log(bounds[index]) - shift) / sigma)
      shares[index] = above - next
      above = next
    }
    shares[buckets - 1] = above
    return shares
  }

  /// The share of each bucket when `slowShare` of the requests are slower by `slowFactor` and all by `factor`.
  static func shares(factor: Double, slowFactor: Double, slowShare: Double) -> [Double] {
    if slowFactor == 1 { return shares(factor: factor) }
    let slow = shares(factor: factor * slowFactor)
    if slowShare == 1 { return slow }
    return zip(shares(factor: factor), slow).map { (1 - slowShare) * $0 + slowShare * $1 }
  }

  /// How many more of the canary's requests than 1 % are slower than the live version's 99th percentile.
  static func excessSlow(factor: Double, share: Double) -> Double {
    guard factor != 1 else { return 0 }
    return share * (normalTail(z99 - log(factor) / sigma) - 0.01)
  }
}
