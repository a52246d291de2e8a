import Foundation

/// Random figures that are the same in every run (SplitMix64, Steele, Lea and Flood 2014).
struct SeededGenerator {
  private var state: UInt64

  init(seed: UInt64) { state = seed }

  /// Evenly spread over 0..<1.
  mutating func uniform() -> Double {
    state &+= 0x9E37_79B9_7F4A_7C15
    var z = state
    z = (z ^ (z >> 30)) &* 0xBF58_476D_1CE4_E5B9
    z = (z ^ (z >> 27)) &* 0x94D0_49BB_1331_11EB
    return Double((z ^ (z >> 31)) >> 11) * 0x1p-53
  }

  mutating func normal() -> Double { (-2 * log(1 - uniform())).squareRoot() * cos(2 * .pi * uniform()) }

  /// Exact below a mean of 30 (Knuth), above it the rounded normal approximation.
  mutating func poisson(_ mean: Double) -> Int {
    if mean <= 0 { return 0 }
    if mean >= 30 { return max(0, Int((mean + mean.squareRoot() * normal()).rounded())) }
    let limit = exp(-mean)
    var (count, product) = (0, uniform())
    while product > limit {
      count += 1
      product *= uniform()
    }
    return count
  }
}

/// A service in a test: Poisson traffic, errors, lognormal response times of median 100 ms and deviation 0.5.
struct SimulatedSlot {
  /// Upper bounds in milliseconds: 20 · 2^(k/4).
  static let bounds = (0...32).map { 20 * pow(2, Double($0) / 4) }

  var requestsPerSecond: Double
  var errorRatio: Double
  var latencyFactor = 1.0

  /// The probability of each bucket.
  static func buckets(factor: Double) -> [Double] {
    let sums = bounds.map { 0.5 * erfc(-log($0 / (100 * factor)) / 0.5 / 2.0.squareRoot()) } + [1]
    return sums.indices.map { sums[$0] - ($0 > 0 ? sums[$0 - 1] : 0) }
  }

  /// Requests per bucket and errors of this many seconds.
  func draw(seconds: Double, _ shares: [Double], _ generator: inout SeededGenerator) -> (requests: Int, errors: Int, latency: [Int]) {
    let mean = requestsPerSecond * seconds
    let latency = shares.map { generator.poisson(mean * $0) }
    let requests = latency.reduce(0, +)
    return (requests, min(requests, generator.poisson(mean * errorRatio)), latency)
  }
}
