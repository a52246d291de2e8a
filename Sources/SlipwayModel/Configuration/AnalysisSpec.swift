/// How the candidate is compared with the live slot while both have traffic.
package struct AnalysisSpec: Hashable, Sendable, Codable {
  /// The most likely it may be, in one rollout, that a release that is no worse is sent back by the comparison; default 1 %.
  package let alpha: Percentage
  /// How much higher the candidate's error rate may be, as a share of the live slot's; `nil`: not at all.
  package let errorTolerance: Percentage?
  /// How much longer the candidate's response times may be, as a share of the live slot's; `nil`: not at all.
  package let latencyTolerance: Percentage?

  package init(
    alpha: Percentage = AnalysisSpec.standardAlpha, errorTolerance: Percentage? = nil, latencyTolerance: Percentage? = nil
  ) {
    self.alpha = alpha
    self.errorTolerance = errorTolerance
    self.latencyTolerance = latencyTolerance
  }

  /// How much worse the candidate may be in one of the metrics; `nil`: not at all.
  package func tolerance(of metric: ComparedMetric) -> Percentage? {
    switch metric {
    case .errorRate: errorTolerance
    case .latency: latencyTolerance
    }
  }

  /// 1 %.
  package static let standardAlpha = Percentage(basisPoints: 100) ?? .zero

  private enum CodingKeys: String, CodingKey {
    case alpha = "alpha_percent"
    case errorTolerance = "error_rate_tolerance_percent"
    case latencyTolerance = "latency_tolerance_percent"
  }
}

/// What `not worse than stable` can be said of.
package enum ComparedMetric: String, Codable, CaseIterable, Hashable, Sendable {
  /// Failed requests per request.
  case errorRate = "error_rate"
  /// The whole distribution of response times, and its slow end on its own.
  case latency
}

/// A stage that is left as soon as the evidence allows it, `advance: when_safe`.
package struct SafeAdvance: Hashable, Sendable, Codable {
  /// How long its share is held at least; default 20 s.
  package let minimum: TimeSpan
  /// When it is left without proof of harmlessness, as long as nothing speaks against the candidate; default the stage's
  /// `duration`.
  package let maximum: TimeSpan

  package init(minimum: TimeSpan = .seconds(20), maximum: TimeSpan) {
    self.minimum = minimum
    self.maximum = maximum
  }

  private enum CodingKeys: String, CodingKey {
    case minimum = "minimum_ms"
    case maximum = "maximum_ms"
  }
}
