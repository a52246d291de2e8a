import FoundationEssentials

#if canImport(Glibc)
  import Glibc
#else
  import Darwin
#endif

/// Whether the candidate's response times lie higher as a whole, from histograms with the same buckets.
package enum LatencyShift {
  /// Normal scores stay inside Φ⁻¹(0.001)...Φ⁻¹(0.999) = ±3.09, so that no single request decides.
  static let clip = 0.001

  /// The normal score of each bucket of a reference histogram: z = Φ⁻¹((requests below + half of its own + ½) / (n + 1)), clipped
  /// to 0.001...0.999 (scores of van der Waerden 1952, of mid-ranks). Empty for a histogram without requests.
  ///
  /// Example: counts 1, 2, 1: shares 0.2, 0.5, 0.8, so z = −0.8416, 0, 0.8416.
  package static func scores(ofReference histogram: [Int]) -> [Double] {
    let total = histogram.reduce(0, +)
    guard total > 0 else { return [] }
    var below = 0
    return histogram.map { count in
      let share = (Double(below) + Double(count) / 2 + 0.5) / (Double(total) + 1)
      below += count
      return NormalDistribution.quantile(min(max(share, clip), 1 - clip))
    }
  }

  /// g = δz − δ²/2, the logarithm of the ratio of a normal density moved by δ to the one at rest, at score z.
  /// Example: δ = 2, z = 0.5: −1.
  package static func logRatio(delta: Double, score: Double) -> Double { delta * score - delta * delta / 2 }

  /// ln e = Σₖ Xcₖ gₖ − (Xcₖ + Xbₖ) ln(1 + w (exp gₖ − 1)), the bet that the candidate is slower by δ standard deviations of the
  /// reference (of logarithms, when response times are lognormal): a sequential normal-scores test.
  ///
  /// Source: Turner, Ly and Grünwald (2024) with density ratio exp g. Valid when both slots have one common distribution within
  /// the interval, which may drift between intervals, or requests are assigned at random with probability w. For a fixed finite set
  /// of which exactly Nc are drawn it is only nearly valid: E[e] ≤ 1.14 for 50 requests and more.
  ///
  /// Example: scores −1, 0, 1, δ = 1, candidate 0, 0, 2, stable 2, 4, 0, w = 0.25: 2 · 0.5 − 2 ln(1 + 0.25 (e^0.5 − 1))
  /// − 4 ln(1 + 0.25 (e^−0.5 − 1)) − 2 ln(1 + 0.25 (e^−1.5 − 1)) = 1.5455.
  package static func logEValue(
    candidate: [Int], stable: [Int], scores: [Double], delta: Double, share: Double
  ) -> Double {
    guard share > 0, share < 1 else { return 0 }
    var sum = NeumaierSum()
    for index in 0..<min(candidate.count, stable.count, scores.count) where candidate[index] + stable[index] > 0 {
      let g = logRatio(delta: delta, score: scores[index])
      sum.add(Double(candidate[index]) * g - Double(candidate[index] + stable[index]) * log1p(share * expm1(g)))
    }
    return sum.value
  }

  /// The first bucket that counts as slow: its lower bound is the one whose share of reference requests above it is nearest to
  /// `share`. `nil` when the reference is empty or has one bucket only.
  ///
  /// Slow requests are then events for ``EventRatio``, which is valid for any threshold fixed before.
  /// Example: counts 90, 6, 3, 1 and 5 %: above the bounds lie 10, 4 and 1 %, the nearest is the second, so bucket 2.
  package static func slowBucket(ofReference histogram: [Int], share: Double) -> Int? {
    let total = histogram.reduce(0, +)
    guard total > 0, histogram.count > 1 else { return nil }
    var above = total
    var best = (bucket: 0, distance: Double.infinity)
    for index in 0..<histogram.count - 1 {
      above -= histogram[index]
      let distance = abs(Double(above) / Double(total) - share)
      if distance < best.distance { best = (index + 1, distance) }
    }
    return best.bucket
  }

  /// Requests in `bucket` and above. Example: counts 90, 6, 3, 1 from bucket 2 on: 4.
  package static func slow(_ histogram: [Int], from bucket: Int) -> Int {
    var sum = 0
    for index in stride(from: bucket, to: histogram.count, by: 1) { sum += histogram[index] }
    return sum
  }
}
