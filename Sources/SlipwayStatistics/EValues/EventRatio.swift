import FoundationEssentials

#if canImport(Glibc)
  import Glibc
#else
  import Darwin
#endif

/// What one interval says about events (errors, slow requests, crashes) of the candidate against those of the stable slot.
///
/// An e-value is a figure whose expectation is at most 1 while the candidate is no worse; products of e-values over intervals
/// stay so, at every look, and reach 1/alpha with probability at most alpha (Ville). All values here are natural logarithms.
package enum EventRatio {
  /// ln e = Xc ln r − (Xc + Xb) ln(1 + w (r − 1)), the bet that the candidate's events are r times as frequent.
  ///
  /// Source: Turner, Ly and Grünwald, "Generic e-variables for exact sequential k-sample tests" (2024), one block per interval;
  /// for Poisson processes it is the conditional binomial of Lindon and Malek (NeurIPS 2022) with θ = wr / (1 − w + wr).
  /// Valid when the requests of the interval have one common event probability, whatever it is and however it changes between
  /// intervals; when the candidate is better; for any sequence of events if requests are assigned at random; for Poisson counts.
  /// Not valid when requests are assigned in clusters (sticky sessions, one bad replica): see ``Overdispersion``.
  ///
  /// Example: 3 of 25 requests against 5 of 475, r = 5: w = 0.05, 3 ln 5 − 8 ln 1.2 = 3.3697.
  ///
  /// - Parameters:
  ///   - candidateEvents: Xc, at least 0.
  ///   - stableEvents: Xb, at least 0.
  ///   - share: w, the candidate's observed share of requests, inside 0...1; at its ends there is nothing to compare: 0.
  ///   - ratio: r, above 0. It may depend on the past and on the sums over both slots, not on which slot had the events.
  package static func logEValue(candidateEvents: Double, stableEvents: Double, share: Double, ratio: Double) -> Double {
    guard share > 0, share < 1 else { return 0 }
    return candidateEvents * log(ratio) - (candidateEvents + stableEvents) * log1p(share * (ratio - 1))
  }

  /// The same bet against a candidate whose events are `tolerated` = ρ times as frequent:
  /// ln e = Xc ln(r/ρ) − (Xc + Xb) ln((1 − w + wr) / (1 − w + wρ)), which is the bet at the ratio r/ρ and the share that such a candidate
  /// has of the events, w' = wρ / (1 − w + wρ).
  ///
  /// Valid for Poisson counts, and when the requests of each slot have one common event probability within the interval, at whatever
  /// ratio up to ρ: then E[e] ≤ 1, by the inequality of the weighted means as for ρ = 1. Not valid, unlike for ρ = 1, by random assignment
  /// alone.
  ///
  /// Example: 3 of 25 requests against 5 of 475, r = 5, ρ = 1.5: w' = 0.075 / 1.025, 3 ln(10/3) − 8 ln(1.2 / 1.025) = 2.3509.
  ///
  /// - Parameter tolerated: ρ, at least 1. A ratio within it wins nothing: 0.
  package static func logEValue(
    candidateEvents: Double, stableEvents: Double, share: Double, ratio: Double, tolerated: Double
  ) -> Double {
    guard ratio > tolerated else { return 0 }
    return logEValue(
      candidateEvents: candidateEvents, stableEvents: stableEvents, share: eventShare(share, ratio: tolerated), ratio: ratio / tolerated)
  }

  /// w' = wρ / (1 − w + wρ): the candidate's share of all events when its are ρ times as frequent. Example: w = 0.5, ρ = 1.5: 0.6.
  package static func eventShare(_ share: Double, ratio: Double) -> Double { share * ratio / (1 - share + share * ratio) }

  /// A ratio to bet on, and whether the interval was taken for a burst that hit both slots.
  package struct GatedRatio: Hashable, Sendable {
    package let ratio: Double
    package let burst: Bool
  }

  /// The ratio r that the alternative "D more events per request" means in an interval.
  ///
  /// Normally r = 1 + D / p. If the interval has more events than that alternative explains, E > m + 3 √m + 2 with
  /// m = N (p + wD), both slots were hit, the rate of the moment is about E / N − wD, and the same excess is a smaller ratio:
  /// r = 1 + D / max(p, E / N − wD). Without this an additive fault under bursts loses what it had won.
  /// Validity is that of ``logEValue(candidateEvents:stableEvents:share:ratio:)``: r depends on the sums E, N and w only.
  ///
  /// Example: D = 0.01, p = 0.001, 60 events in 500 requests, w = 0.05: m = 0.75, 60 > 5.35, r = 1 + 0.01 / 0.1195 = 1.0837.
  ///
  /// - Parameters:
  ///   - excess: D, events per request above the stable slot's.
  ///   - referenceRate: p, events per request before the rollout, above 0.
  ///   - events: E, of both slots.
  ///   - exposure: N, requests of both slots, above 0.
  ///   - share: w, the candidate's share of them.
  package static func gatedRatio(
    excess: Double, referenceRate: Double, events: Double, exposure: Double, share: Double
  ) -> GatedRatio {
    let expected = exposure * (referenceRate + share * excess)
    let burst = events > expected + Gate.deviations * expected.squareRoot() + Gate.allowance
    let rate = burst ? max(referenceRate, events / exposure - share * excess) : referenceRate
    return GatedRatio(ratio: 1 + excess / rate, burst: burst)
  }

  /// When an interval counts as a burst: this many Poisson standard deviations and two events more than explained.
  enum Gate {
    static let deviations = 3.0
    static let allowance = 2.0
  }
}
