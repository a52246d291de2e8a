import FoundationEssentials

#if canImport(Glibc)
  import Glibc
#else
  import Darwin
#endif

/// When a random walk with drift first reaches a level: the inverse Gaussian law (Schrödinger 1915; Wald 1947).
///
/// P(T ≤ t) = Φ((t − m) μ / (σ √t)) + exp(2 μ² m / σ²) Φ(−(t + m) μ / (σ √t)), m = level / μ the mean.
/// Example: m = 10, μ = 1, σ² = 10: half by 6.7584, nine in ten by 21.4303.
struct FirstPassage {
  /// m, in steps, above 0.
  let mean: Double
  /// μ per step, above 0.
  let drift: Double
  /// σ² per step.
  let variance: Double

  /// P(T ≤ time), time in steps, above 0. Example: by 4, for the walk above: 0.2706. Without variance it is 0 before m and 1 from there on.
  func cumulative(_ time: Double) -> Double {
    guard variance > 0 else { return time >= mean ? 1 : 0 }
    let scale = drift / (variance * time).squareRoot()
    return NormalDistribution.cumulative((time - mean) * scale)
      + exp(2 * drift * drift * mean / variance + NormalDistribution.logCumulative(-(time + mean) * scale))
  }

  /// The time in steps by which a share of walks, inside 0...1, has arrived, by bisection; m where nothing drifts.
  func quantile(_ share: Double) -> Double {
    guard drift > 0 else { return mean }
    var (low, high) = (0.0, mean)
    while cumulative(high) < share, high < 1e12 { high *= 2 }
    for _ in 0..<200 {
      let middle = (low + high) / 2
      if middle <= low || middle >= high { break }
      if cumulative(middle) < share { low = middle } else { high = middle }
    }
    return high
  }
}
