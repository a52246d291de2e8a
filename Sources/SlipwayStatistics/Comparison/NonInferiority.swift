import FoundationEssentials

#if canImport(Glibc)
  import Glibc
#else
  import Darwin
#endif

/// Evidence that the candidate's event rate is less than the stable slot's plus a margin: what promotion asks for.
///
/// With a tolerance t the stable slot's rate counts 1 + t times: the null is p_c ≥ (1 + t) p_b + D, and in the second logarithm
/// 1/(1 − w) becomes (1 + t)/(1 − w).
///
/// Null: p_c ≥ p_b + D. Per interval and bet λ = f / (1/w − D):
/// ln e = Xc ln(1 − λ(1/w − D)) + Xb ln(1 + λ(1/(1 − w) + D)) + (N − E) ln(1 + λD), where the first logarithm is ln(1 − f).
/// Testing by betting (Waudby-Smith and Ramdas, JRSS B 2024): each request's payoff D + x_b/(1 − w) − x_c/w has mean at most 0
/// under the null when it goes to the candidate with probability w. The evidence is the mean over f of the products.
/// Valid at every look. Not valid when requests are assigned in clusters. Rates may drift; only their difference counts.
///
/// Example: 0 of 25 requests against 0 of 475, D = 0.1, f = 0.95: 500 ln(1 + 0.95 · 0.1 / 19.9) = 2.3813.
package struct NonInferiority: Hashable, Sendable {
  /// D, a share of requests, 0...1.
  package let margin: Double
  /// t, at least 0: how much higher than the stable slot's the candidate's rate may be besides, as a share of it.
  package let tolerance: Double
  /// ln of the product for each bet.
  private var logWealth = [Double](repeating: 0, count: NonInferiority.fractions.count)

  /// f: how much of the most that can be lost on one event is staked. Small ones for long tests, large ones for short.
  package static let fractions = [0.125, 0.25, 0.5, 0.75, 0.95]

  package init(margin: Double, tolerance: Double = 0) {
    self.margin = min(max(margin, 0), 1)
    self.tolerance = max(0, tolerance)
  }

  /// ln of the evidence, the mean over f of the products; 0 at first. "Not inferior at level beta" when it reaches ln(1/beta).
  package var logEvidence: Double {
    let high = logWealth.max() ?? 0
    var sum = 0.0
    for value in logWealth { sum += exp(value - high) }
    return high + log(sum / Double(logWealth.count))
  }

  /// Takes the next interval's events and requests. Without requests in one slot, or with more events than requests, nothing.
  package mutating func observe(candidateEvents: Int, candidateRequests: Int, stableEvents: Int, stableRequests: Int) {
    for index in logWealth.indices {
      logWealth[index] += Self.logEValue(
        candidateEvents: candidateEvents, candidateRequests: candidateRequests, stableEvents: stableEvents,
        stableRequests: stableRequests, margin: margin, tolerance: tolerance, fraction: Self.fractions[index])
    }
  }

  /// ln e of one interval for one bet f, by the formula of ``NonInferiority``; 0 for figures that cannot be.
  package static func logEValue(
    candidateEvents: Int, candidateRequests: Int, stableEvents: Int, stableRequests: Int, margin: Double, tolerance: Double = 0,
    fraction: Double
  ) -> Double {
    guard candidateRequests > 0, stableRequests > 0, (0...candidateRequests).contains(candidateEvents),
      (0...stableRequests).contains(stableEvents)
    else { return 0 }
    let requests = Double(candidateRequests + stableRequests)
    let share = Double(candidateRequests) / requests
    let bet = fraction / (1 / share - margin)
    let without = requests - Double(candidateEvents + stableEvents)
    return Double(candidateEvents) * log1p(-fraction) + Double(stableEvents) * log1p(bet * ((1 + tolerance) / (1 - share) + margin))
      + without * log1p(bet * margin)
  }
}

/// How much worse the candidate may be at most before traffic is raised.
package enum PromotionMargin {
  /// The smallest excess worth showing absent, one request in a hundred, and the number of excess events per minute of all traffic
  /// that at low traffic takes its place (fewer cannot be shown absent in a stage).
  static let smallestExcess = 0.01
  static let eventsPerMinute = 15.0
  /// For the share of slow requests, which is not known better than this in a stage.
  static let smallestLatencyMargin = 0.05

  /// D = min(1, max(0.01, 15 / (R · 60 s)) / w_next): the harm per request of all traffic stays the same at every step, so a small
  /// next step is allowed on little evidence.
  ///
  /// Example: 5 requests/s and a next share of 10 %: 15 / 300 / 0.1 = 0.5; 50 requests/s and 100 %: 0.01.
  ///
  /// - Parameters:
  ///   - requestsPerSecond: R, of both slots.
  ///   - nextShare: w_next, the candidate's share after the step, above 0...1; 1 for promotion.
  package static func errors(requestsPerSecond: Double, nextShare: Double) -> Double {
    guard requestsPerSecond > 0, nextShare > 0 else { return 1 }
    return min(1, max(smallestExcess, eventsPerMinute / (requestsPerSecond * 60)) / nextShare)
  }

  /// As for errors, at least 5 percentage points: for the share of requests above the reference's 95th percentile.
  /// Example: 50 requests/s: 0.05 before 100 %, 0.1 before 10 %.
  package static func slowRequests(requestsPerSecond: Double, nextShare: Double) -> Double {
    max(smallestLatencyMargin, errors(requestsPerSecond: requestsPerSecond, nextShare: nextShare))
  }
}
