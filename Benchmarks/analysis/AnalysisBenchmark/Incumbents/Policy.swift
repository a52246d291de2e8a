/// What a policy says after an interval.
enum Decision: Sendable { case wait, rollBack, promote, undecided }

/// A way to judge a rollout from what is seen of it.
///
/// A run makes one of what was known before the start, asks for the share of traffic before each interval, and stops at the
/// first decision other than `wait`.
protocol Policy: Sendable {
  /// Share of the requests that the canary gets in the next interval, 1...100 percent.
  var percent: Int { get }
  /// Takes what was seen of an interval.
  mutating func observe(_ interval: Interval) -> Decision
}

/// A policy as the tables name it.
struct NamedPolicy: Sendable {
  /// What a policy is in the tables for.
  enum Role: Sendable {
    /// What other tools and textbooks do.
    case incumbent
    /// The reference's own, imitated.
    case imitation
    /// What is judged.
    case own
  }

  var name: String
  var role = Role.incumbent
  /// How often it looks within 10 s.
  var looks = 1
  /// The most runs that are worth their time.
  var maximumRuns = Int.max
  /// False where it says nothing that is of interest.
  var applies: @Sendable (Scenario) -> Bool = { _ in true }
  var make: @Sendable (Reference) -> any Policy
}

/// 5, 10, 25, 50 and 100 % for the same time each, whatever is seen.
struct FixedSchedule: Sendable {
  var percents = [5, 10, 25, 50, 100]
  /// Looks for each.
  var length = 6
  private(set) var elapsed = 0

  init(length: Int = 6) { self.length = length }

  var percent: Int { percents[min(elapsed / length, percents.count - 1)] }
  var isOver: Bool { elapsed >= length * percents.count }
  /// An interval has passed.
  mutating func pass() { elapsed += 1 }
  /// Promotion once the last step is over.
  var decision: Decision { isOver ? .promote : .wait }
}

/// Sums over the last intervals.
struct Window: Sendable {
  private(set) var canary = ArmCounts()
  private(set) var baseline = ArmCounts()
  private var kept: [Interval] = []
  private let capacity: Int

  init(intervals: Int) { capacity = intervals }

  mutating func add(_ interval: Interval) {
    if kept.count == capacity { apply(kept.removeFirst(), -1) }
    kept.append(interval)
    apply(interval, 1)
  }

  private mutating func apply(_ interval: Interval, _ sign: Int) {
    if interval.seesCanary { canary.add(interval.canary, sign) }
    if interval.seesBaseline { baseline.add(interval.baseline, sign) }
  }
}

extension ArmCounts {
  mutating func add(_ other: ArmCounts, _ sign: Int = 1) {
    requests += sign * other.requests
    errors += sign * other.errors
    for index in histogram.indices { histogram[index] += sign * other.histogram[index] }
  }

  /// Share of failed requests; not a number when there were none.
  var errorShare: Double { requests == 0 ? .nan : Double(errors) / Double(requests) }

  /// The quantile that Prometheus computes (`histogram_quantile`): linear within the bucket, the first from 0, the lower bound
  /// of the open one; not a number when there were no requests.
  func quantile(_ level: Double) -> Double {
    let total = histogram.reduce(0, +)
    guard total > 0 else { return .nan }
    let rank = level * Double(total)
    var below = 0
    for (index, count) in histogram.enumerated() {
      if Double(below + count) >= rank, count > 0 {
        guard index < Latency.bounds.count else { break }
        let lower = index == 0 ? 0 : Latency.bounds[index - 1]
        return lower + (Latency.bounds[index] - lower) * (rank - Double(below)) / Double(count)
      }
      below += count
    }
    return Latency.bounds[Latency.bounds.count - 1]
  }
}
