/// A statement about a slot's figures, such as `error_rate < 1%` or `p95 > 2x baseline for 3m`.
///
/// In `success_criteria` it says what has to hold, in `rollback.triggers` what must not.
package struct Criterion: Hashable, Sendable, Codable {
  package let metric: Metric
  package let comparison: Comparison
  package let bound: Bound
  /// Trailing window that the figures are taken over (`for 2m`); `nil`: the whole stage for success criteria, and
  /// 10 s for triggers.
  package let window: TimeSpan?
  /// How many intervals in a row have to speak against the candidate; `nil`: the window as a whole decides.
  package let streak: FailureStreak?
  /// As the file has it: `error_rate < 1% for 2m`, `error_rate < 1% (3 failures in a row, each of 30s)`. Made once: findings are named
  /// by it, at each look at a rollout.
  package let description: String

  package init(metric: Metric, comparison: Comparison, bound: Bound, window: TimeSpan? = nil, streak: FailureStreak? = nil) {
    self.metric = metric
    self.comparison = comparison
    self.bound = bound
    self.window = window
    self.streak = streak
    description =
      "\(metric.rawValue) \(comparison.rawValue) \(bound)" + (window.map { " for \($0)" } ?? "") + (streak.map { " (\($0))" } ?? "")
  }

  package init(from decoder: any Decoder) throws {
    let container = try decoder.container(keyedBy: CodingKeys.self)
    self.init(
      metric: try container.decode(Metric.self, forKey: .metric), comparison: try container.decode(Comparison.self, forKey: .comparison),
      bound: try container.decode(Bound.self, forKey: .bound), window: try container.decodeIfPresent(TimeSpan.self, forKey: .window),
      streak: try container.decodeIfPresent(FailureStreak.self, forKey: .streak))
  }

  private enum CodingKeys: String, CodingKey {
    case metric, comparison, bound, streak
    case window = "window_ms"
  }
}

/// Failures that count only in a row: time is cut into intervals, and each is judged by its own figures.
package struct FailureStreak: Hashable, Sendable, Codable {
  /// How many failures in a row send the candidate back, 1...100.
  package let failures: Int
  /// The length of an interval, 1 s to 1 h.
  package let interval: TimeSpan

  package init(failures: Int, interval: TimeSpan) {
    self.failures = failures
    self.interval = interval
  }

  /// The least time in which there can be so many failures.
  package var length: TimeSpan { interval * Int64(failures) }

  private enum CodingKeys: String, CodingKey {
    case failures
    case interval = "interval_ms"
  }
}

/// How a figure stands to its bound.
package enum Comparison: String, Codable, CaseIterable, Hashable, Sendable {
  case less = "<"
  case lessOrEqual = "<="
  case greater = ">"
  case greaterOrEqual = ">="
}

/// What a figure is compared with.
package enum Bound: Hashable, Sendable {
  /// For ratios: `1%`.
  case percentage(Percentage)
  /// For latencies: `500ms`.
  case time(TimeSpan)
  /// A multiple of the live slot's figure over the same time: `2x baseline`.
  case baseline(Double)
  /// For readings: a plain number in the reading's own unit.
  case number(Double)
}

extension Criterion: CustomStringConvertible {}

extension FailureStreak: CustomStringConvertible {
  /// `3 failures in a row, each of 30s`.
  package var description: String { failures == 1 ? "1 failure of \(interval)" : "\(failures) failures in a row, each of \(interval)" }
}

extension Bound: CustomStringConvertible {
  package var description: String {
    switch self {
    case .percentage(let value): "\(value)"
    case .time(let value): "\(value)"
    case .baseline(let factor): "\(Self.text(factor))x baseline"
    case .number(let value): Self.text(value)
    }
  }

  private static func text(_ number: Double) -> String {
    number.rounded() == number && abs(number) < 1e15 ? String(Int(number)) : String(number)
  }
}

/// When and how a rollout goes back by itself.
package struct RollbackSpec: Hashable, Sendable, Codable {
  /// How traffic returns.
  package enum Style: String, Codable, CaseIterable, Hashable, Sendable {
    /// All traffic to the previous slot in one switch.
    case immediate
    /// Down the steps that it came up, for services whose other slot has to warm up again. A candidate that is not ready or
    /// that fails grossly is left at once all the same.
    case gradual
  }

  package let style: Style
  /// Time between two steps of a gradual rollback; default 10 s.
  package let stepDuration: TimeSpan
  /// Each is watched all the time while the candidate has traffic, and during the bake.
  package let triggers: [Criterion]
  /// Consecutive failed health checks of a candidate's replica that roll back; default 3.
  package let healthCheckFailures: Int
  /// Whether a candidate that fails grossly is withdrawn within seconds, whatever the triggers say; default true.
  package let guardrail: Bool

  package init(
    style: Style = .immediate, stepDuration: TimeSpan = .seconds(10), triggers: [Criterion] = [], healthCheckFailures: Int = 3,
    guardrail: Bool = true
  ) {
    self.style = style
    self.stepDuration = stepDuration
    self.triggers = triggers
    self.healthCheckFailures = healthCheckFailures
    self.guardrail = guardrail
  }

  private enum CodingKeys: String, CodingKey {
    case style
    case stepDuration = "step_duration_ms"
    case triggers
    case healthCheckFailures = "health_check_failures"
    case guardrail
  }
}
