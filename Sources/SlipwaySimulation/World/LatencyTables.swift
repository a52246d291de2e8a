import SlipwayModel

/// Response times of the scenario's traffic, ready for drawing many at once.
struct LatencyTables {
  private static let resolution = 512

  /// Standard normal quantiles in the middle of 512 equal shares.
  private static let normal = (0..<resolution).map { Elementary.normalQuantile((Double($0) + 0.5) / Double(resolution)) }

  /// Quantiles in microseconds, in the middle of 512 equal shares.
  private let quantiles: [Double]
  private var buckets: [Double: [Bucket]] = [:]
  private let slow: Int
  /// What is drawn one by one, before it is counted.
  private var drawn: [Int] = []

  private struct Bucket {
    let microseconds: Int
    /// Of a value that is in this bucket or a later one, how likely it is in this one.
    let share: Double
  }

  init(_ traffic: TrafficModel) {
    slow = traffic.slowMicroseconds ?? .max
    quantiles = Self.normal.map { traffic.medianMicroseconds * Elementary.exp(traffic.spread * $0) }
  }

  /// Records `count` response times with this factor. Up to 512 are drawn one by one, more by splitting them over the buckets.
  ///
  /// - Returns: how many of them were slow.
  mutating func record(_ count: Int, factor: Double, in histogram: inout LatencyHistogram, _ random: inout SimulationRandom) -> Int {
    guard count > 0 else { return 0 }
    if count > 512 { return split(count, factor, &histogram, &random) }
    var bits: UInt64 = 0
    var slowOnes = 0
    drawn.removeAll(keepingCapacity: true)
    for number in 0..<count {
      if number % 7 == 0 { bits = random.next() }
      let microseconds = Int(quantiles[Int(bits & 511)] * factor)
      drawn.append(microseconds)
      if microseconds >= slow { slowOnes += 1 }
      bits >>= 9
    }
    histogram.record(microseconds: drawn)
    return slowOnes
  }

  private mutating func split(_ count: Int, _ factor: Double, _ histogram: inout LatencyHistogram, _ random: inout SimulationRandom)
    -> Int
  {
    if buckets[factor] == nil { buckets[factor] = makeBuckets(factor) }
    var left = count
    var slowOnes = 0
    for bucket in buckets[factor, default: []] where left > 0 {
      let drawn = random.binomial(left, bucket.share)
      histogram.record(microseconds: bucket.microseconds, count: drawn)
      if bucket.microseconds >= slow { slowOnes += drawn }
      left -= drawn
    }
    return slowOnes
  }

  private func makeBuckets(_ factor: Double) -> [Bucket] {
    var groups: [(bucket: Int, sum: Double, count: Int)] = []
    for quantile in quantiles {
      let bucket = LatencyHistogram.bucket(ofMicroseconds: Int(quantile * factor))
      if groups.last?.bucket == bucket {
        groups[groups.count - 1].sum += quantile * factor
        groups[groups.count - 1].count += 1
      } else {
        groups.append((bucket, quantile * factor, 1))
      }
    }
    var left = Self.resolution
    return groups.map { group in
      defer { left -= group.count }
      return Bucket(microseconds: Int(group.sum / Double(group.count)), share: Double(group.count) / Double(left))
    }
  }
}

extension Elementary {
  /// The standard normal distribution's quantile for 0 < share < 1, by bisection of Taylor's series for its area
  /// (Abramowitz and Stegun, 26.2.10); exact to 1e-9.
  static func normalQuantile(_ share: Double) -> Double {
    var (low, high) = (-6.0, 6.0)
    for _ in 0..<40 {
      let middle = (low + high) / 2
      if normalArea(middle) < share { low = middle } else { high = middle }
    }
    return (low + high) / 2
  }

  /// P(X < x) for a standard normal X and |x| up to 6; beyond that 0 or 1.
  static func normalArea(_ x: Double) -> Double {
    if abs(x) > 6 { return x < 0 ? 0 : 1 }
    var term = x
    var sum = x
    for step in 1...100 {
      term *= -x * x / Double(2 * step)
      sum += term / Double(2 * step + 1)
    }
    return 0.5 + sum / 2.5066282746310002
  }
}
