import SlipwayStatistics

#if canImport(Glibc)
  import Glibc
#else
  import Darwin
#endif

/// Evidence against the new version on the fixed schedule. In the last step nothing is left to compare with.
struct FixedSequential: Policy {
  private var schedule: FixedSchedule
  private var comparison: SequentialComparison
  private let threshold: Double

  init(_ reference: Reference, alpha: Double, design: ComparisonDesign, looks: Int = 1) {
    schedule = FixedSchedule(length: 6 * looks)
    comparison = SequentialComparison(design: design, reference: reference.comparison)
    threshold = -log(alpha)
  }

  var percent: Int { schedule.percent }

  mutating func observe(_ interval: Interval) -> Decision {
    schedule.pass()
    comparison.observe(interval)
    return comparison.logEvidence >= threshold ? .rollBack : schedule.decision
  }
}
