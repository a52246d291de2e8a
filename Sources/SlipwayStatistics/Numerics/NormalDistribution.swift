import FoundationEssentials

#if canImport(Glibc)
  import Glibc
#else
  import Darwin
#endif

/// The standard normal distribution (Abramowitz and Stegun, 26.2). Arguments are in standard deviations.
package enum NormalDistribution {
  /// P(Z ≤ x) = erfc(−x / √2) / 2, exact in both tails. Example: 1.959963984540054 gives 0.975.
  package static func cumulative(_ x: Double) -> Double { 0.5 * erfc(-x / 2.0.squareRoot()) }

  /// P(Z > x), without the cancellation of 1 − Φ. Example: 6 gives 9.865876450377018e-10.
  package static func upperTail(_ x: Double) -> Double { cumulative(-x) }

  /// ln Φ(x) also where Φ(x) is too small for a figure: below −30 by its asymptotic series (Abramowitz and Stegun, 26.2.12), to 1e-12.
  /// Example: −40 gives −804.6084420137539.
  package static func logCumulative(_ x: Double) -> Double {
    if x >= -30 { return log(cumulative(x)) }
    let inverse = 1 / (x * x)
    return -x * x / 2 - log(-x * (2 * Double.pi).squareRoot()) + log1p(-inverse * (1 - 3 * inverse * (1 - 5 * inverse)))
  }

  /// exp(−x²/2) / √(2π). Example: 1 gives 0.24197072451914337.
  package static func density(_ x: Double) -> Double { exp(-x * x / 2) / (2 * Double.pi).squareRoot() }

  /// The x with P(Z ≤ x) = p; −∞ for p ≤ 0, +∞ for p ≥ 1. Error below 1e-14.
  ///
  /// Newton's method on ln Φ, which is concave: begun left of the root, at −√(−2 ln p) since Φ(−t) < exp(−t²/2), it climbs
  /// to the root and cannot overshoot. The upper half follows by symmetry. Example: 0.001 gives −3.090232306167813.
  package static func quantile(_ p: Double) -> Double {
    if !(p > 0) { return -.infinity }
    if p >= 1 { return .infinity }
    if p > 0.5 { return -quantile(1 - p) }
    if p == 0.5 { return 0 }
    var x = -(-2 * log(p)).squareRoot()
    for _ in 0..<100 {
      let below = cumulative(x)
      let step = (log(p) - log(below)) * below / density(x)
      x += step
      if abs(step) <= 1e-15 * max(1, abs(x)) { break }
    }
    return x
  }
}
