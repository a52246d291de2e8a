import FoundationEssentials

#if canImport(Glibc)
  import Glibc
#else
  import Darwin
#endif

/// Watches for a change at an unknown time. Each interval multiplies in an e-value of "as before"; the alarm comes when the statistic
/// reaches 1/alpha.
///
/// Source: Shin, Ramdas and Rinaldo, "E-detectors: a nonparametric framework for sequential change detection" (2024). Valid when, until
/// the change, each e-value has mean at most 1 given the past, whatever the dependence. All in logarithms.
package struct EDetector: Hashable, Sendable {
  /// How onsets are counted, and what is promised.
  package enum Kind: Hashable, Sendable {
    /// M ← (M + 1) e, Shiryaev–Roberts: an alarm at 1/alpha comes after 1/alpha intervals on average, or later, if nothing changes.
    case shiryaevRoberts
    /// M ← max(M, 1) e, CUSUM: the same promise, never above Shiryaev–Roberts.
    case cusum
    /// W ← (W + π) e with π = `first` in the first interval and (1 − first) / horizon in each of the next: within all time an alarm at
    /// 1/alpha has probability at most alpha if nothing changes. After the horizon no new onset is looked for.
    case onsets(first: Double, horizon: Int)
  }

  package let kind: Kind
  /// ln of the statistic; −∞ before the first interval.
  package private(set) var logStatistic = -Double.infinity
  /// Intervals seen.
  package private(set) var intervals = 0

  package init(_ kind: Kind) {
    self.kind = kind
  }

  /// Takes the next interval; 0 for one that is missing.
  ///
  /// Example: e-values 2, 2, ½ give Shiryaev–Roberts 2, 6, 3.5, CUSUM 2, 4, 2, and `.onsets(first: 0.5, horizon: 10)` 1, 2.1, 1.075.
  package mutating func observe(logEValue: Double) {
    switch kind {
    case .shiryaevRoberts: logStatistic = logAddExp(logStatistic, 0) + logEValue
    case .cusum: logStatistic = max(logStatistic, 0) + logEValue
    case .onsets(let first, let horizon):
      let entering = intervals == 0 ? log(first) : intervals <= horizon ? log((1 - first) / Double(horizon)) : -.infinity
      logStatistic = logAddExp(logStatistic, entering) + logEValue
    }
    intervals += 1
  }

  /// Whether the statistic is at 1/alpha or above.
  package func alarms(alpha: Double) -> Bool { logStatistic >= -log(alpha) }
}
