import Foundation
import SlipwayStatistics
import Testing

@Suite("The sequential comparison")
struct SequentialComparisonTests {
  static let vector = Vectors.all.process

  static func reference() -> ComparisonReference {
    let blocks = zip(vector.reference_block_requests, vector.reference_block_errors).map {
      ReferenceBlock(requests: $0, events: $1)
    }
    return ComparisonReference(blocks: blocks, histogram: vector.reference_hist)
  }

  static func counts(_ interval: Vectors.Interval) -> (candidate: SlotCounts, stable: SlotCounts) {
    (
      SlotCounts(requests: interval.Nc, errors: interval.Ec, latency: interval.Hc),
      SlotCounts(requests: interval.Nb, errors: interval.Eb, latency: interval.Hb)
    )
  }

  @Test("What is known from before the rollout agrees with the reference")
  func referenceFigures() {
    let reference = Self.reference()
    #expect(near(reference.errors.rate, Self.vector.p_ref))
    #expect(near(reference.scores, Self.vector.z_scores, 1e-12))
    #expect([0.05, 0.05, 0.01, 0.01].map { reference.slowBucket(share: $0) } == Self.vector.tail_index)
  }

  @Test("Every interval of the reference process: bets, capital, evidence, decision")
  func process() {
    var comparison = SequentialComparison(design: ComparisonDesign(guardFactor: 0), reference: Self.reference())
    #expect(near(comparison.components.map(\.logPrior), Self.vector.log_q))
    for (interval, expected) in zip(Self.vector.intervals, Self.vector.expected) {
      let counts = Self.counts(interval)
      if interval.gap {
        comparison.observeGap()
      } else {
        comparison.observe(candidate: counts.candidate, stable: counts.stable)
      }
      let components = comparison.components
      #expect(near(components.map(\.latestLogEValue), expected.log_e))
      #expect(near(components.map(\.logWealth), expected.logW.map { $0 ?? -.infinity }))
      #expect(near(comparison.logEvidence, expected.logE))
      #expect((comparison.logEvidence >= -log(0.01)) == expected.rollback_1pct)
      #expect((comparison.logEvidence >= -log(0.05)) == expected.rollback_5pct)
    }
    #expect(comparison.intervals == Self.vector.expected.count)
    #expect(comparison.rejects(alpha: 0.01))
    #expect(near(comparison.pValue, exp(-comparison.peakLogEvidence)))
  }

  @Test("The ratios and bursts of the reference process")
  func ratios() {
    let rate = Self.reference().errors.rate
    let excesses = [0.5, 1.5, 4].map { $0 * rate } + [0.01, 0.03, 0.10, 0.50]
    #expect(near(excesses, Self.vector.D))
    for (interval, expected) in zip(Self.vector.intervals, Self.vector.expected) {
      let gated = excesses.map { excess in
        EventRatio.gatedRatio(
          excess: excess, referenceRate: rate, events: Double(interval.Ec + interval.Eb), exposure: Double(interval.Nc + interval.Nb),
          share: Double(interval.Nc) / Double(interval.Nc + interval.Nb))
      }
      #expect(near(gated.map(\.ratio), expected.r_err_used))
      #expect(gated.map(\.burst) == expected.burst)
    }
  }

  @Test("The standard design is that of the reference")
  func design() {
    let config = Vectors.all.config
    let tails = zip(config.tailShares, config.tailRatios).map { EvidenceFamily.TailAlternative(share: $0, ratio: $1) }
    let families = [
      EvidenceFamily(
        name: "errors", weight: config.errorWeight, alternatives: .errors(multiples: config.ratios.map { $0 - 1 }, shares: config.shares)),
      EvidenceFamily(name: "latency", weight: config.shiftWeight, alternatives: .shift(config.deltas)),
      EvidenceFamily(name: "latency tail", weight: config.tailWeight, alternatives: .tail(tails)),
    ]
    #expect(
      ComparisonDesign.standard
        == ComparisonDesign(
          families: families, firstOnset: config.firstOnset, horizon: config.horizon, latencyWarmup: config.warmup, guardFactor: 2))
  }

  @Test("Names say what each alternative bets on, and the leading one is the fault that is there")
  func names() {
    var comparison = SequentialComparison(
      reference: ComparisonReference(blocks: [ReferenceBlock(requests: 9999, events: 99)], histogram: [90, 6, 3, 1]))
    #expect(comparison.leading == nil)
    #expect(
      comparison.components.map(\.name) == [
        "errors ×1.5", "errors ×2.5", "errors ×5", "errors +1 % of requests", "errors +3 % of requests", "errors +10 % of requests",
        "errors +50 % of requests", "latency +0.25 σ", "latency +0.5 σ", "latency +1 σ", "latency +2 σ", "×1.6 requests above p95",
        "×4 requests above p95", "×2.5 requests above p99", "×10 requests above p99",
      ])
    comparison.observe(candidate: SlotCounts(requests: 50, errors: 30), stable: SlotCounts(requests: 950, errors: 9))
    #expect(comparison.leading?.name == "errors +50 % of requests")
    #expect(comparison.families.map(\.name) == ["errors", "latency", "latency tail"])
    #expect(comparison.families[0].logEvidence > 50)
    #expect(comparison.families[1].logEvidence == 0)
  }

  @Test("The families' evidence, weighted, is the whole evidence")
  func families() {
    var comparison = SequentialComparison(design: ComparisonDesign(latencyWarmup: 0), reference: Self.reference())
    for interval in Self.vector.intervals {
      let counts = Self.counts(interval)
      comparison.observe(candidate: counts.candidate, stable: counts.stable)
    }
    let sum = logSumExp(zip(comparison.families, [0.5, 0.25, 0.25]).map { $0.logEvidence + log($1) })
    #expect(near(sum, comparison.logEvidence))
  }

  @Test("The rate before the rollout leaves out the fifth of blocks with the highest rates")
  func rate() {
    let blocks = [0, 1, 2, 3, 40].map { ReferenceBlock(requests: 100, events: $0) }
    #expect(ReferenceRate(blocks: blocks).rate == 7.0 / 401)
    #expect(ReferenceRate(blocks: []).rate == 0.01)
    #expect(ReferenceRate(blocks: [ReferenceBlock(requests: 0, events: 0), ReferenceBlock(requests: 9, events: 0)]).rate == 0.1)
    #expect(ReferenceRate(blocks: [ReferenceBlock(requests: 1, events: 0)]).rate == 0.5)
    let impossible = [ReferenceBlock(requests: 0, events: 3), ReferenceBlock(requests: 90, events: -1)]
    #expect(ReferenceRate(blocks: impossible + [ReferenceBlock(requests: 9, events: 0)]).rate == 0.1)
    let halves = [ReferenceBlock.Halves(first: 10, second: 30), ReferenceBlock.Halves(first: 20, second: 20)]
    #expect(near(ReferenceRate(blocks: halves.map { ReferenceBlock(requests: 4000, events: 40, halves: $0) }).squaredVariation, 0.2))
  }

  @Test("Slots that vary on their own are believed less")
  func overdispersed() {
    let halves = [ReferenceBlock.Halves(first: 10, second: 30), ReferenceBlock.Halves(first: 20, second: 20)]
    let blocks = halves.map { ReferenceBlock(requests: 4000, events: 40, halves: $0) }
    let reference = ComparisonReference(blocks: blocks, histogram: [])
    #expect(near(reference.errors.squaredVariation, 0.2))
    let counts = (SlotCounts(requests: 500, errors: 15), SlotCounts(requests: 500, errors: 5))
    var guarded = SequentialComparison(reference: reference)
    var bold = SequentialComparison(design: ComparisonDesign(guardFactor: 0), reference: reference)
    guarded.observe(candidate: counts.0, stable: counts.1)
    bold.observe(candidate: counts.0, stable: counts.1)
    // φ = 1 + 2 · 2 · 0.2 · 20 · 0.25 = 5
    #expect(near(guarded.components[1].latestLogEValue * 5, bold.components[1].latestLogEValue))
  }

  @Test("Capital that waits for a later onset is used up after the horizon")
  func onset() {
    var comparison = SequentialComparison(
      design: ComparisonDesign(firstOnset: 0.6, horizon: 4), reference: ComparisonReference(blocks: [], histogram: []))
    var evidence: [Double] = []
    for _ in 0..<7 {
      comparison.observeGap()
      evidence.append(exp(comparison.logEvidence))
    }
    #expect(near(evidence, [0.6, 0.7, 0.8, 0.9, 1, 1, 1], 1e-12))
  }

  @Test("A missing interval, an empty slot and impossible figures are no evidence")
  func missing() {
    let reference = Self.reference()
    var gaps = SequentialComparison(reference: reference)
    gaps.observeGap()
    for (candidate, stable) in [
      (SlotCounts(requests: 0, errors: 0), SlotCounts(requests: 500, errors: 3)),
      (SlotCounts(requests: 500, errors: 30), SlotCounts(requests: 0, errors: 0)),
      (SlotCounts(requests: 10, errors: 11), SlotCounts(requests: 500, errors: 3)),
      (SlotCounts(requests: 10, errors: -1), SlotCounts(requests: 500, errors: 3)),
    ] {
      var other = SequentialComparison(reference: reference)
      other.observe(candidate: candidate, stable: stable)
      #expect(other.logEvidence == gaps.logEvidence)
      #expect(other.components == gaps.components)
    }
  }

  @Test("Without a histogram errors have all the capital")
  func noLatency() {
    let comparison = SequentialComparison(reference: ComparisonReference(blocks: [], histogram: []))
    #expect(near(logSumExp(comparison.components.map(\.logPrior)), 0))
    #expect(comparison.families.map(\.name) == ["errors"])
  }

  @Test("A histogram with other buckets than the reference's is not compared")
  func otherBuckets() {
    var comparison = SequentialComparison(design: ComparisonDesign(latencyWarmup: 0), reference: Self.reference())
    comparison.observe(
      candidate: SlotCounts(requests: 50, errors: 0, latency: [0, 50]), stable: SlotCounts(requests: 50, errors: 0, latency: [50, 0]))
    #expect(comparison.components[7...].allSatisfy { $0.latestLogEValue == 0 })
  }

  @Test("Counters of any kind are compared by exposure, next to errors and latency")
  func counters() {
    let reference = ComparisonReference(blocks: [], histogram: [], counters: [[ReferenceBlock(requests: 999, events: 9)]])
    var comparison = SequentialComparison(design: .counting(["crashes", "logins"]), reference: reference)
    #expect(comparison.families.map(\.name) == ["errors", "crashes", "logins"])
    comparison.observe(
      candidate: SlotCounts(
        requests: 100, errors: 0,
        counters: [.init(events: 4, exposure: 100), .init(events: 2, exposure: 0.5)]),
      stable: SlotCounts(requests: 100, errors: 0, counters: [.init(events: 0, exposure: 300), .init(events: 1, exposure: 1.5)]))
    let latest = comparison.components[7...].map(\.latestLogEValue)
    let ratios = [1.5, 2.5, 5, 20]
    #expect(comparison.components.map(\.name)[7...].first == "crashes ×1.5")
    #expect(
      near(
        Array(latest),
        ratios.map { EventRatio.logEValue(candidateEvents: 4, stableEvents: 0, share: 0.25, ratio: $0) }
          + ratios.map { EventRatio.logEValue(candidateEvents: 2, stableEvents: 1, share: 0.25, ratio: $0) }))
  }

  @Test("Each counter has as much capital as errors, and as latency")
  func counterWeights() {
    let reference = ComparisonReference(blocks: [], histogram: [90, 6, 3, 1])
    let comparison = SequentialComparison(design: .counting(["crashes"]), reference: reference)
    let shares = comparison.families.map { family in
      exp(logSumExp(comparison.components.filter { $0.family == family.name }.map(\.logPrior)))
    }
    let expected: [Double] = [1.0 / 3, 1.0 / 6, 1.0 / 6, 1.0 / 3]
    #expect(near(shares, expected, 1e-12))
    #expect(ComparisonDesign.counting([]) == .standard)
  }

  @Test("Before the first interval there is no evidence")
  func start() {
    let comparison = SequentialComparison(reference: Self.reference())
    #expect(comparison.logEvidence == 0)
    #expect(comparison.peakLogEvidence == 0)
    #expect(comparison.pValue == 1)
    #expect(comparison.components.allSatisfy { $0.latestLogEValue == 0 && $0.logWealth == -.infinity })
  }

  @Test("A design keeps within what can be")
  func bounds() {
    let low = ComparisonDesign(firstOnset: -1, horizon: 0, latencyWarmup: -3, guardFactor: -1)
    #expect(low == ComparisonDesign(firstOnset: 0, horizon: 1, latencyWarmup: 0, guardFactor: 0))
    #expect(low.firstOnset == 0 && low.horizon == 1)
    #expect(low.latencyWarmup == 0 && low.guardFactor == 0)
    #expect(ComparisonDesign(errorTolerance: -1).errorTolerance == 0)
    #expect(ComparisonDesign(firstOnset: 2).firstOnset == 1)
  }

  @Test("Without any family there is never evidence")
  func empty() {
    var comparison = SequentialComparison(design: ComparisonDesign(families: []), reference: Self.reference())
    comparison.observe(candidate: SlotCounts(requests: 50, errors: 50), stable: SlotCounts(requests: 50, errors: 0))
    #expect(comparison.logEvidence == 0)
    #expect(comparison.families == [])
  }

  @Test("The first bucket counts towards the share, and latency needs both slots")
  func latencyShare() {
    let reference = ComparisonReference(blocks: [], histogram: [50, 40, 10])
    func bet(_ own: [Int], _ others: [Int]) -> [Double] {
      var comparison = SequentialComparison(design: ComparisonDesign(latencyWarmup: 0), reference: reference)
      comparison.observe(
        candidate: SlotCounts(requests: 100, errors: 0, latency: own), stable: SlotCounts(requests: 100, errors: 0, latency: others))
      return comparison.components[7..<11].map(\.latestLogEValue)
    }
    let expected = [0.25, 0.5, 1, 2].map { delta in
      LatencyShift.logEValue(
        candidate: [10, 20, 20], stable: [70, 60, 20], scores: reference.scores, delta: delta, share: 0.25)
    }
    #expect(near(bet([10, 20, 20], [70, 60, 20]), expected))
    #expect(bet([0, 0, 0], [70, 60, 20]) == [0, 0, 0, 0])
    #expect(bet([10, 20, 20], [0, 0, 0]) == [0, 0, 0, 0])
    #expect(bet([0, 0, 1], [1, 0, 0])[2] > 0)
  }

  @Test("A counter that is missing, or without exposure in one slot, is no evidence")
  func missingCounters() {
    let reference = ComparisonReference(blocks: [], histogram: [], counters: [[ReferenceBlock(requests: 999, events: 9)]])
    func bets(_ own: [SlotCounts.EventCount], _ others: [SlotCounts.EventCount]) -> [Double] {
      var comparison = SequentialComparison(design: .counting(["crashes"]), reference: reference)
      comparison.observe(
        candidate: SlotCounts(requests: 1, errors: 0, counters: own), stable: SlotCounts(requests: 1, errors: 0, counters: others))
      return comparison.components[7...].map(\.latestLogEValue)
    }
    let some = [SlotCounts.EventCount(events: 4, exposure: 1)]
    let nothing = [0.0, 0, 0, 0]
    #expect(bets([], some) == nothing && bets(some, []) == nothing)
    #expect(bets([.init(events: 4, exposure: 0)], some) == nothing)
    #expect(bets(some, [.init(events: 4, exposure: 0)]) == nothing)
    #expect(bets([.init(events: -1, exposure: 1)], some) == nothing)
    #expect(bets(some, [.init(events: -1, exposure: 1)]) == nothing)
    #expect(bets(some, [.init(events: 0, exposure: 0.5)]) != nothing)
  }

  @Test("None against four is evidence for the candidate, in however little exposure")
  func littleExposure() {
    // 5000 events in 100 units before: four in 0.08 units are usual. w = 0.25, so −4 ln(1 + 0.25 (r − 1)).
    let reference = ComparisonReference(blocks: [], histogram: [], counters: [[ReferenceBlock(requests: 99, events: 4999)]])
    var comparison = SequentialComparison(design: .counting(["crashes"]), reference: reference)
    let (own, others) = (SlotCounts.EventCount(events: 0, exposure: 0.02), SlotCounts.EventCount(events: 4, exposure: 0.06))
    comparison.observe(
      candidate: SlotCounts(requests: 1, errors: 0, counters: [own]), stable: SlotCounts(requests: 1, errors: 0, counters: [others]))
    let expected = [1.5, 2.5, 5, 20].map { -4 * log(1 + 0.25 * ($0 - 1)) }
    #expect(near(comparison.components[7...].map(\.latestLogEValue), expected))
  }

  @Test("A tolerance for errors is none for counters")
  func counterTolerance() {
    let reference = ComparisonReference(blocks: [], histogram: [], counters: [[ReferenceBlock(requests: 999, events: 9)]])
    let crashes = EvidenceFamily.counter("crashes", index: 0, weight: 1)
    var comparison = SequentialComparison(design: ComparisonDesign(families: [crashes], errorTolerance: 1), reference: reference)
    let (own, others) = (SlotCounts.EventCount(events: 3, exposure: 25), SlotCounts.EventCount(events: 5, exposure: 475))
    comparison.observe(
      candidate: SlotCounts(requests: 25, errors: 0, counters: [own]), stable: SlotCounts(requests: 475, errors: 0, counters: [others]))
    let expected = [1.5, 2.5, 5, 20].map { 3 * log($0) - 8 * log(1 + 0.05 * ($0 - 1)) }
    #expect(near(comparison.components.map(\.latestLogEValue), expected))
  }

  @Test("Weights count relative to one another, however small; a family with a negative one gets nothing")
  func weights() {
    func family(_ name: String, _ weight: Double, _ multiples: [Double]) -> EvidenceFamily {
      EvidenceFamily(name: name, weight: weight, alternatives: .errors(multiples: multiples, shares: []))
    }
    let reference = ComparisonReference(blocks: [], histogram: [])
    func shares(_ families: [EvidenceFamily]) -> [Double] {
      SequentialComparison(design: ComparisonDesign(families: families), reference: reference).components.map { exp($0.logPrior) }
    }
    #expect(near(shares([family("few", 0.01, [1]), family("many", 0.03, [4, 9])]), [0.25, 0.375, 0.375]))
    #expect(near(shares([family("few", -0.01, [1]), family("many", 0.03, [4, 9])]), [0.5, 0.5]))
    let latency = EvidenceFamily(name: "latency", weight: 1, alternatives: .shift([1]))
    let nothing = SequentialComparison(design: ComparisonDesign(families: [latency]), reference: reference)
    #expect(nothing.components == [] && nothing.families == [])
  }

  @Test("One request in each slot is an interval; errors may be all of them")
  func least() {
    var comparison = SequentialComparison(reference: ComparisonReference(blocks: [], histogram: []))
    comparison.observe(candidate: SlotCounts(requests: 1, errors: 1), stable: SlotCounts(requests: 1, errors: 0))
    #expect(near(comparison.components[0].latestLogEValue, log(1.5) - log(1.25)))
  }
}
