import SlipwayStatistics

/// The reference's sequential policy with the guard against uneven replicas on, and what it takes to lose nothing by that:
///
/// - it looks as often as there is something to see, every 2 s from 50 requests a second on, every 10 s at 5;
/// - the estimate of overdispersion counts for what it exceeds its own standard error by: an estimate from few errors is noise;
/// - large faults, which any share of the capital finds, get less of it, small ones more;
/// - nothing is promoted while the evidence leans against it.
struct TunedSequential: Policy {
  struct Tuning: Sendable {
    var alpha = 0.01
    /// Looks within 10 s at most.
    var looks = 5
    /// Requests of both arms that a look waits for, within 10 s.
    var requestsPerLook = 100.0
    /// Seconds for which latency is not looked at.
    var warmup = 20.0
    /// Standard errors that the estimate of overdispersion is reduced by.
    var reduction = 1.0
    /// k of the discount, for intervals of 10 s.
    var guardFactor = 2.0
    var families = Tuning.families
    var climb = AdaptiveSequential.Climb(gate: 1)

    /// Half of the capital on errors, three tenths on latency, a fifth on its tail.
    static let families = [
      EvidenceFamily(name: "errors", weight: 0.4, alternatives: .errors(multiples: [0.5, 1.5, 4], shares: [0.01, 0.03])),
      EvidenceFamily(name: "many errors", weight: 0.12, alternatives: .errors(multiples: [], shares: [0.1, 0.5])),
      EvidenceFamily(name: "latency", weight: 0.19, alternatives: .shift([0.25, 0.5])),
      EvidenceFamily(name: "much latency", weight: 0.07, alternatives: .shift([1, 2])),
      EvidenceFamily(
        name: "latency tail", weight: 0.22,
        alternatives: .tail([
          EvidenceFamily.TailAlternative(share: 0.05, ratio: 1.6), EvidenceFamily.TailAlternative(share: 0.05, ratio: 4),
          EvidenceFamily.TailAlternative(share: 0.01, ratio: 2.5), EvidenceFamily.TailAlternative(share: 0.01, ratio: 10),
        ])),
    ]
  }

  private var inner: AdaptiveSequential
  /// Parts of 10 s that are judged together.
  private let merged: Int
  private var pending = Interval()
  private var count = 0

  init(_ reference: Reference, _ tuning: Tuning) {
    let seconds = max(
      Conditions.seconds / Double(tuning.looks), min(Conditions.seconds, tuning.requestsPerLook / reference.requestsPerSecond))
    merged = max(1, Int((seconds / Conditions.seconds * Double(tuning.looks)).rounded()))
    let looks = max(1, tuning.looks / merged)
    // Replicas stay uneven for longer than a look: the discount is that of 10 s whatever the look.
    let design = ComparisonDesign(
      families: tuning.families, horizon: 60 * looks, latencyWarmup: Int(tuning.warmup / Conditions.seconds * Double(looks)),
      guardFactor: tuning.guardFactor * Double(looks) * Self.certain(reference, tuning.reduction))
    inner = AdaptiveSequential(reference, alpha: tuning.alpha, design: design, climb: tuning.climb, looks: looks)
  }

  var percent: Int { inner.percent }

  mutating func observe(_ interval: Interval) -> Decision {
    if merged == 1 { return inner.observe(interval) }
    if count == 0 {
      pending = interval
    } else {
      pending.canary.add(interval.canary)
      pending.baseline.add(interval.baseline)
    }
    count += 1
    if count < merged { return .wait }
    count = 0
    return inner.observe(pending)
  }

  /// The share of the estimated CV² that exceeds `errors` standard errors. Given S = X₁ + X₂ and no overdispersion, (X₁ − X₂)²/S
  /// has mean 1 and variance 2 (1 − 1/S).
  static func certain(_ reference: Reference, _ errors: Double) -> Double {
    var surplus = 0.0
    var variance = 0.0
    for block in reference.blocks {
      let sum = Double(block.errors[0] + block.errors[1])
      guard sum > 0 else { continue }
      let difference = Double(block.errors[0] - block.errors[1])
      surplus += difference * difference / sum - 1
      variance += 2 * (1 - 1 / sum)
    }
    return surplus > 0 ? max(0, surplus - errors * variance.squareRoot()) / surplus : 0
  }
}
