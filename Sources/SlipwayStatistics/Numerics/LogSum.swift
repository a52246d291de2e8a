import FoundationEssentials

#if canImport(Glibc)
  import Glibc
#else
  import Darwin
#endif

/// ln(eᵃ + eᵇ) without overflow or loss: max + ln(1 + e^(min − max)). −∞ stands for a summand of zero.
///
/// Example: ln 3 and ln 5 give ln 8 = 2.0794…, and 4000 with −4000 gives 4000.
package func logAddExp(_ a: Double, _ b: Double) -> Double {
  let high = a > b ? a : b
  let low = a > b ? b : a
  return low == -.infinity ? high : high + log1p(exp(low - high))
}

/// ln Σ eˣ over the values, relative to the largest; −∞ for none. Example: ln 1, ln 2 and ln 3 give ln 6 = 1.7918.
package func logSumExp(_ values: [Double]) -> Double {
  guard let high = values.max(), high > -.infinity else { return -.infinity }
  var sum = NeumaierSum()
  for value in values { sum.add(exp(value - high)) }
  return high + log(sum.value)
}

/// A sum that carries along what rounding takes away, so that its error does not grow with the number of summands
/// (Neumaier, "Rundungsfehleranalyse einiger Verfahren zur Summation endlicher Summen", 1974).
///
/// Example: 1 + 1e100 + 1 − 1e100 is 2, not 0.
package struct NeumaierSum: Sendable {
  private var sum = 0.0
  private var lost = 0.0

  package init() {}

  /// The sum so far.
  package var value: Double { sum + lost }

  package mutating func add(_ term: Double) {
    let total = sum + term
    lost += abs(sum) >= abs(term) ? (sum - total) + term : (term - total) + sum
    sum = total
  }
}
