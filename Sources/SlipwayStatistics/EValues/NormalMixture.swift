import FoundationEssentials

#if canImport(Glibc)
  import Glibc
#else
  import Darwin
#endif

/// The two-sided normal mixture for sums of differences with known variance, such as clipped response times.
///
/// Source: Howard, Ramdas, McAuliffe and Sekhon, "Time-uniform, nonparametric, nonasymptotic confidence sequences" (Annals of
/// Statistics 2021). Valid when exp(λs − λ²v/2) is a supermartingale for every λ: sums of sub-Gaussian differences, v the sum of their
/// variance bounds. With an estimated variance it holds for large samples only.
package enum NormalMixture {
  /// ln e = ½ ln(ρ / (v + ρ)) + s² / (2 (v + ρ)). Example: s = 30, v = 100, ρ = 10: 2.8920.
  ///
  /// - Parameters:
  ///   - sum: s, how far the sum is from its mean under the null.
  ///   - variance: v, of that sum, at least 0.
  ///   - mixing: ρ, above 0: evidence grows fastest near v of ``mixing(for:alpha:)``.
  package static func logEValue(sum: Double, variance: Double, mixing: Double) -> Double {
    0.5 * log(mixing / (variance + mixing)) + sum * sum / (2 * (variance + mixing))
  }

  /// u = √((v + ρ)(ln(1 + v/ρ) + 2 ln(1/alpha))): |s| stays below it for ever with probability 1 − alpha.
  /// Example: v = 100, ρ = 10, alpha = 0.05: 30.3781.
  package static func bound(variance: Double, mixing: Double, alpha: Double) -> Double {
    ((variance + mixing) * (log1p(variance / mixing) - 2 * log(alpha))).squareRoot()
  }

  /// ρ = v / (2 ln(1/alpha) + ln(1 + 2 ln(1/alpha))), which makes the bound nearly tightest at variance v.
  /// Example: v = 100, alpha = 0.05: 100 / (5.9915 + 1.9447) = 12.6005.
  package static func mixing(for variance: Double, alpha: Double) -> Double {
    let twice = -2 * log(alpha)
    return variance / (twice + log1p(twice))
  }
}
