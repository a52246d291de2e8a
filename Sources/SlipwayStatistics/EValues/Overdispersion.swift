/// Errors that come in clusters: one bad replica, sticky sessions, retries. Counts then vary more between slots than requests
/// assigned one by one would, and every comparison that counts requests is too sure of itself.
package enum Overdispersion {
  /// CV², the squared coefficient of variation of the event rate between two like halves of the stable slot, beyond Poisson noise:
  /// max(0, Σ [(X₁ − X₂)² / (X₁ + X₂) − 1] / Σ (X₁ + X₂) / 2) over blocks of time with events.
  ///
  /// Moment estimate: given X₁ + X₂ = S and rates that vary independently with CV, (X₁ − X₂)² / S has mean about
  /// 1 + CV² S / 2. The halves must be of the same time, so that what hits both (bursts, drift) does not count, and must be
  /// split along the clusters (replicas, nodes); a split at random would find nothing.
  ///
  /// Without overdispersion (X₁ − X₂)² / S has mean 1 and variance 2 (1 − 1/S), so the sum has the standard error √(Σ 2 (1 − 1/S)):
  /// what an estimate from few events shows of itself.
  ///
  /// Example: blocks (10, 30) and (20, 20): (400/40 − 1 + 0/40 − 1) / (40/2 + 40/2) = 8 / 40 = 0.2. Reduced by one standard error, √3.9:
  /// 6.0252 / 40 = 0.1506.
  ///
  /// - Parameter reduction: standard errors that the sum is reduced by before it is taken for overdispersion, at least 0.
  package static func squaredVariation(first: [Int], second: [Int], reduction: Double = 0) -> Double {
    var surplus = NeumaierSum()
    var variance = 0.0
    var scale = 0.0
    for (x1, x2) in zip(first, second) where x1 + x2 > 0 {
      let difference = Double(x1 - x2)
      surplus.add(difference * difference / Double(x1 + x2) - 1)
      variance += 2 * (1 - 1 / Double(x1 + x2))
      scale += Double(x1 + x2) / 2
    }
    return scale > 0 ? max(0, (surplus.value - reduction * variance.squareRoot()) / scale) : 0
  }

  /// φ = 1 + 2 k CV² E w (1 − w): what ln e of an interval is divided by.
  ///
  /// With rates that vary by CV in each slot independently, the variance of Xc given E is about φ times the binomial one for
  /// k = 1. e^(1/φ) is an e-value whenever e is one (Jensen), φ ≥ 1 may depend on the sums, so the division costs power but never
  /// validity. k = 2 leaves room for an underestimated CV².
  ///
  /// Example: CV² = 0.2611398…, 50 events, w = 0.05, k = 2: φ = 3.48083.
  package static func discount(squaredVariation: Double, events: Double, share: Double, factor: Double) -> Double {
    1 + 2 * factor * squaredVariation * events * share * (1 - share)
  }
}
