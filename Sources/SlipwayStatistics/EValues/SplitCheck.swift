import FoundationEssentials

#if canImport(Glibc)
  import Glibc
#else
  import Darwin
#endif

/// Whether the router sends the share of requests that it was told to: a sample-ratio mismatch makes every comparison suspect.
///
/// ln O = ln B(kρ + S) − ln B(kρ) − Σ Sⱼ ln ρⱼ, with B(a) = Π Γ(aⱼ) / Γ(Σ aⱼ): the counts' probability when the shares themselves
/// are unknown (Dirichlet with weight k around ρ) over that under ρ. Source: Lindon and Malek, "Anytime-valid inference for
/// multinomial count data" (NeurIPS 2022). Valid at every look when each request is assigned at random with the shares ρ. Not valid
/// for sticky sessions or balancing by connection: there requests come in clusters.
///
/// Example: 12 and 3 requests, ρ = 0.5, 0.5, k = 100: ln O = 0.2854.
package struct SplitCheck: Hashable, Sendable {
  /// k: how near the true shares are expected to be to the configured ones if they differ. 100 looks for deviations of about a tenth.
  package static let standardConcentration = 100.0

  private let concentration: Double
  /// The evidence of the shares that were in force before.
  private var settled = 0.0
  private var share = 0.0
  private var counts = [0, 0]
  /// ln O over all intervals. At 1/alpha or more the split is not what was configured.
  package private(set) var logEvidence = 0.0

  package init(concentration: Double = Self.standardConcentration) {
    self.concentration = concentration
  }

  /// Takes the requests of the next interval. With a new share the test begins anew and keeps the evidence: the product of
  /// e-processes one after the other is one.
  ///
  /// Example: two requests of two for the candidate at 0.5 and k = 100: O = (1/2 · 51/101) / (1/2 · 1/2) = 102/101.
  ///
  /// - Parameter share: the candidate's configured share of requests; at 0 and 1 there is nothing to check.
  package mutating func observe(candidate: Int, stable: Int, share: Double) {
    guard share > 0, share < 1, candidate >= 0, stable >= 0 else { return }
    if share != self.share {
      settled = logEvidence
      self.share = share
      counts = [0, 0]
    }
    counts[0] += candidate
    counts[1] += stable
    logEvidence = settled + Self.logBayesFactor(counts[0], counts[1], share: share, concentration: concentration)
  }

  private static func logBayesFactor(_ first: Int, _ second: Int, share: Double, concentration: Double) -> Double {
    let (a, b) = (concentration * share, concentration * (1 - share))
    let (s, t) = (Double(first), Double(second))
    return logGamma(a + s) + logGamma(b + t) - logGamma(concentration + s + t) - logGamma(a) - logGamma(b) + logGamma(concentration)
      - s * log(share) - t * log1p(-share)
  }

  /// ln O for any number of arms, by the formula of ``SplitCheck``. Example: 12 and 3 with shares 0.5, 0.5 and k = 100: 0.2854.
  ///
  /// - Parameters:
  ///   - counts: S, at least 0.
  ///   - shares: ρ, above 0, sum 1, as many as counts.
  ///   - concentration: k, above 0.
  package static func logBayesFactor(counts: [Int], shares: [Double], concentration: Double) -> Double {
    var sum = NeumaierSum()
    for (count, share) in zip(counts, shares) {
      sum.add(logGamma(concentration * share + Double(count)))
      sum.add(-logGamma(concentration * share))
      sum.add(-Double(count) * log(share))
    }
    sum.add(logGamma(concentration))
    sum.add(-logGamma(concentration + Double(counts.reduce(0, +))))
    return sum.value
  }
}
