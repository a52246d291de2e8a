import SlipwaySimulation
import SlipwayStatistics

#if canImport(Glibc)
  import Glibc
#else
  import Darwin
#endif

/// Draws that follow their distribution exactly. Those of the simulated world approximate large counts by the normal
/// distribution, which is symmetric: false alarms come from the longer tail.
extension SimulationRandom {
  /// A number of arrivals when `mean` are expected (Poisson): by inversion below 10, else by Hörmann's PTRS ("The transformed
  /// rejection method for generating Poisson random variables", 1993).
  mutating func exactPoisson(_ mean: Double) -> Int {
    guard mean > 0 else { return 0 }
    if mean >= 10 { return largePoisson(mean) }
    var term = exp(-mean)
    var rest = unit()
    var count = 0
    while rest > term, count < 1000 {
      rest -= term
      count += 1
      term *= mean / Double(count)
    }
    return count
  }

  private mutating func largePoisson(_ mean: Double) -> Int {
    let b = 0.931 + 2.53 * mean.squareRoot()
    let a = -0.059 + 0.02483 * b
    let inverseAlpha = 1.1239 + 1.1328 / (b - 3.4)
    let accepted = 0.9277 - 3.6224 / (b - 2)
    let logMean = log(mean)
    while true {
      let u = unit() - 0.5
      let v = unit()
      let us = 0.5 - abs(u)
      let k = ((2 * a / us + b) * u + mean + 0.43).rounded(.down)
      if us >= 0.07, v <= accepted { return Int(k) }
      if k < 0 || (us < 0.013 && v > us) { continue }
      if log(v) + log(inverseAlpha) - log(a / (us * us) + b) <= k * logMean - mean - logGamma(k + 1) { return Int(k) }
    }
  }

  /// How many of `count` happen when each does with this probability (binomial): by inversion when fewer than 10 are expected,
  /// else by Hörmann's BTRS ("The generation of binomial random variates", 1993).
  mutating func exactBinomial(_ count: Int, _ probability: Double) -> Int {
    if count <= 0 || probability <= 0 { return 0 }
    if probability >= 1 { return count }
    if probability > 0.5 { return count - exactBinomial(count, 1 - probability) }
    if Double(count) * probability >= 10 { return largeBinomial(count, probability) }
    let odds = probability / (1 - probability)
    var term = exp(Double(count) * log1p(-probability))
    var rest = unit()
    var drawn = 0
    while rest > term, drawn < count {
      rest -= term
      drawn += 1
      term *= odds * Double(count - drawn + 1) / Double(drawn)
    }
    return drawn
  }

  private mutating func largeBinomial(_ count: Int, _ p: Double) -> Int {
    let n = Double(count)
    let spread = (n * p * (1 - p)).squareRoot()
    let b = 1.15 + 2.53 * spread
    let a = -0.0873 + 0.0248 * b + 0.01 * p
    let center = n * p + 0.5
    let accepted = 0.92 - 4.2 / b
    let alpha = (2.83 + 5.1 / b) * spread
    let odds = p / (1 - p)
    let mode = ((n + 1) * p).rounded(.down)
    while true {
      let v = unit()
      let u = unit() - 0.5
      let us = 0.5 - abs(u)
      let k = ((2 * a / us + b) * u + center).rounded(.down)
      if k < 0 || k > n { continue }
      if us >= 0.07, v <= accepted { return Int(k) }
      let left = log(v * alpha / (a / (us * us) + b))
      let right =
        (mode + 0.5) * log((mode + 1) / (odds * (n - mode + 1))) + (n + 1) * log((n - mode + 1) / (n - k + 1))
        + (k + 0.5) * log(odds * (n - k + 1) / (k + 1)) + Self.stirlingRest(mode) + Self.stirlingRest(n - mode)
        - Self.stirlingRest(k) - Self.stirlingRest(n - k)
      if left <= right { return Int(k) }
    }
  }

  /// ln k! less Stirling's (k + ½) ln(k + 1) − (k + 1) + ½ ln 2π.
  private static func stirlingRest(_ k: Double) -> Double {
    if k <= 9 { return stirlingTable[Int(k)] }
    let inverse = 1 / (k + 1)
    let square = inverse * inverse
    return (1.0 / 12 - (1.0 / 360 - 1.0 / 1260 * square) * square) * inverse
  }

  private static let stirlingTable = [
    0.08106146679532726, 0.04134069595540929, 0.02767792568499834, 0.02079067210376509, 0.01664469118982119, 0.01387612882307075,
    0.01189670994589177, 0.01041126526197210, 0.009255462182712733, 0.008330563433362871,
  ]

  /// Gamma distributed with mean 1 and this coefficient of variation, by Marsaglia and Tsang ("A simple method for generating
  /// gamma variables", 2000), for coefficients up to 1.
  mutating func gammaFactor(variation: Double) -> Double {
    guard variation > 0 else { return 1 }
    let shape = 1 / (variation * variation)
    let d = shape - 1.0 / 3
    let c = 1 / (9 * d).squareRoot()
    while true {
      let x = normal()
      let root = 1 + c * x
      if root <= 0 { continue }
      let v = root * root * root
      if log(unit()) < 0.5 * x * x + d - d * v + d * log(v) { return d * v / shape }
    }
  }

  /// Spreads `count` over the cells of `shares` (which sum to 1), added to what `cells` holds.
  mutating func spread(_ count: Int, over shares: [Double], into cells: inout [Int]) {
    if count <= 8 {
      for _ in 0..<count { cells[cell(shares, at: unit())] += 1 }
      return
    }
    var left = count
    var rest = 1.0
    for index in 0..<(shares.count - 1) {
      if left == 0 { return }
      let drawn = shares[index] >= rest ? left : exactBinomial(left, shares[index] / rest)
      cells[index] += drawn
      left -= drawn
      rest -= shares[index]
    }
    cells[shares.count - 1] += left
  }

  private func cell(_ shares: [Double], at level: Double) -> Int {
    var rest = level
    for index in 0..<(shares.count - 1) {
      if rest < shares[index] { return index }
      rest -= shares[index]
    }
    return shares.count - 1
  }
}
