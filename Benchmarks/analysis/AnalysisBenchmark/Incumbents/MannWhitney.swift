/// The rank test inside Kayenta's judge (commit a69573b), with the interval for the shift that it derives from it.
struct MannWhitney {
  private let x: [Double]
  private let y: [Double]
  /// The 99 % point of the standard normal distribution: the confidence level of 98 % is fixed in the source.
  private static let z99 = 2.3263478740408408

  init(experiment: [Double], control: [Double]) {
    x = experiment.sorted()
    y = control.sorted()
  }

  /// Sum of the experiment's mid-ranks less what equal distributions would give, and its standard deviation corrected for ties,
  /// after the experiment is shifted down by `shift`.
  func rankSum(shift: Double) -> (excess: Double, deviation: Double) {
    let (n, m) = (Double(x.count), Double(y.count))
    var ranks = 0.0
    var ties = 0.0
    var (i, j) = (0, 0)
    while i < x.count {
      let value = x[i] - shift
      while j < y.count, y[j] < value { j += 1 }
      var (ownEnd, otherEnd) = (i, j)
      while ownEnd < x.count, x[ownEnd] - shift == value { ownEnd += 1 }
      while otherEnd < y.count, y[otherEnd] == value { otherEnd += 1 }
      let size = Double(ownEnd - i + otherEnd - j)
      ranks += Double(ownEnd - i) * (Double(i + j) + (size + 1) / 2)
      (i, j) = (ownEnd, otherEnd)
    }
    ties = tieTerm(shift)
    let variance = n * m / 12 * ((n + m + 1) - ties / ((n + m) * (n + m - 1)))
    return (ranks - n * (n + 1) / 2 - n * m / 2, variance.squareRoot())
  }

  /// Σ (t³ − t) over the groups of equal values.
  private func tieTerm(_ shift: Double) -> Double {
    var sum = 0.0
    var (i, j) = (0, 0)
    while i < x.count || j < y.count {
      let value = i == x.count ? y[j] : j == y.count ? x[i] - shift : min(x[i] - shift, y[j])
      let start = i + j
      while i < x.count, x[i] - shift == value { i += 1 }
      while j < y.count, y[j] == value { j += 1 }
      let size = Double(i + j - start)
      sum += size * size * size - size
    }
    return sum
  }

  /// The rank sum in standard deviations, with the correction for continuity.
  private func statistic(_ shift: Double) -> Double {
    let (excess, deviation) = rankSum(shift: shift)
    return (excess - (excess == 0 ? 0 : excess > 0 ? 0.5 : -0.5)) / deviation
  }

  /// The interval for the shift and the Hodges–Lehmann estimate of it.
  func shift() -> (lower: Double, estimate: Double, upper: Double) {
    let least = x[0] - y[y.count - 1]
    let most = x[x.count - 1] - y[0]
    let ends = (statistic(least), statistic(most))
    func root(_ level: Double) -> Double {
      if ends.0 - level <= 0 { return least }
      if ends.1 - level >= 0 { return most }
      return zero(level)
    }
    func zero(_ level: Double) -> Double {
      Brent.root(between: (least, ends.0 - level), and: (most, ends.1 - level)) { statistic($0) - level }
    }
    return (root(Self.z99), zero(0), root(-Self.z99))
  }
}

/// Brent's method as R's `zeroin` runs it, with a tolerance of 1e-4: where it stops shows in the judge's figures.
enum Brent {
  private static let tolerance = 1e-4

  /// - Parameters:
  ///   - low: one end of the bracket and the function there.
  ///   - high: the other end.
  static func root(
    between low: (at: Double, value: Double), and high: (at: Double, value: Double), of function: (Double) -> Double
  ) -> Double {
    if low.value == 0 { return low.at }
    if high.value == 0 { return high.at }
    var (a, b, c) = (low, high, low)
    for _ in 0...1000 {
      let before = b.at - a.at
      if abs(c.value) < abs(b.value) { (a, b, c) = (b, c, b) }
      let least = 2 * Double.ulpOfOne * abs(b.at) + tolerance / 2
      let half = (c.at - b.at) / 2
      if abs(half) <= least || b.value == 0 { return b.at }
      var step = half
      if abs(before) >= least, abs(a.value) > abs(b.value), let tried = interpolated(a, b, c, before, least) { step = tried }
      if abs(step) < least { step = step > 0 ? least : -least }
      a = b
      b.at += step
      b.value = function(b.at)
      if (b.value > 0 && c.value > 0) || (b.value < 0 && c.value < 0) { c = a }
    }
    return b.at
  }

  /// The step of a line or of an inverse parabola through the points, unless it leads too far.
  private static func interpolated(
    _ a: (at: Double, value: Double), _ b: (at: Double, value: Double), _ c: (at: Double, value: Double), _ before: Double,
    _ least: Double
  ) -> Double? {
    let bracket = c.at - b.at
    let s = b.value / a.value
    var p = bracket * s
    var q = 1 - s
    if a.at != c.at {
      let t = a.value / c.value
      let r = b.value / c.value
      p = s * (bracket * t * (t - r) - (b.at - a.at) * (r - 1))
      q = (t - 1) * (r - 1) * (s - 1)
    }
    if p > 0 { q = -q } else { p = -p }
    return p < 0.75 * bracket * q - abs(least * q) / 2 && p < abs(before * q / 2) ? p / q : nil
  }
}
