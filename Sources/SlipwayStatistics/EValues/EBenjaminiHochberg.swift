import FoundationEssentials

#if canImport(Glibc)
  import Glibc
#else
  import Darwin
#endif

/// Which of several metrics to name as worse, with the expected share of wrongly named ones at most alpha: the k* largest
/// e-values, where k* is the largest k whose k-th largest e-value is at least K / (k alpha).
///
/// Source: Wang and Ramdas, "False discovery rate control with e-values" (JRSS B 2022). Valid for any dependence between metrics.
/// For the report; what triggers a rollback is the one mixed evidence of ``SequentialComparison``.
///
/// Example: e = 61, 31, 20.1 at alpha = 0.05: thresholds 60, 30, 20, so all three. e = 19, 5, 1: none.
///
/// - Returns: indices of the named ones, ascending.
package func eBenjaminiHochberg(logEValues: [Double], alpha: Double) -> [Int] {
  let ranked = logEValues.indices.sorted { a, b in
    logEValues[a] != logEValues[b] ? logEValues[a] > logEValues[b] : a < b
  }
  let count = Double(ranked.count)
  let last = ranked.indices.last { logEValues[ranked[$0]] >= log(count / (Double($0 + 1) * alpha)) }
  return last.map { ranked[...$0].sorted() } ?? []
}
