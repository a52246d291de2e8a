import FoundationEssentials

#if canImport(Glibc)
  import Glibc
#else
  import Darwin
#endif

/// What no method can beat: a test that is wrong with probability at most alpha needs ln(1/alpha) nats of information on average (Wald 1945;
/// Lorden 1971 for a change at an unknown time).
package enum DetectionLimit {
  /// KL(p₁ ‖ p₀) = p₁ ln(p₁/p₀) + (1 − p₁) ln((1 − p₁)/(1 − p₀)), nats per request, for shares of requests inside 0...1.
  /// Example: p₁ = 0.021, p₀ = 0.001: 0.04414.
  package static func divergence(_ p1: Double, from p0: Double) -> Double {
    func term(_ p: Double, _ q: Double) -> Double { p > 0 ? p * log(p / q) : 0 }
    return term(p1, p0) + term(1 - p1, 1 - p0)
  }

  /// ln(1/alpha) / KL(p₁ ‖ p₀): the least expected number of candidate requests, with the stable slot's rate known.
  /// Example: p₁ = 0.021, p₀ = 0.001, alpha = 0.01: 104.34.
  package static func requests(alpha: Double, _ p1: Double, from p0: Double) -> Double { -log(alpha) / divergence(p1, from: p0) }

  /// I(w) = w KL(p₁ ‖ m) + (1 − w) KL(p₀ ‖ m), m = w p₁ + (1 − w) p₀: the most that one request of either slot can tell when the stable slot's
  /// rate is unknown. About w(1 − w)(p₁ − p₀)² / (2p(1 − p)) for small differences: most at w = ½.
  /// Example: p₁ = 0.021, p₀ = 0.001, w = 0.5: 0.0056412.
  package static func information(share: Double, _ p1: Double, from p0: Double) -> Double {
    let mixed = share * p1 + (1 - share) * p0
    return share * divergence(p1, from: mixed) + (1 - share) * divergence(p0, from: mixed)
  }

  /// KL = (ln f / σ)² / 2 for response times that are lognormal with deviation σ of logarithms and f times as long.
  /// Example: f = 1.3, σ = 0.5: 0.13767.
  package static func shiftDivergence(factor: Double, deviation: Double) -> Double {
    let delta = log(factor) / deviation
    return delta * delta / 2
  }

  /// I(w) for such a shift: the Jensen–Shannon divergence ∫ w f₁ ln(f₁/m) + (1 − w) f₀ ln(f₀/m), m = w f₁ + (1 − w) f₀, of two normal densities
  /// δ = ln f / σ apart. By the trapezoidal rule over ±12 standard deviations, whose error is below 1e-12 for such functions.
  /// Example: f = 1.3, σ = 0.5, w = 0.05: 0.0064938.
  package static func shiftInformation(share: Double, factor: Double, deviation: Double) -> Double {
    let delta = log(factor) / deviation
    let step = 1.0 / 64
    var sum = NeumaierSum()
    for point in stride(from: min(0, delta) - 12, through: max(0, delta) + 12, by: step) {
      let mixed = log1p(share * expm1(delta * point - delta * delta / 2))
      let moved = NormalDistribution.density(point - delta)
      sum.add(share * moved * (delta * point - delta * delta / 2 - mixed))
      sum.add(-(1 - share) * NormalDistribution.density(point) * mixed)
    }
    return sum.value * step
  }
}
