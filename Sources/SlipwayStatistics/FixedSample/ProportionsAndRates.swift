import FoundationEssentials

#if canImport(Glibc)
  import Glibc
#else
  import Darwin
#endif

/// Tests and intervals for ONE look at a sample of fixed size, for reports and imported policies. Looked at repeatedly they alarm
/// far more often than stated; ``SequentialComparison`` does not.
package enum FixedSample {
  /// The pooled two-proportion z test, one-sided: is the first share larger?
  /// z = (p₁ − p₂) / √(p(1 − p)(1/n₁ + 1/n₂)), p of both together; z² is the χ² of the fourfold table (Pearson 1900). Valid for requests
  /// that fail independently; the normal approximation wants 5 events or more in each group.
  ///
  /// Example: 30 of 1000 against 10 of 1000: z = 0.02 / √(0.02 · 0.98 · 0.002) = 3.1944, p = 0.000701.
  ///
  /// - Returns: `nil` if a group is empty; z = 0 if all or none had the event.
  package static func twoProportions(_ events: Int, of n: Int, against others: Int, of m: Int) -> (z: Double, pValue: Double)? {
    guard n > 0, m > 0, (0...n).contains(events), (0...m).contains(others) else { return nil }
    let pooled = Double(events + others) / Double(n + m)
    let deviation = (pooled * (1 - pooled) * (1 / Double(n) + 1 / Double(m))).squareRoot()
    let z = deviation > 0 ? (Double(events) / Double(n) - Double(others) / Double(m)) / deviation : 0
    return (z, NormalDistribution.upperTail(z))
  }

  /// The exact conditional test of two Poisson rates, one-sided: P(X ≥ x) for X ~ Binomial(x + y, e / (e + f)).
  /// Przyborowski and Wilenski (1940). Valid for independent events; with clusters it is too sure of itself.
  ///
  /// Example: 5 events in 1 hour against 0 in 1 hour: 0.5⁵ = 0.03125.
  ///
  /// - Parameters:
  ///   - exposure: what the first events are counted per, above 0, in the unit of `otherExposure`.
  /// - Returns: `nil` without exposure in one of the groups.
  package static func poissonRates(
    _ events: Int, exposure: Double, against others: Int, otherExposure: Double
  ) -> Double? {
    guard exposure > 0, otherExposure > 0, events >= 0, others >= 0 else { return nil }
    return binomialUpperTail(atLeast: events, of: events + others, probability: exposure / (exposure + otherExposure))
  }

  /// Wilson's interval for a share: (k + z²/2 ± z √(k(n − k)/n + z²/4)) / (n + z²). Wilson (1927). Its mean coverage is as stated
  /// even for few events. Valid for requests that fail independently.
  ///
  /// Example: 13 of 2000 at 95 %: 0.0038026...0.0110895.
  ///
  /// - Parameter level: of confidence, inside 0...1.
  /// - Returns: `nil` without trials.
  package static func wilson(_ events: Int, of n: Int, level: Double = 0.95) -> ClosedRange<Double>? {
    guard n > 0, (0...n).contains(events), level > 0, level < 1 else { return nil }
    let z = -NormalDistribution.quantile((1 - level) / 2)
    let (k, size) = (Double(events), Double(n))
    let centre = k + z * z / 2
    let half = z * (k * (size - k) / size + z * z / 4).squareRoot()
    return max(0, (centre - half) / (size + z * z))...min(1, (centre + half) / (size + z * z))
  }
}
