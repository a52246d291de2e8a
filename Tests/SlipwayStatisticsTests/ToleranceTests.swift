import Foundation
import SlipwayStatistics
import Testing

@Suite("Bets against a tolerated ratio")
struct ToleratedRatioTests {
  @Test("The worked example: 3 of 25 requests against 5 of 475, r = 5 against a tolerated 1.5")
  func example() {
    let logE = EventRatio.logEValue(candidateEvents: 3, stableEvents: 5, share: 0.05, ratio: 5, tolerated: 1.5)
    #expect(near(logE, 3 * log(10.0 / 3) - 8 * log(1.2 / 1.025)))
    #expect(near(logE, 2.3509, 1e-4))
    #expect(near(EventRatio.eventShare(0.5, ratio: 1.5), 0.6))
  }

  @Test("Nothing tolerated is the bet as it was, and a ratio within what is tolerated is no bet")
  func limits() {
    let plain = EventRatio.logEValue(candidateEvents: 7, stableEvents: 4, share: 0.3, ratio: 2.5)
    #expect(near(EventRatio.logEValue(candidateEvents: 7, stableEvents: 4, share: 0.3, ratio: 2.5, tolerated: 1), plain))
    for ratio in [0.5, 1.2, 1.5] {
      #expect(EventRatio.logEValue(candidateEvents: 7, stableEvents: 4, share: 0.3, ratio: ratio, tolerated: 1.5) == 0)
    }
  }

  @Test("The expectation is at most one at every ratio that is tolerated, for Poisson counts and for requests that fail one by one")
  func expectation() {
    for share in [0.05, 0.5, 0.9] {
      for ratio in [2.5, 11.0] {
        for truth in [0.5, 1, 1.25, 1.5] {
          // What one event of each slot multiplies the capital by.
          let one = exp(EventRatio.logEValue(candidateEvents: 1, stableEvents: 0, share: share, ratio: ratio, tolerated: 1.5))
          let other = exp(EventRatio.logEValue(candidateEvents: 0, stableEvents: 1, share: share, ratio: ratio, tolerated: 1.5))
          let place = EventRatio.eventShare(share, ratio: truth)
          #expect(place * one + (1 - place) * other <= 1 + 1e-12)
          let (stable, requests) = (0.04, 100.0)
          let ofCandidate = pow(1 + stable * truth * (one - 1), requests * share)
          let ofStable = pow(1 + stable * (other - 1), requests * (1 - share))
          #expect(ofCandidate * ofStable <= 1 + 1e-12)
        }
      }
    }
  }

  private static let blocks = [ReferenceBlock(requests: 99_999, events: 1_999)]

  @Test("Alternatives within the tolerance are dropped, and their capital goes to the others")
  func dropped() {
    let design = ComparisonDesign(errorTolerance: 0.6)
    let comparison = SequentialComparison(design: design, reference: ComparisonReference(blocks: Self.blocks, histogram: []))
    // p = 0.02: 1.5 times and one point more, also 1.5 times, are tolerated.
    #expect(
      comparison.components.map(\.name) == [
        "errors ×2.5", "errors ×5", "errors +3 % of requests", "errors +10 % of requests", "errors +50 % of requests",
      ])
    #expect(near(comparison.components.reduce(0) { $0 + exp($1.logPrior) }, 1))
  }

  @Test("An alternative is dropped at exactly the tolerance and kept just above it", arguments: [0.05, 0.1, 0.2, 0.5, 0.7])
  func edge(tolerance: Double) {
    let errors = EvidenceFamily(name: "errors", weight: 1, alternatives: .errors(multiples: [tolerance, tolerance + 0.01], shares: []))
    let comparison = SequentialComparison(
      design: ComparisonDesign(families: [errors], errorTolerance: tolerance),
      reference: ComparisonReference(blocks: Self.blocks, histogram: []))
    #expect(comparison.components.count == 1)
    #expect(near(exp(comparison.components.first?.logPrior ?? 1), 1))
    // 3 of 25 requests against 5 of 475, as in the worked example.
    var observed = comparison
    observed.observe(candidate: SlotCounts(requests: 25, errors: 3), stable: SlotCounts(requests: 475, errors: 5))
    let (ratio, tolerated) = (1.01 + tolerance, 1 + tolerance)
    let growth: Double = (0.95 + 0.05 * ratio) / (0.95 + 0.05 * tolerated)
    #expect(near(observed.components.first?.latestLogEValue ?? .nan, 3 * log(ratio / tolerated) - 8 * log(growth)))
  }

  @Test("The comparison bets as the worked example does, and the guard counts events at the share that is tolerated")
  func compared() {
    // p = 81 / 8100 = 0.01, so four more make r = 5; CV² = 0.2 as in the example of the two halves.
    let blocks = [
      ReferenceBlock(requests: 4000, events: 40, halves: .init(first: 10, second: 30)),
      ReferenceBlock(requests: 4099, events: 40, halves: .init(first: 20, second: 20)),
    ]
    let errors = EvidenceFamily(name: "errors", weight: 1, alternatives: .errors(multiples: [4], shares: []))
    let (logE, place) = (3 * log(10.0 / 3) - 8 * log(1.2 / 1.025), 0.075 / 1.025)
    for factor in [0.0, 2] {
      let design = ComparisonDesign(families: [errors], guardFactor: factor, errorTolerance: 0.5)
      var comparison = SequentialComparison(design: design, reference: ComparisonReference(blocks: blocks, histogram: []))
      comparison.observe(candidate: SlotCounts(requests: 25, errors: 3), stable: SlotCounts(requests: 475, errors: 5))
      let discount = 1 + 2 * factor * 0.2 * 8 * place * (1 - place)
      #expect(near(comparison.components[0].latestLogEValue, logE / discount))
    }
  }

  /// Of so many rollouts, how many alarm whose candidate fails this many times as often.
  private static func alarms(times: Double, tolerance: Double, runs: Int, bursts: Bool) -> Int {
    (0..<runs).count { seed in
      var generator = SeededGenerator(seed: UInt64(seed))
      var comparison = SequentialComparison(
        design: ComparisonDesign(errorTolerance: tolerance), reference: ComparisonReference(blocks: blocks, histogram: []))
      for _ in 0..<60 {
        let rate = bursts && generator.uniform() < 0.1 ? 0.2 : 0.02
        comparison.observe(
          candidate: SlotCounts(requests: 2000, errors: generator.poisson(2000 * rate * times)),
          stable: SlotCounts(requests: 6000, errors: generator.poisson(6000 * rate)))
      }
      return comparison.rejects(alpha: 0.05)
    }
  }

  @Test("A candidate that is worse by exactly what is tolerated alarms at most as often as alpha says, with and without bursts in both")
  func falseAlarms() {
    for bursts in [false, true] {
      let alarms = Self.alarms(times: 1.5, tolerance: 0.5, runs: 300, bursts: bursts)
      // At a rate of 5 %, more than 25 of 300 come about once in 130 tries.
      #expect(alarms <= 25, "\(alarms) of 300")
      #expect(Self.alarms(times: 1.5, tolerance: 0, runs: 20, bursts: bursts) == 20, "without a tolerance it is worse")
      #expect(Self.alarms(times: 3, tolerance: 0.5, runs: 20, bursts: bursts) == 20, "twice what is tolerated is found")
    }
  }

  @Test("The expectation of the proof is at most one for a candidate that is worse by the tolerance and the margin")
  func nonInferiority() {
    let (margin, tolerance, stable, share) = (0.05, 0.5, 0.1, 0.3)
    let candidate = (1 + tolerance) * stable + margin
    for fraction in NonInferiority.fractions {
      func e(_ xc: Int, _ nc: Int, _ xb: Int, _ nb: Int) -> Double {
        let bet = fraction / (1 / share - margin)
        return xc > 0 ? 1 - fraction : xb > 0 ? 1 + bet * ((1 + tolerance) / (1 - share) + margin) : 1 + bet * margin
      }
      let ours = candidate * e(1, 1, 0, 0) + (1 - candidate) * e(0, 1, 0, 0)
      let others = stable * e(0, 0, 1, 1) + (1 - stable) * e(0, 0, 0, 1)
      #expect(abs(share * ours + (1 - share) * others - 1) < 1e-12)
      // The same figures as the function has: 30 requests and 70, of which 3 and 5 failed.
      let logE = NonInferiority.logEValue(
        candidateEvents: 3, candidateRequests: 30, stableEvents: 5, stableRequests: 70, margin: margin, tolerance: tolerance,
        fraction: fraction)
      #expect(near(logE, 3 * log(e(1, 1, 0, 0)) + 5 * log(e(0, 0, 1, 1)) + 92 * log(e(0, 1, 0, 0))))
    }
  }

  @Test("The forecast knows the tolerance: what is tolerated is never found, what is beyond it later than without")
  func forecast() throws {
    let reference = ComparisonReference(blocks: Self.blocks, histogram: [])
    func detection(_ times: Double, tolerance: Double) -> DetectionForecast.Detection? {
      DetectionForecast(design: ComparisonDesign(errorTolerance: tolerance), reference: reference)
        .detection(of: .errorsMultiplied(by: times), requestsPerSecond: 100, share: 0.5, interval: 10)
    }
    #expect(detection(1.5, tolerance: 0.5) == nil)
    let (strict, tolerant) = (try #require(detection(3, tolerance: 0)), try #require(detection(3, tolerance: 0.5)))
    #expect(strict.median < tolerant.median && tolerant.median < 300)
  }
}
