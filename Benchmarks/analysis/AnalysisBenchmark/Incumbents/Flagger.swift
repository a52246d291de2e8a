/// Flagger (commit 15bd6ad): at each tick first the count of failed checks, then the checks over a window, then the next step.
/// Failures add up and are never forgotten; a value that is missing is a failure; what looks good is not compared with anything.
struct Flagger: Policy {
  /// Intervals of 10 s between ticks.
  private let every: Int
  private let threshold: Int
  private var window: Window
  private var failed = 0
  private var elapsed = 0
  private var step = 0
  private static let percents = [5, 10, 25, 50, 100]

  init(every: Int, threshold: Int, window: Int) {
    self.every = every
    self.threshold = threshold
    self.window = Window(intervals: window)
  }

  var percent: Int { Self.percents[step] }

  mutating func observe(_ interval: Interval) -> Decision {
    elapsed += 1
    window.add(interval)
    guard elapsed.isMultiple(of: every) else { return .wait }
    if failed >= threshold { return .rollBack }
    // Written so that a missing value, which compares false, fails.
    let passes = 1 - window.canary.errorShare >= 0.99 && window.canary.quantile(0.99) <= 500
    if !passes {
      failed += 1
    } else if step + 1 == Self.percents.count {
      return .promote
    } else {
      step += 1
    }
    return .wait
  }
}
