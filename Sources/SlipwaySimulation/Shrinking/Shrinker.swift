import SlipwayModel

/// Leaves out of a broken round whatever it breaks without: first faults, then deployments, acts, stages and triggers.
///
/// Delta debugging (Zeller and Hildebrandt, "Simplifying and isolating failure-inducing input", 2002): halves are tried before
/// single ones. What counts as broken is the same rule, so that shrinking does not wander off to another defect.
package struct Shrinker: Sendable {
  private let round: Round
  private let rule: Violation.Rule
  /// Runs that may be spent on it. One of many looks counts for several, so that a round that does not end is not run for an hour.
  private var left: Int

  package init(_ round: Round, _ rule: Violation.Rule, atMost runs: Int = 400) {
    self.round = round
    self.rule = rule
    left = runs
  }

  package mutating func shrink(on scheduler: SimulatedScheduler) async -> Reduction {
    var best = Reduction()
    for part in Reduction.Part.allCases {
      var present = Array(0..<round.count(of: part))
      var size = present.count
      while size > 0, !present.isEmpty, left > 0 {
        var start = 0
        while start < present.count, left > 0 {
          let chunk = present[start..<min(start + size, present.count)]
          let smaller = best.leaving(out: chunk, of: part)
          if await breaks(smaller, on: scheduler) {
            best = smaller
            present.removeSubrange(chunk.indices)
          } else {
            start += size
          }
        }
        size /= 2
      }
    }
    return best
  }

  private mutating func breaks(_ reduction: Reduction, on scheduler: SimulatedScheduler) async -> Bool {
    let report = await round.reduced(by: reduction).run(on: scheduler)
    left -= 1 + report.counts.ticks / 2000
    return report.violations.contains { $0.rule == rule }
  }
}
