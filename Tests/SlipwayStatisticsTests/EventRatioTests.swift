import Foundation
import SlipwayStatistics
import Testing

@Suite("Events of the candidate against the stable slot's")
struct EventRatioTests {
  @Test("Every reference case of the event ratio")
  func vectors() {
    #expect(Vectors.all.binary.count == 72)
    for c in Vectors.all.binary {
      let share = c.Nc / (c.Nc + c.Nb)
      let logE = EventRatio.logEValue(candidateEvents: c.Xc, stableEvents: c.Xb, share: share, ratio: c.r)
      #expect(near(logE, c.log_e), "\(c)")
    }
  }

  @Test("The worked example: three errors of 25 against five of 475")
  func example() {
    let logE = EventRatio.logEValue(candidateEvents: 3, stableEvents: 5, share: 0.05, ratio: 5)
    #expect(near(logE, 3 * log(5) - 8 * log(1.2)))
    #expect(near(logE, 3.3697, 5e-5))
  }

  @Test("Without requests in one slot there is no evidence", arguments: [0.0, 1.0])
  func nothing(share: Double) {
    #expect(EventRatio.logEValue(candidateEvents: 3, stableEvents: 2, share: share, ratio: 5) == 0)
  }

  @Test("The expectation under equal rates is at most one, and exactly one for Poisson counts")
  func expectation() {
    for share in [0.05, 0.3, 0.9] {
      for ratio in [1.5, 5, 60] {
        for events in 0...12 {
          var sum = 0.0
          for candidate in 0...events {
            let ways = exp(logGamma(Double(events + 1)) - logGamma(Double(candidate + 1)) - logGamma(Double(events - candidate + 1)))
            let chance = ways * pow(share, Double(candidate)) * pow(1 - share, Double(events - candidate))
            sum +=
              chance
              * exp(
                EventRatio.logEValue(
                  candidateEvents: Double(candidate), stableEvents: Double(events - candidate), share: share, ratio: ratio))
          }
          #expect(near(sum, 1), "\(events) events, share \(share), ratio \(ratio)")
        }
      }
    }
  }

  @Test("Every reference case of the burst gate")
  func gate() {
    #expect(Vectors.all.gatedRatio.count == 7)
    for c in Vectors.all.gatedRatio {
      let gated = EventRatio.gatedRatio(excess: c.D, referenceRate: c.p_ref, events: c.E, exposure: c.N, share: c.w)
      #expect(gated.burst == c.burst && near(gated.ratio, c.r), "\(c)")
    }
  }

  @Test("The gate opens just above three deviations and two events, not at them")
  func gateEdge() {
    // N (p + wD) = 1000 (0.003 + 0.5 · 0.002) = 4; 4 + 3 · 2 + 2 = 12.
    func burst(_ events: Double) -> Bool {
      EventRatio.gatedRatio(excess: 0.002, referenceRate: 0.003, events: events, exposure: 1000, share: 0.5).burst
    }
    #expect(!burst(12))
    #expect(burst(12.001))
  }

  @Test("The worked example of a burst: 60 events in 500 requests")
  func burstExample() {
    let gated = EventRatio.gatedRatio(excess: 0.01, referenceRate: 0.001, events: 60, exposure: 500, share: 0.05)
    #expect(gated.burst)
    #expect(near(gated.ratio, 1 + 0.01 / 0.1195))
  }

  @Test("Every reference case of the variation between halves and of the discount")
  func overdispersion() {
    let c = Vectors.all.overdispersion
    let cv2 = Overdispersion.squaredVariation(first: c.half1, second: c.half2)
    #expect(near(cv2, c.cv2))
    for phi in c.phi {
      #expect(near(Overdispersion.discount(squaredVariation: cv2, events: phi.E, share: phi.w, factor: phi.k), phi.phi), "\(phi)")
    }
    #expect(near(Overdispersion.squaredVariation(first: [10, 20], second: [30, 20]), 0.2))
    // A single event tells nothing of variation, and is one event more: (400/40 − 1 + 1/1 − 1) / (40/2 + 1/2).
    #expect(near(Overdispersion.squaredVariation(first: [10, 1], second: [30, 0]), 9 / 20.5))
    #expect(Overdispersion.squaredVariation(first: [5, 5, 0], second: [5, 5, 0]) == 0)
    #expect(Overdispersion.squaredVariation(first: [], second: []) == 0)
    // The sum 8 has the variance 2 · 2 · (1 − 1/40) = 3.9.
    let reduced = Overdispersion.squaredVariation(first: [10, 20], second: [30, 20], reduction: 1)
    #expect(near(reduced, (8 - 3.9.squareRoot()) / 40))
    #expect(Overdispersion.squaredVariation(first: [20, 0], second: [20, 0], reduction: 1) == 0)
  }
}
