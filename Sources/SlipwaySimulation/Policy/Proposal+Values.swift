import SlipwayModel

// Changed copies of configuration values, and how they are written in slipway.yaml.

extension StrategySpec {
  /// How its stages compare, where it says so.
  var analysis: AnalysisSpec? {
    switch self {
    case .blueGreen(let spec): spec.analysis
    case .canary(let spec): spec.analysis
    case .rolling: nil
    }
  }

  func with(_ stages: [StageSpec]) -> StrategySpec {
    switch self {
    case .blueGreen(let spec):
      .blueGreen(
        BlueGreenSpec(trafficShift: stages, keepPrevious: spec.keepPrevious, patience: spec.patience, analysis: spec.analysis))
    case .canary(let spec):
      .canary(CanarySpec(stages: stages, keepPrevious: spec.keepPrevious, patience: spec.patience, analysis: spec.analysis))
    case .rolling: self
    }
  }
}

extension StageSpec {
  func with(duration: TimeSpan? = nil, criteria: [Criterion]? = nil, minimumRequests: Int? = nil) -> StageSpec {
    StageSpec(
      name: name, traffic: traffic, duration: duration ?? self.duration, criteria: criteria ?? self.criteria,
      minimumRequests: minimumRequests ?? self.minimumRequests, compared: compared, advance: advance, score: score)
  }

  /// Bounds on the error rate, as ratios.
  func errorLimits(_ odds: Odds) -> [Double] {
    let requests = max(1, odds.traffic.requestsPerSecond * traffic.ratio * duration.seconds)
    let control = traffic < .hundred ? requests * traffic.complement.ratio / traffic.ratio : requests
    return criteria.filter { $0.metric == .errorRate }.map { odds.limit(of: $0, control: control) }
  }

  /// One item of `stages` or `traffic_shift`.
  ///
  /// - Parameter analysis: what the strategy says of its comparisons.
  func line(_ analysis: AnalysisSpec?) -> String {
    var parts = (name == traffic.description ? [] : ["name: \"\(name)\""]) + ["traffic: \(traffic)", "duration: \(duration)"]
    if let advance { parts += ["advance: when_safe", "minimum: \(advance.minimum)", "maximum: \(advance.maximum)"] }
    var texts = Metric.inOrder(of: criteria).map { metric in
      (key: metric.rawValue, values: criteria.filter { $0.metric == metric }.map(\.fileText))
    }
    for metric in compared ?? [] {
      let words = "not worse than stable" + (analysis?.tolerance(of: metric).map { " by more than \($0)" } ?? "")
      if let place = texts.firstIndex(where: { $0.key == metric.rawValue }) {
        texts[place].values.append(words)
      } else {
        texts.append((metric.rawValue, [words]))
      }
    }
    let keys = texts.map { "\($0.key): " + ($0.values.count == 1 ? $0.values[0] : "[\($0.values.joined(separator: ", "))]") }
    let all = keys + (score.map { [$0.fileText] } ?? [])
    if !all.isEmpty { parts += ["min_requests: \(minimumRequests)", "success_criteria: { \(all.joined(separator: ", ")) }"] }
    return "- { \(parts.joined(separator: ", ")) }"
  }
}

extension RollbackSpec {
  func with(triggers: [Criterion]) -> RollbackSpec {
    RollbackSpec(
      style: style, stepDuration: stepDuration, triggers: triggers, healthCheckFailures: healthCheckFailures, guardrail: guardrail)
  }
}

extension Criterion {
  /// Without the metric, as a value in the file: `<1% for 2m`.
  var conditionText: String { "\(comparison.rawValue)\(bound)" + (window.map { " for \($0)" } ?? "") }

  /// As a value of the file.
  var fileText: String {
    guard let streak else { return "\"\(conditionText)\"" }
    return "{ threshold: \"\(conditionText)\", consecutive_failures: \(streak.failures), interval: \(streak.interval) }"
  }

  /// One line under `rollback.triggers`.
  var triggerLine: String { "rollback: { triggers: { \(metric.rawValue): \"\(conditionText)\" } }" }

  /// The next larger bound of a series of round numbers under which enough healthy releases pass; `nil` without any.
  func looser(than passes: (Criterion) -> Double) -> Criterion? {
    let bounds: [Bound]
    switch bound {
    case .percentage(let present):
      bounds = [0.05, 0.1, 0.2, 0.5, 1, 2, 3, 5, 7.5, 10, 15, 20, 30, 50].compactMap { Percentage(percent: $0) }.filter { $0 > present }
        .map(Bound.percentage)
    case .time(let present):
      bounds = (1...60).map { present.milliseconds * Int64(10 + $0) / 10 }.map { .time(TimeSpan(milliseconds: $0.niceCeiling)) }
    case .number: return nil
    case .baseline(let present): bounds = (1...40).map { .baseline(((present + Double($0) * 0.25) * 4).rounded() / 4) }
    }
    return bounds.lazy.map { Criterion(metric: metric, comparison: comparison, bound: $0, window: window, streak: streak) }
      .first { passes($0) >= 0.99 }
  }
}

extension ScoreSpec {
  /// As one key of `success_criteria`.
  var fileText: String {
    let metrics = parts.map { part in
      let weight =
        part.weight == 1 ? part.criterion.fileText : "{ criterion: \(part.criterion.fileText), weight: \(Self.text(part.weight)) }"
      return "\(part.criterion.metric.rawValue): \(weight)"
    }
    let middle = marginal < pass ? ", marginal: \(Self.text(marginal))" : ""
    return "score: { metrics: { \(metrics.joined(separator: ", ")) }, pass: \(Self.text(pass))\(middle) }"
  }
}

extension Int64 {
  /// The next number with two digits before zeros, at least this one.
  var niceCeiling: Int64 {
    var scale: Int64 = 1
    while self / scale >= 100 { scale *= 10 }
    return (self + scale - 1) / scale * scale
  }
}

extension Int {
  /// The next number with two digits before zeros, at least this one.
  var nice: Int { Int(Int64(self).niceCeiling) }
}

extension TimeSpan {
  /// The next length that people would write, at least this one.
  var nice: TimeSpan {
    let steps: [TimeSpan] =
      [10, 15, 20, 30, 45].map { .seconds($0) } + [1, 2, 3, 4, 5, 6, 8, 10, 12, 15, 20, 25, 30, 40, 45, 50].map { .minutes($0) }
      + [60, 75, 90, 105].map { .minutes($0) }
    return steps.first { $0 >= self } ?? .minutes((milliseconds + 1_799_999) / 1_800_000 * 30)
  }
}
