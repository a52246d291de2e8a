/// The comparison that rollouts use. Found by trying designs on the scenarios of `make bench-analysis`; docs/benchmarks.md has the figures
/// of this one beside others.
extension ComparisonDesign {
  /// Seconds of a block of time: as short as there is something to see in it, since a gross fault should not wait.
  ///
  /// Two seconds from 50 requests/s on, five from 20 on, else ten: some hundred requests of both slots. Shorter blocks at little traffic lose
  /// power, since capital enters with each.
  package static func shippedLook(requestsPerSecond rate: Double) -> Int { rate >= 50 ? 2 : rate >= 20 ? 5 : 10 }

  /// Small effects, which take long to find, get more of the capital than large ones, which any share of it finds.
  ///
  /// Example: blocks of 2 s and 100 s: onsets over 600 / 2 = 300 blocks, latency from the eleventh on, k = 2 · 10 / 2 = 10.
  ///
  /// - Parameters:
  ///   - seconds: the length of a block, 1...10.
  ///   - duration: how long a fault may take to begin, in seconds; at least ten minutes are assumed.
  package static func shipped(look seconds: Int, duration: Double) -> ComparisonDesign {
    let looks = 10 / Double(seconds)
    return ComparisonDesign(
      families: shippedFamilies, horizon: Int(max(600, duration) / Double(seconds)),
      latencyWarmup: Int((shippedWarmup / Double(seconds)).rounded(.up)),
      // Replicas stay uneven for longer than a block: the discount is that of 10 s, however short the block.
      guardFactor: 2 * looks)
  }

  /// Seconds for which latency is not looked at, since a fresh process is slow while its caches fill.
  static let shippedWarmup = 20.0

  /// Standard errors that the estimate of CV² is reduced by: one from few errors is noise, and would cost power for nothing.
  package static let shippedReduction = 1.0

  static let shippedFamilies = [
    EvidenceFamily(name: "errors", weight: 0.4, alternatives: .errors(multiples: [0.5, 1.5, 4], shares: [0.01, 0.03])),
    EvidenceFamily(name: "many errors", weight: 0.12, alternatives: .errors(multiples: [], shares: [0.1, 0.5])),
    EvidenceFamily(name: "latency", weight: 0.19, alternatives: .shift([0.25, 0.5])),
    EvidenceFamily(name: "much latency", weight: 0.07, alternatives: .shift([1, 2])),
    EvidenceFamily(
      name: "latency tail", weight: 0.22,
      alternatives: .tail([
        TailAlternative(share: 0.05, ratio: 1.6), TailAlternative(share: 0.05, ratio: 4), TailAlternative(share: 0.01, ratio: 2.5),
        TailAlternative(share: 0.01, ratio: 10),
      ])),
  ]
}

private typealias TailAlternative = EvidenceFamily.TailAlternative
