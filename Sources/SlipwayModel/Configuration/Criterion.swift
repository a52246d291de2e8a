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

  package init(metric: Metric, comparison: Comparison, bound: Bound, window: TimeSpan? = nil) {
    self.metric = metric
    self.comparison = comparison
    self.bound = bound
    self.window = window
  }

  private enum CodingKeys: String, CodingKey {
    case metric, comparison, bound
    case window = "window_ms"
  }
}

/// What is measured. A metric's name says what it is: a mean is never called a percentile.
package enum Metric: String, Codable, CaseIterable, Hashable, Sendable {
  /// Failed requests per request.
  case errorRate = "error_rate"
  /// Arithmetic mean of the response time.
  case responseTime = "response_time"
  case p50
  case p90
  case p95
  case p99

  /// The quantile that a percentile stands for, 0...1; `nil` for the others.
  package var quantile: Double? {
    switch self {
    case .errorRate, .responseTime: nil
    case .p50: 0.5
    case .p90: 0.9
    case .p95: 0.95
    case .p99: 0.99
    }
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
}

extension Criterion: CustomStringConvertible {
  /// The form that the file has: `error_rate < 1% for 2m`.
  package var description: String {
    "\(metric.rawValue) \(comparison.rawValue) \(bound)" + (window.map { " for \($0)" } ?? "")
  }
}

extension Bound: CustomStringConvertible {
  package var description: String {
    switch self {
    case .percentage(let value): "\(value)"
    case .time(let value): "\(value)"
    case .baseline(let factor): "\(factor.rounded() == factor ? String(Int(factor)) : String(factor))x baseline"
    }
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
