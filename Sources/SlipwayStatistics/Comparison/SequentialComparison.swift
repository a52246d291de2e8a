import FoundationEssentials

#if canImport(Glibc)
  import Glibc
#else
  import Darwin
#endif

/// Evidence that the candidate is worse than the stable slot, gathered interval by interval and valid at every look.
///
/// Each alternative j holds capital W: logW ← ln(e^logW + π) + ln e. The evidence is E = Σ qⱼ Wⱼ, an e-process under "no worse":
/// P(E ≥ 1/alpha at any time) ≤ alpha (Ville), however many metrics, effect sizes, onsets and looks there are. π is
/// ``ComparisonDesign/firstOnset`` in an alternative's first interval and the rest spread over the horizon (a mixture over the times
/// at which a fault may begin, as in Shin, Ramdas and Rinaldo, "E-detectors", 2024).
///
/// Valid under the conditions of each family's e-value, see ``EventRatio`` and ``LatencyShift``. Deterministic: the same counts give
/// the same figures. Nothing is allocated by ``observe(candidate:stable:)``.
///
/// Example: docs/statistics.md follows one verdict by hand: 14 errors of 500 against 5 of 500, then 16 against 4, make E = 120.2865.
package struct SequentialComparison: Sendable {
  package let design: ComparisonDesign
  package let reference: ComparisonReference
  /// Intervals seen, missing ones included.
  package private(set) var intervals = 0
  /// ln E, 0 before the first interval. Go back when it reaches ln(1/alpha).
  package private(set) var logEvidence = 0.0
  /// The largest ``logEvidence`` so far; exp of its negative is the always-valid p-value.
  package private(set) var peakLogEvidence = 0.0

  let table: BetTable
  /// logW of each alternative; −∞ before its first interval.
  private(set) var logWealth: [Double]
  /// ln e of each alternative in the latest interval; 0 where there was nothing to compare.
  private(set) var latest: [Double]

  package init(design: ComparisonDesign = .standard, reference: ComparisonReference) {
    self.design = design
    self.reference = reference
    table = BetTable(design: design, reference: reference)
    logWealth = [Double](repeating: -.infinity, count: table.bets.count)
    latest = [Double](repeating: 0, count: table.bets.count)
  }

  /// min(1, 1 / largest evidence): at or below alpha with probability at most alpha, if the candidate is no worse. Example: evidence that
  /// went up to 120.2865 and came down again: 0.0083.
  package var pValue: Double { exp(-peakLogEvidence) }

  /// Whether the evidence has ever reached 1/alpha.
  package func rejects(alpha: Double) -> Bool { peakLogEvidence >= -log(alpha) }

  /// Takes an interval for which one slot's figures are missing: no evidence either way, time passes.
  package mutating func observeGap() {
    for index in latest.indices { latest[index] = 0 }
    advance()
  }

  /// Takes what each alternative would make of an interval, for calculations about expected counts.
  mutating func observe(logEValues: [Double]) {
    for index in latest.indices { latest[index] = intervals >= table.bets[index].start ? logEValues[index] : 0 }
    advance()
  }

  /// Takes the counts of both slots for the next interval. Without requests in one of the slots, or with more errors than
  /// requests, the interval counts as missing; a histogram with other buckets than the reference's is not used.
  package mutating func observe(candidate: SlotCounts, stable: SlotCounts) {
    guard candidate.isConsistent, stable.isConsistent, candidate.requests > 0, stable.requests > 0 else { return observeGap() }
    let buckets = reference.histogram.count
    var share = 0.0
    if candidate.latency.count == buckets, stable.latency.count == buckets, intervals >= design.latencyWarmup {
      let total = LatencyShift.slow(candidate.latency, from: 0)
      let others = LatencyShift.slow(stable.latency, from: 0)
      if total > 0, others > 0 { share = Double(total) / Double(total + others) }
    }
    for index in table.bets.indices {
      let bet = table.bets[index]
      switch bet.kind {
      case .events(let counter, let excess):
        latest[index] = eventBet(bet, counter: counter, excess: excess, candidate, stable)
      case .shift(let row):
        latest[index] = share > 0 ? shiftBet(row: row, share: share, candidate.latency, stable.latency) : 0
      case .tail(let bucket):
        latest[index] = share > 0 ? tailBet(bet, bucket: bucket, share: share, candidate.latency, stable.latency) : 0
      }
    }
    advance()
  }

  private func eventBet(
    _ bet: ComponentBet, counter: Int, excess: Double, _ candidate: SlotCounts, _ stable: SlotCounts
  ) -> Double {
    var (xc, xb) = (Double(candidate.errors), Double(stable.errors))
    var (nc, nb) = (Double(candidate.requests), Double(stable.requests))
    var rate = reference.errors
    if counter >= 0 {
      guard counter < candidate.counters.count, counter < stable.counters.count else { return 0 }
      (xc, xb) = (Double(candidate.counters[counter].events), Double(stable.counters[counter].events))
      (nc, nb) = (candidate.counters[counter].exposure, stable.counters[counter].exposure)
      guard nc > 0, nb > 0, xc >= 0, xb >= 0, (nc + nb).isFinite else { return 0 }
      guard counter < reference.counters.count else {
        return EventRatio.logEValue(candidateEvents: xc, stableEvents: xb, share: nc / (nc + nb), ratio: bet.size)
      }
      rate = reference.counters[counter]
    }
    let events = xc + xb
    var share = nc / (nc + nb)
    let gated = EventRatio.gatedRatio(
      excess: excess, referenceRate: rate.rate, events: events, exposure: nc + nb, share: share)
    let logE: Double
    if counter < 0, design.errorTolerance > 0 {
      let tolerated = 1 + design.errorTolerance
      logE = EventRatio.logEValue(candidateEvents: xc, stableEvents: xb, share: share, ratio: gated.ratio, tolerated: tolerated)
      share = EventRatio.eventShare(share, ratio: tolerated)
    } else {
      let logRatio = gated.burst ? log(gated.ratio) : bet.logRatio
      logE = xc * logRatio - events * log1p(share * (gated.ratio - 1))
    }
    return logE
      / Overdispersion.discount(
        squaredVariation: rate.squaredVariation, events: events, share: share, factor: design.guardFactor)
  }

  /// ln(1 + x) by `log`, three times as fast as `log1p`: x is not near −1, and an error of 1e-16 per request does not matter here.
  private func shiftBet(row: Int, share: Double, _ candidate: [Int], _ stable: [Int]) -> Double {
    table.shiftLogRatios.withUnsafeBufferPointer { logRatios in
      table.shiftGrowths.withUnsafeBufferPointer { growths in
        var sum = 0.0
        for bucket in 0..<min(candidate.count, stable.count) {
          let (own, others) = (candidate[bucket], stable[bucket])
          if own + others <= 0 { continue }
          sum += Double(own) * logRatios[row + bucket] - Double(own + others) * log(1 + share * growths[row + bucket])
        }
        return sum
      }
    }
  }

  private func tailBet(_ bet: ComponentBet, bucket: Int, share: Double, _ candidate: [Int], _ stable: [Int]) -> Double {
    let slow = Double(LatencyShift.slow(candidate, from: bucket))
    let others = Double(LatencyShift.slow(stable, from: bucket))
    return slow * bet.logRatio - (slow + others) * log1p(share * (bet.size - 1))
  }

  /// Capital enters, wins or loses; then the evidence is summed up.
  private mutating func advance() {
    let later = log((1 - design.firstOnset) / Double(design.horizon))
    let first = log(design.firstOnset)
    var high = -Double.infinity
    for index in logWealth.indices {
      let age = intervals - table.bets[index].start
      if age < 0 { continue }
      let entering = age == 0 ? first : age <= design.horizon ? later : -.infinity
      let wealth = entering > -.infinity ? logAddExp(logWealth[index], entering) : logWealth[index]
      logWealth[index] = wealth + latest[index]
      high = max(high, table.bets[index].logPrior + logWealth[index])
    }
    intervals += 1
    guard high > -.infinity else { return }
    var sum = 0.0
    for index in logWealth.indices { sum += exp(table.bets[index].logPrior + logWealth[index] - high) }
    logEvidence = high + log(sum)
    peakLogEvidence = max(peakLogEvidence, logEvidence)
  }
}
