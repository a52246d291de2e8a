/// What a ``SequentialComparison`` looks for: families of alternatives, how much of the starting capital each gets, and when a
/// fault may begin. All of it is fixed before the first interval; that, and nothing else about it, is what validity needs.
package struct ComparisonDesign: Hashable, Sendable {
  /// The families; their weights are taken relative to their sum.
  package var families: [EvidenceFamily]
  /// The share of each alternative's capital that bets from its first interval on; the rest is spread evenly over the next
  /// ``horizon`` intervals, for faults that begin later. 0...1.
  package var firstOnset: Double
  /// How many intervals after the first a fault may begin in, at least 1. After these no new capital enters.
  package var horizon: Int
  /// For how many intervals latency is not looked at: a fresh process is slow while its caches fill.
  package var latencyWarmup: Int
  /// k of ``Overdispersion/discount(squaredVariation:events:share:factor:)``; 0 turns the guard off.
  package var guardFactor: Double
  /// t, at least 0: an error rate of the candidate of up to 1 + t times the stable slot's is no worse. Alternatives within it are dropped,
  /// and the others are held against the worst that is tolerated; see
  /// ``EventRatio/logEValue(candidateEvents:stableEvents:share:ratio:tolerated:)``.
  package var errorTolerance: Double

  package init(
    families: [EvidenceFamily] = EvidenceFamily.standard, firstOnset: Double = 0.8, horizon: Int = 60, latencyWarmup: Int = 3,
    guardFactor: Double = 2, errorTolerance: Double = 0
  ) {
    self.families = families
    self.firstOnset = min(max(firstOnset, 0), 1)
    self.horizon = max(1, horizon)
    self.latencyWarmup = max(0, latencyWarmup)
    self.guardFactor = max(0, guardFactor)
    self.errorTolerance = max(0, errorTolerance)
  }

  /// Errors with half of the capital, the whole of latency and its tail with a quarter each, for intervals of 10 s.
  package static let standard = ComparisonDesign()

  /// The standard families and one more for each counter, which share the capital evenly: errors, latency (shift and tail
  /// together) and every counter the same. Example: one counter: errors 1/3, shift and tail 1/6 each, the counter 1/3.
  package static func counting(_ names: [String]) -> ComparisonDesign {
    guard !names.isEmpty else { return .standard }
    let counters = names.enumerated().map { EvidenceFamily.counter($0.element, index: $0.offset, weight: 0.5) }
    return ComparisonDesign(families: EvidenceFamily.standard + counters)
  }
}

/// Alternatives of one kind about one metric.
package struct EvidenceFamily: Hashable, Sendable {
  /// As reports call it, such as `errors`.
  package var name: String
  /// Share of the starting capital, relative to the other families'. Spread evenly over the family's alternatives.
  package var weight: Double
  package var alternatives: Alternatives

  package init(name: String, weight: Double, alternatives: Alternatives) {
    self.name = name
    self.weight = weight
    self.alternatives = alternatives
  }

  /// What the candidate may do worse.
  package enum Alternatives: Hashable, Sendable {
    /// More errors per request: by these multiples of the reference's rate, and by these shares of requests.
    case errors(multiples: [Double], shares: [Double])
    /// More events of the counter at this index of an observation: by these multiples of the reference's rate.
    case counter(index: Int, multiples: [Double])
    /// Response times higher by these many standard deviations of the reference.
    case shift([Double])
    /// More slow requests: a share of the reference that counts as slow, and how many times as many there are.
    case tail([TailAlternative])
  }

  /// `ratio` times as many requests above the response time that `share` of the reference's requests exceed.
  package struct TailAlternative: Hashable, Sendable {
    package let share: Double
    package let ratio: Double

    package init(share: Double, ratio: Double) {
      self.share = share
      self.ratio = ratio
    }
  }

  /// What the standard comparison looks for. The grids are spaced so that an effect between two points loses little; the
  /// smallest ones act as a tolerance: a ratio of errors below about 1.2 or a shift below about 0.12 wins nothing.
  package static let standard = [
    EvidenceFamily(
      name: "errors", weight: 0.5, alternatives: .errors(multiples: [0.5, 1.5, 4], shares: [0.01, 0.03, 0.10, 0.50])),
    EvidenceFamily(name: "latency", weight: 0.25, alternatives: .shift([0.25, 0.5, 1, 2])),
    EvidenceFamily(
      name: "latency tail", weight: 0.25,
      alternatives: .tail([
        TailAlternative(share: 0.05, ratio: 1.6), TailAlternative(share: 0.05, ratio: 4),
        TailAlternative(share: 0.01, ratio: 2.5), TailAlternative(share: 0.01, ratio: 10),
      ])),
  ]

  /// "No more of these than the stable slot", for a counter of any kind: 1.5, 2.5, 5 and 20 times as many.
  package static func counter(_ name: String, index: Int, weight: Double) -> EvidenceFamily {
    EvidenceFamily(name: name, weight: weight, alternatives: .counter(index: index, multiples: [0.5, 1.5, 4, 19]))
  }
}
