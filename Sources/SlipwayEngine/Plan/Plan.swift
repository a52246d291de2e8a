import SlipwayModel

/// What a rollout will do, compiled once at its start, hashed, and never changed. A newer engine reads older plans by
/// ``schema``.
package struct Plan: Hashable, Sendable, Codable {
  package enum Purpose: String, Codable, Hashable, Sendable {
    case deploy
    /// Back to an earlier release: direct, without stages.
    case rollback
  }

  /// Version of the plan's format: 1.
  package let schema: Int
  package let purpose: Purpose
  package let key: DeploymentKey
  package let version: Version
  package let configuration: Digest
  /// `blue_green`, `canary`, `rolling`, or `rollback`.
  package let strategy: String
  /// The release to start, when it is known before the start (a rollback); otherwise preparing it tells.
  package let release: Release?
  package let service: ServiceSpec
  /// Where the artifact comes from; `nil` when ``release`` is already in the release store.
  package let source: ArtifactSource?
  package let listen: ListenAddress?
  package let routing: RoutingSpec
  /// Where figures come from; `nil`: from the proxy alone.
  package let metrics: MetricsSpec?
  /// What has the traffic at the start; `nil` for the first release.
  package let live: LiveRelease?
  /// The slot that takes the candidate.
  package let candidateSlot: Slot
  /// Replicas of the candidate at full share.
  package let replicas: Int
  /// In order; the last one is at 100 %.
  package let steps: [PlanStep]
  /// How long the new release is watched after promotion.
  package let bake: TimeSpan
  /// Whether the previous slot keeps its replicas during the bake, so that going back takes one switch.
  package let keepsPreviousWarm: Bool
  package let rollback: RollbackSpec
  package let limits: PlanLimits
  /// How the candidate is compared with the live slot; `nil`: it isn't.
  package let analysis: AnalysisSpec?
  /// Where in a cluster; `nil`: on this machine.
  package let kubernetes: KubernetesSpec?
  /// What has to hold outside before the deployment or the promotion, in the order of asking; `nil`: nothing.
  package let gates: [GateSpec]?

  private enum CodingKeys: String, CodingKey {
    case schema, purpose, key, version, configuration, strategy, release, service, source, listen, routing, metrics, live, replicas, steps
    case rollback, limits, analysis, kubernetes, gates
    case candidateSlot = "candidate_slot"
    case bake = "bake_ms"
    case keepsPreviousWarm = "keeps_previous_warm"
  }
}

/// Where the artifact of a release comes from.
package struct ArtifactSource: Hashable, Sendable, Codable {
  /// Absolute folder that ``build`` runs in.
  package let folder: String
  package let build: String?
  /// Relative to ``folder``, or absolute.
  package let artifact: String

  package init(folder: String, build: String?, artifact: String) {
    self.folder = folder
    self.build = build
    self.artifact = artifact
  }
}

/// One stretch of a rollout at a constant split of traffic and of replicas.
package struct PlanStep: Hashable, Sendable, Codable {
  package let name: String
  /// The candidate's share of the traffic.
  package let weight: Percentage
  /// Replicas of the candidate that have to be ready before the traffic moves.
  package let candidateReplicas: Int
  /// Replicas that the live slot keeps while the candidates start: fewer than it had when they need its room.
  package let liveReplicasBefore: Int
  /// Replicas that the live slot keeps once the traffic has moved.
  package let liveReplicas: Int
  /// How long the split is held at least.
  package let hold: TimeSpan
  package let criteria: [Criterion]
  /// Requests that the candidate has to answer before a criterion can pass.
  package let minimumRequests: Int
  /// What has to be no worse than in the live slot; `nil`: nothing is compared.
  package let compared: [ComparedMetric]?
  /// When the step is left; `nil`: after its hold, as soon as its criteria pass.
  package let advance: SafeAdvance?
  /// Criteria that are judged together; `nil`: none are.
  package let score: ScoreSpec?

  package init(
    name: String, weight: Percentage, candidateReplicas: Int, liveReplicasBefore: Int, liveReplicas: Int, hold: TimeSpan,
    criteria: [Criterion] = [], minimumRequests: Int = 0, compared: [ComparedMetric]? = nil, advance: SafeAdvance? = nil,
    score: ScoreSpec? = nil
  ) {
    self.name = name
    self.weight = weight
    self.candidateReplicas = candidateReplicas
    self.liveReplicasBefore = liveReplicasBefore
    self.liveReplicas = liveReplicas
    self.hold = hold
    self.criteria = criteria
    self.minimumRequests = minimumRequests
    self.compared = compared
    self.advance = advance
    self.score = score
  }

  /// All criteria on figures that the step names, those of the score included.
  package var allCriteria: [Criterion] { criteria + (score?.parts.map(\.criterion) ?? []) }

  private enum CodingKeys: String, CodingKey {
    case name, criteria, compared, advance, score
    case weight = "weight_percent"
    case candidateReplicas = "candidate_replicas"
    case liveReplicasBefore = "live_replicas_before"
    case liveReplicas = "live_replicas"
    case hold = "hold_ms"
    case minimumRequests = "minimum_requests"
  }
}

/// Bounds on waiting: with them every rollout ends.
package struct PlanLimits: Hashable, Sendable, Codable {
  /// For building and unpacking; default 30 min.
  package let prepare: TimeSpan
  /// For replicas to become ready, from the request to start them: the service's start-up time-out.
  package let ready: TimeSpan
  /// For a split to be observed in force after it was applied; default 30 s.
  package let converge: TimeSpan
  /// For evidence that a step lacks, after its hold is over.
  package let patience: TimeSpan
  /// For a rollback: after that the rollout ends as failed, and a human is needed; default 10 min.
  package let goBack: TimeSpan
  /// Attempts at one effect before the rollout goes back; default 5.
  package let attempts: Int

  package init(
    prepare: TimeSpan = .minutes(30), ready: TimeSpan, converge: TimeSpan = .seconds(30), patience: TimeSpan,
    goBack: TimeSpan = .minutes(10), attempts: Int = 5
  ) {
    self.prepare = prepare
    self.ready = ready
    self.converge = converge
    self.patience = patience
    self.goBack = goBack
    self.attempts = attempts
  }

  private enum CodingKeys: String, CodingKey {
    case attempts
    case prepare = "prepare_ms"
    case ready = "ready_ms"
    case converge = "converge_ms"
    case patience = "patience_ms"
    case goBack = "go_back_ms"
  }
}
