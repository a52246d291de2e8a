import SlipwayModel
import SlipwayRuntime

/// Answer of `GET /v1/status`: every service in every environment that was ever deployed from this state folder.
package struct StatusView: Hashable, Sendable, Codable {
  package let at: Timestamp
  package let deployments: [DeploymentView]

  package init(at: Timestamp, deployments: [DeploymentView]) {
    self.at = at
    self.deployments = deployments
  }
}

/// One service in one environment.
package struct DeploymentView: Hashable, Sendable, Codable {
  package let service: Name
  package let environment: Name
  /// Where its clients reach it.
  package let listen: ListenAddress?
  /// The release that has the traffic by the journal; absent before the first promotion.
  package let liveVersion: Version?
  package let liveSlot: Slot?
  package let liveArtifact: Digest?
  package let agentReachable: Bool
  package let agentError: SlipwayError?
  package let slots: [SlotStatus]
  /// The rollout under way.
  package let activeRollout: RolloutView?
  /// The newest rollout, when none is under way.
  package let lastRollout: RolloutView?
  /// Who may change it now.
  package let lease: LeaseView?

  private enum CodingKeys: String, CodingKey {
    case service, environment, listen, slots, lease
    case liveVersion = "live_version"
    case liveSlot = "live_slot"
    case liveArtifact = "live_artifact"
    case agentReachable = "agent_reachable"
    case agentError = "agent_error"
    case activeRollout = "active_rollout"
    case lastRollout = "last_rollout"
  }
}

/// A slot as it was found; what the journal says of it where it could not be looked at.
package struct SlotStatus: Hashable, Sendable, Codable {
  /// Time that the figures are of.
  package static let window = TimeSpan.seconds(10)

  /// The same for figures of an outside source, whose intervals may be longer.
  static func window(of metrics: MetricsSpec?) -> TimeSpan { max(window, metrics?.resolution ?? .zero) }

  package let slot: Slot
  package let version: Version?
  package let weight: Percentage
  package let readyReplicas: Int
  package let desiredReplicas: Int
  /// The newest failed probe in words; `nil` when all replicas are ready or no probe failed.
  package let notReadyBecause: String?
  /// Requests that are being answered now.
  package let inFlight: Int
  /// How often a replica has ended by itself since the slot got its release.
  package let restarts: Int
  package let lastExit: ExitReport?
  /// Over the last ten seconds; absent without data.
  package let requestsPerSecond: Double?
  package let errorRate: Double?
  package let p95Milliseconds: Double?

  /// - Parameter start: when the slot first got traffic for its present release; figures of an earlier one are not its own.
  init(
    _ slot: Slot, version: Version?, world: WorldObservation?, split: TrafficSplit?, figures series: MetricSeries?, since start: Timestamp?,
    as metrics: MetricsSpec? = nil, at now: Timestamp
  ) {
    self.slot = slot
    let seen = world?[slot]
    self.version = seen?.release?.version ?? version
    weight = (world?.split ?? split ?? .none).weight(of: slot)
    readyReplicas = seen?.readyReplicas ?? 0
    desiredReplicas = seen?.desiredReplicas ?? 0
    notReadyBecause = seen?.notReadyBecause
    inFlight = seen?.inFlight ?? 0
    restarts = seen?.restarts ?? 0
    lastExit = seen?.lastExit
    let (window, newest) = (Self.window(of: metrics), now - (metrics?.lag ?? .zero))
    let start = start ?? (weight > .zero ? newest - window : nil)
    let figures = start.flatMap { start in series.map { $0.figures(of: slot, from: max(newest - window, start), to: newest) } }
    requestsPerSecond = figures.map { Double($0.requests) / window.seconds }
    errorRate = figures?.errorRatio
    p95Milliseconds = figures?.latency.quantileMicroseconds(0.95).map { Double($0) / 1000 }
  }

  private enum CodingKeys: String, CodingKey {
    case slot, version, restarts
    case weight = "weight_percent"
    case readyReplicas = "ready_replicas"
    case desiredReplicas = "desired_replicas"
    case notReadyBecause = "not_ready_because"
    case inFlight = "in_flight"
    case lastExit = "last_exit"
    case requestsPerSecond = "requests_per_second"
    case errorRate = "error_rate"
    case p95Milliseconds = "p95_ms"
  }
}

/// Who holds the right to change a service in an environment, and what for.
package struct LeaseView: Hashable, Sendable, Codable {
  /// The rollout.
  package let holder: String
  package let actor: Actor
  package let reason: String
  package let epoch: Int64
  package let expiry: Timestamp
}
