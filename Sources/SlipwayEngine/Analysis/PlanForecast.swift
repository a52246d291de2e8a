import SlipwayModel
import SlipwayStatistics

/// What the comparisons of a plan can detect at the traffic seen lately, stated before anything begins.
package struct PlanForecast: Hashable, Sendable, Codable {
  /// One stage that compares, and by when nine in ten releases with a regression are sent back in it.
  package struct Stage: Hashable, Sendable, Codable {
    /// The name of the step.
    package let name: String
    /// Twice as many errors; `nil`: not within a day.
    package let doubledErrors: TimeSpan?
    /// One more failed request in a hundred.
    package let onePointMore: TimeSpan?
    /// All response times 1.3 times as long; `nil` also when latency is not compared.
    package let slower: TimeSpan?
    /// How long the stage lasts at most.
    package let lasts: TimeSpan

    private enum CodingKeys: String, CodingKey {
      case name
      case doubledErrors = "doubled_errors_ms"
      case onePointMore = "one_point_more_ms"
      case slower = "slower_ms"
      case lasts = "lasts_ms"
    }
  }

  /// How much slower ``Stage/slower`` is about.
  package static let slowness = 1.3

  /// Of the live slot, over the last minutes.
  package let requestsPerSecond: Double
  /// Errors per request, 0...1.
  package let errorRatio: Double
  /// The most likely it may be that a release that is no worse is sent back.
  package let alpha: Percentage
  /// The stages that compare, in order.
  package let stages: [Stage]

  private enum CodingKeys: String, CodingKey {
    case stages
    case requestsPerSecond = "requests_per_second"
    case errorRatio = "error_ratio"
    case alpha = "alpha_percent"
  }

  /// - Parameters:
  ///   - metrics: of the live slot's last minutes.
  ///   - now: until when they are looked at, from five minutes before.
  /// - Returns: `nil` when the plan compares nothing, or there were no requests.
  package init?(_ plan: Plan, _ metrics: MetricSeries, at now: Timestamp) {
    guard let analysis = plan.analysis, let live = plan.live else { return nil }
    let start = now - .minutes(5)
    let reference = max(StableComparison.referenceBlock, plan.metrics?.resolution ?? .zero)
    let taken = ReferenceTaken(metrics, of: live.slot, from: start, to: now, block: reference)
    let total = taken.total
    guard total.requests > 0 else { return nil }
    requestsPerSecond = taken.requestsPerSecond
    errorRatio = Double(total.errors) / Double(total.requests)
    alpha = analysis.alpha
    let comparison = StableComparison(taken, plan)
    let forecast = DetectionForecast(
      design: comparison.process.design, reference: comparison.process.reference, bounds: LatencyHistogram.upperBounds,
      alpha: analysis.alpha.ratio, tolerated: comparison.toleratedBuckets)
    let rate = requestsPerSecond
    let block = max(comparison.block, plan.metrics?.resolution ?? .zero)
    stages = plan.steps.filter { !($0.compared ?? []).isEmpty }.map { Self.stage($0, forecast, rate, block) }
  }

  private static func stage(_ step: PlanStep, _ forecast: DetectionForecast, _ rate: Double, _ block: TimeSpan) -> Stage {
    func time(_ regression: DetectionForecast.Regression, _ metric: ComparedMetric) -> TimeSpan? {
      guard step.compared?.contains(metric) ?? false else { return nil }
      let found = forecast.detection(
        of: regression, requestsPerSecond: rate, share: step.weight.ratio,
        interval: Double(block.milliseconds) / 1000)
      return found.map { .milliseconds(Int64($0.nineInTen * 1000)) }
    }
    return Stage(
      name: step.name, doubledErrors: time(.errorsMultiplied(by: 2), .errorRate), onePointMore: time(.errorsAdded(0.01), .errorRate),
      slower: time(.slower(factor: slowness), .latency), lasts: max(step.hold, step.advance?.maximum ?? .zero))
  }
}
