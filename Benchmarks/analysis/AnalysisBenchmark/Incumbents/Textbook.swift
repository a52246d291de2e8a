#if canImport(Glibc)
  import Glibc
#else
  import Darwin
#endif

/// Errors of both arms since the start, added up over all steps, as tests from a textbook take them.
struct PooledErrors: Sendable {
  private var canary = (requests: 0, errors: 0)
  private var baseline = (requests: 0, errors: 0)

  mutating func add(_ interval: Interval) {
    guard interval.seesCanary else { return }
    canary.requests += interval.canary.requests
    canary.errors += interval.canary.errors
    baseline.requests += interval.baseline.requests
    baseline.errors += interval.baseline.errors
  }

  /// The difference of the shares and its estimated variance, from the pooled share.
  var difference: (value: Double, variance: Double)? {
    guard canary.requests > 0, baseline.requests > 0 else { return nil }
    let counts = (Double(canary.requests), Double(baseline.requests))
    let share = Double(canary.errors + baseline.errors) / (counts.0 + counts.1)
    let variance = share * (1 - share) * (1 / counts.0 + 1 / counts.1)
    return variance > 0 ? (Double(canary.errors) / counts.0 - Double(baseline.errors) / counts.1, variance) : nil
  }
}

/// A two-proportion z-test at 1 %, looked at every 10 s as if each look were the only one. Fixed schedule.
struct RepeatedZ: Policy {
  private var schedule = FixedSchedule()
  private var errors = PooledErrors()

  var percent: Int { schedule.percent }

  mutating func observe(_ interval: Interval) -> Decision {
    schedule.pass()
    errors.add(interval)
    guard let difference = errors.difference else { return schedule.decision }
    return difference.value / difference.variance.squareRoot() > 2.3263478740408408 ? .rollBack : schedule.decision
  }
}

/// The mixture sequential probability ratio test of Johari, Pekelis and Walsh: effects normal with 1 percentage point, at 1 %.
/// Fixed schedule.
struct MixtureRatio: Policy {
  private static let spread = 0.01
  private var schedule = FixedSchedule()
  private var errors = PooledErrors()

  var percent: Int { schedule.percent }

  mutating func observe(_ interval: Interval) -> Decision {
    schedule.pass()
    errors.add(interval)
    guard let (value, variance) = errors.difference, value > 0 else { return schedule.decision }
    let prior = Self.spread * Self.spread
    let ratio =
      0.5 * log(variance / (variance + prior)) + prior * value * value / (2 * variance * (variance + prior))
    return ratio >= log(100) ? .rollBack : schedule.decision
  }
}
