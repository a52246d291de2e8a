import FoundationEssentials

#if canImport(Glibc)
  import Glibc
#else
  import Darwin
#endif

/// P(X ≥ k) for X ~ Binomial(n, p): how likely it is to see at least `k` failures in `n` requests when each fails with
/// probability `p`, whatever the others do. A small value is evidence that the true share lies above `p`. Valid for ONE look.
///
/// Exact: P(X ≥ k) = I_p(k, n − k + 1), the regularised incomplete beta function (Abramowitz and Stegun, 26.5.24).
/// Example: 5 failures in 5 requests with p = 0.1 give 1e-5.
///
/// - Parameters:
///   - k: number of failures, 0...n.
///   - n: number of requests, at least 0.
///   - p: probability of one failure, clamped to 0...1.
package func binomialUpperTail(atLeast k: Int, of n: Int, probability p: Double) -> Double {
  precondition(n >= 0 && k <= n, "at most n of n requests can fail")
  if k <= 0 || p >= 1 { return 1 }
  if p <= 0 { return 0 }
  return regularizedIncompleteBeta(p, Double(k), Double(n - k + 1))
}

/// I_x(a, b) for 0 < x < 1 and a, b > 0, by Lentz's evaluation of its continued fraction (Abramowitz and Stegun, 26.5.8),
/// on the side of the mean where it converges fast. Relative error about 1e-12. Example: I_0.2(2, 2) = 3x² − 2x³ = 0.104.
package func regularizedIncompleteBeta(_ x: Double, _ a: Double, _ b: Double) -> Double {
  let front = exp(logGamma(a + b) - logGamma(a) - logGamma(b) + a * log(x) + b * log1p(-x))
  if x < (a + 1) / (a + b + 2) {
    return front * betaContinuedFraction(x, a, b) / a
  }
  return 1 - front * betaContinuedFraction(1 - x, b, a) / b
}

private func betaContinuedFraction(_ x: Double, _ a: Double, _ b: Double) -> Double {
  let tiny = 1e-300
  func kept(_ value: Double) -> Double { abs(value) < tiny ? tiny : value }
  var c = 1.0
  var d = 1 / kept(1 - (a + b) * x / (a + 1))
  var fraction = d
  for step in 1...10_000 {
    let m = Double(step)
    let even = m * (b - m) * x / ((a + 2 * m - 1) * (a + 2 * m))
    d = 1 / kept(1 + even * d)
    c = kept(1 + even / c)
    fraction *= d * c
    let odd = -(a + m) * (a + b + m) * x / ((a + 2 * m) * (a + 2 * m + 1))
    d = 1 / kept(1 + odd * d)
    c = kept(1 + odd / c)
    let change = d * c
    fraction *= change
    if abs(change - 1) < 1e-15 { break }
  }
  return fraction
}
