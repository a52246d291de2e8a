import FoundationEssentials

#if canImport(Glibc)
  import Glibc
#else
  import Darwin
#endif

/// Evidence is kept as a natural logarithm and told to people as a multiple of the capital that the bets began with.
package enum EvidenceScale {
  /// ln of a multiple, above 0.
  ///
  /// Example: 100 times the capital is 4.605.
  package static func logarithm(ofMultiple multiple: Double) -> Double { log(multiple) }

  /// The multiple in few digits: `0.32`, `4.1`, `1200`, `10^15`.
  ///
  /// Example: 4.605 is `100`.
  package static func text(_ logarithm: Double) -> String {
    let decimal = logarithm / log(10.0)
    if decimal >= 6 { return "10^\(Int(decimal))" }
    let value = exp(logarithm)
    return value >= 10 ? "\(Int(value.rounded()))" : "\((value * 100).rounded() / 100)"
  }
}
