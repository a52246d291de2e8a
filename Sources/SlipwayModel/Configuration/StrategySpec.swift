/// How traffic moves from the live slot to the candidate.
package enum StrategySpec: Hashable, Sendable {
  /// The candidate takes over at once, or by steps of traffic.
  case blueGreen(BlueGreenSpec)
  /// The candidate proves itself on a growing share of the traffic.
  case canary(CanarySpec)
  /// Replicas are replaced a few at a time; the share of traffic follows the replicas.
  case rolling(RollingSpec)

  /// The word that the file and the journal use.
  package var name: String {
    switch self {
    case .blueGreen: "blue_green"
    case .canary: "canary"
    case .rolling: "rolling"
    }
  }
}

/// One stretch of a rollout at a constant share of traffic. `blue_green.traffic_shift[]` and `canary.stages[]` both are one.
package struct StageSpec: Hashable, Sendable, Codable {
  /// What people call it; default `10%`.
  package let name: String
  /// The candidate's share, more than 0 %.
  package let traffic: Percentage
  /// How long the share is held at least; 0 for the stage that ends at 100 %.
  package let duration: TimeSpan
  /// All of these have to hold over the stage before the next one starts.
  package let criteria: [Criterion]
  /// Requests the candidate has to answer before the criteria can pass; default 20 when there are criteria.
  package let minimumRequests: Int
  /// What has to be no worse than in the live slot; `nil`: nothing is compared.
  package let compared: [ComparedMetric]?
  /// When the stage is left; `nil`: after its duration, as soon as its criteria pass.
  package let advance: SafeAdvance?
  /// Criteria that are judged together; `nil`: none are.
  package let score: ScoreSpec?

  package init(
    name: String, traffic: Percentage, duration: TimeSpan, criteria: [Criterion] = [], minimumRequests: Int = 20,
    compared: [ComparedMetric]? = nil, advance: SafeAdvance? = nil, score: ScoreSpec? = nil
  ) {
    self.name = name
    self.traffic = traffic
    self.duration = duration
    self.criteria = criteria
    self.minimumRequests = minimumRequests
    self.compared = compared
    self.advance = advance
    self.score = score
  }

  /// All criteria on figures that the stage names, those of the score included.
  package var allCriteria: [Criterion] { criteria + (score?.parts.map(\.criterion) ?? []) }

  private enum CodingKeys: String, CodingKey {
    case name
    case traffic = "traffic_percent"
    case duration = "duration_ms"
    case criteria
    case minimumRequests = "minimum_requests"
    case compared, advance, score
  }
}

/// All traffic to a second full set of replicas: at once, or by steps.
package struct BlueGreenSpec: Hashable, Sendable, Codable {
  /// Empty: everything at once.
  package let trafficShift: [StageSpec]
  /// Bake: how long the previous slot stays warm and the new one is watched after promotion; default 5 min.
  package let keepPrevious: TimeSpan
  /// How long a stage may lack evidence before the rollout goes back; default 10 min.
  package let patience: TimeSpan
  /// How stages that compare do it; `nil`: the defaults.
  package let analysis: AnalysisSpec?

  package init(
    trafficShift: [StageSpec] = [], keepPrevious: TimeSpan = .minutes(5), patience: TimeSpan = .minutes(10), analysis: AnalysisSpec? = nil
  ) {
    self.trafficShift = trafficShift
    self.keepPrevious = keepPrevious
    self.patience = patience
    self.analysis = analysis
  }

  private enum CodingKeys: String, CodingKey {
    case analysis
    case trafficShift = "traffic_shift"
    case keepPrevious = "keep_previous_ms"
    case patience = "patience_ms"
  }
}

/// A growing share of the traffic, each stage with criteria of its own.
package struct CanarySpec: Hashable, Sendable, Codable {
  /// At least one; shares rise.
  package let stages: [StageSpec]
  /// As ``BlueGreenSpec/keepPrevious``.
  package let keepPrevious: TimeSpan
  /// As ``BlueGreenSpec/patience``.
  package let patience: TimeSpan
  /// How stages that compare do it; `nil`: the defaults.
  package let analysis: AnalysisSpec?

  package init(
    stages: [StageSpec], keepPrevious: TimeSpan = .minutes(5), patience: TimeSpan = .minutes(10), analysis: AnalysisSpec? = nil
  ) {
    self.stages = stages
    self.keepPrevious = keepPrevious
    self.patience = patience
    self.analysis = analysis
  }

  private enum CodingKeys: String, CodingKey {
    case stages, analysis
    case keepPrevious = "keep_previous_ms"
    case patience = "patience_ms"
  }
}

/// Replicas are replaced batch by batch; traffic follows their share.
package struct RollingSpec: Hashable, Sendable, Codable {
  /// Replicas more than asked for; default 25 %, rounded up.
  package let maxSurge: ReplicaAmount
  /// Replicas fewer than asked for; default 25 %, rounded down. Not both may come to zero.
  package let maxUnavailable: ReplicaAmount
  /// How long each step is watched before the next; default 5 s.
  package let interval: TimeSpan
  /// How long the new release is watched at full share; default 5 min. The previous one is gone by then.
  package let bake: TimeSpan

  package init(
    maxSurge: ReplicaAmount = .share(Percentage(basisPoints: 2500) ?? .zero),
    maxUnavailable: ReplicaAmount = .share(Percentage(basisPoints: 2500) ?? .zero), interval: TimeSpan = .seconds(5),
    bake: TimeSpan = .minutes(5)
  ) {
    self.maxSurge = maxSurge
    self.maxUnavailable = maxUnavailable
    self.interval = interval
    self.bake = bake
  }

  private enum CodingKeys: String, CodingKey {
    case maxSurge = "max_surge"
    case maxUnavailable = "max_unavailable"
    case interval = "interval_ms"
    case bake = "bake_ms"
  }
}

/// A number of replicas, or a share of them.
package enum ReplicaAmount: Hashable, Sendable {
  case count(Int)
  case share(Percentage)
}
