import Foundation
import SlipwayStatistics
import Testing

@Suite("Not worse than by a margin")
struct NonInferiorityTests {
  @Test("Every reference case of one interval")
  func vectors() {
    #expect(Vectors.all.nonInferiority.count == 8)
    for c in Vectors.all.nonInferiority {
      let logE = NonInferiority.logEValue(
        candidateEvents: c.Xc, candidateRequests: c.Nc, stableEvents: c.Xb, stableRequests: c.Nb, margin: c.margin, fraction: c.lam_frac)
      #expect(near(logE, c.log_e), "\(c)")
    }
  }

  @Test("The reference process, mixed over five bets")
  func process() {
    #expect(NonInferiority.fractions == Vectors.all.config.fractions)
    var evidence = NonInferiority(margin: 0.10)
    #expect(evidence.logEvidence == 0)
    for (interval, expected) in zip(Vectors.all.process.intervals, Vectors.all.nonInferiorityProcess) {
      if !interval.gap {
        evidence.observe(
          candidateEvents: interval.Ec, candidateRequests: interval.Nc, stableEvents: interval.Eb, stableRequests: interval.Nb)
      }
      #expect(near(evidence.logEvidence, expected))
    }
  }

  @Test("The worked example: no errors in 25 and 475 requests, a margin of 10 points")
  func example() {
    let logE = NonInferiority.logEValue(
      candidateEvents: 0, candidateRequests: 25, stableEvents: 0, stableRequests: 475, margin: 0.1, fraction: 0.95)
    #expect(near(logE, 500 * log(1 + 0.95 * 0.1 / 19.9)) && near(logE, 2.3813, 5e-5))
  }

  @Test("The expectation at the margin is at most one")
  func expectation() {
    let (margin, stableRate, share) = (0.1, 0.2, 0.3)
    for fraction in NonInferiority.fractions {
      let bet = fraction / (1 / share - margin)
      let candidate = (stableRate + margin) * (1 - fraction) + (1 - stableRate - margin) * (1 + bet * margin)
      let stable = stableRate * (1 + bet * (1 / (1 - share) + margin)) + (1 - stableRate) * (1 + bet * margin)
      #expect(share * candidate + (1 - share) * stable <= 1 + 1e-12)
    }
  }

  @Test("Empty slots and impossible figures are no evidence")
  func nothing() {
    var evidence = NonInferiority(margin: 0.1)
    evidence.observe(candidateEvents: 0, candidateRequests: 0, stableEvents: 0, stableRequests: 100)
    evidence.observe(candidateEvents: 5, candidateRequests: 4, stableEvents: 0, stableRequests: 100)
    evidence.observe(candidateEvents: 0, candidateRequests: 100, stableEvents: 0, stableRequests: 0)
    evidence.observe(candidateEvents: -1, candidateRequests: 100, stableEvents: 0, stableRequests: 100)
    evidence.observe(candidateEvents: 0, candidateRequests: 100, stableEvents: -1, stableRequests: 100)
    #expect(evidence == NonInferiority(margin: 0.1))
  }

  @Test("Every reference case of the margins")
  func margins() {
    for (rate, expected) in Vectors.all.margins {
      let margins = [0.1, 0.25, 0.5, 1].map { PromotionMargin.errors(requestsPerSecond: Double(rate) ?? .nan, nextShare: $0) }
      #expect(near(margins, expected))
    }
    #expect(Vectors.all.margins.count == 3)
    #expect(near(PromotionMargin.errors(requestsPerSecond: 5, nextShare: 0.1), 0.5))
    #expect(near(PromotionMargin.errors(requestsPerSecond: 50, nextShare: 1), 0.01))
    #expect(PromotionMargin.errors(requestsPerSecond: 0, nextShare: 1) == 1)
    #expect(PromotionMargin.errors(requestsPerSecond: 0.1, nextShare: 0.5) == 1)
    #expect(PromotionMargin.slowRequests(requestsPerSecond: 50, nextShare: 1) == 0.05)
    #expect(near(PromotionMargin.slowRequests(requestsPerSecond: 50, nextShare: 0.1), 0.1))
  }

  @Test("A margin is a share of requests, and one request in one slot is enough to begin")
  func bounds() {
    #expect(NonInferiority(margin: 2).margin == 1)
    #expect(NonInferiority(margin: -1).margin == 0)
    #expect(NonInferiority(margin: 0, tolerance: -1).tolerance == 0)
    let least = NonInferiority.logEValue(
      candidateEvents: 0, candidateRequests: 1, stableEvents: 0, stableRequests: 1, margin: 0.1, fraction: 0.5)
    let expected: Double = 2 * log(1 + 0.5 / 1.9 * 0.1)
    #expect(near(least, expected))
    #expect(PromotionMargin.errors(requestsPerSecond: 0.5, nextShare: 1) == 0.5)
    #expect(PromotionMargin.errors(requestsPerSecond: 5, nextShare: 0) == 1)
  }
}
