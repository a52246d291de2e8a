/// Draws from the distributions that traffic follows. They use additions, multiplications, divisions and square roots only,
/// which IEEE 754 defines to the last bit: the logarithm of a C library differs between machines.
extension SimulationRandom {
  /// A number of arrivals when `mean` are expected (Poisson).
  ///
  /// Below 30 exact, by multiplying uniform numbers (Knuth, The Art of Computer Programming 2, 3.4.1); above that by the
  /// normal distribution with the same mean and variance.
  package mutating func poisson(_ mean: Double) -> Int {
    guard mean > 0 else { return 0 }
    if mean >= 30 { return max(0, Int((mean + mean.squareRoot() * normal()).rounded())) }
    if mean != latest.mean { latest = (mean, Elementary.exp(-mean)) }
    let limit = latest.limit
    var product = unit()
    var count = 0
    while product > limit {
      product *= unit()
      count += 1
    }
    return count
  }

  /// How many of `count` happen when each does with this probability (binomial).
  ///
  /// Up to 32 exact, one by one; when few are expected by inversion (Kachitvichyanukul and Schmeiser's BINV); else by the
  /// normal distribution with the same mean and variance.
  package mutating func binomial(_ count: Int, _ probability: Double) -> Int {
    if count <= 0 || probability <= 0 { return 0 }
    if probability >= 1 { return count }
    if probability > 0.5 { return count - binomial(count, 1 - probability) }
    if count <= 32 { return (0..<count).reduce(0) { sum, _ in sum + (unit() < probability ? 1 : 0) } }
    let mean = Double(count) * probability
    if mean >= 10 {
      let drawn = (mean + (mean * (1 - probability)).squareRoot() * normal()).rounded()
      return min(count, max(0, Int(drawn)))
    }
    return inverted(count, probability)
  }

  private mutating func inverted(_ count: Int, _ probability: Double) -> Int {
    let odds = probability / (1 - probability)
    var term = Elementary.exp(Double(count) * Elementary.log(1 - probability))
    var rest = unit()
    var drawn = 0
    while rest > term, drawn < count {
      rest -= term
      drawn += 1
      term *= odds * Double(count - drawn + 1) / Double(drawn)
    }
    return drawn
  }

  /// Standard normal, by Marsaglia's polar method.
  package mutating func normal() -> Double {
    while true {
      let x = 2 * unit() - 1
      let y = 2 * unit() - 1
      let square = x * x + y * y
      if square > 0, square < 1 { return x * (-2 * Elementary.log(square) / square).squareRoot() }
    }
  }
}

/// Exponential and logarithm, the same to the last bit on every machine; relative error below 1e-14.
enum Elementary {
  private static let ln2 = 0.693147180559945309

  /// e^x for |x| < 700, by halving the argument's remainder into a Taylor series.
  static func exp(_ x: Double) -> Double {
    let doublings = (x / ln2).rounded()
    let rest = x - doublings * ln2
    var term = 1.0
    var sum = 1.0
    for step in 1...18 {
      term *= rest / Double(step)
      sum += term
    }
    return sum * Double(sign: .plus, exponent: Int(max(-1000, min(1000, doublings))), significand: 1)
  }

  /// ln x for x > 0, by the series of the area tangent on the significand.
  static func log(_ x: Double) -> Double {
    var significand = x.significand
    var exponent = Double(x.exponent)
    if significand > 1.4142135623730951 {
      significand /= 2
      exponent += 1
    }
    let ratio = (significand - 1) / (significand + 1)
    let square = ratio * ratio
    var power = ratio
    var sum = ratio
    for step in 1...12 {
      power *= square
      sum += power / Double(2 * step + 1)
    }
    return 2 * sum + exponent * ln2
  }
}
