import SlipwayModel

/// Everything that a simulated run is made of but for the faults: with those and nothing else it can be run again, byte for
/// byte.
package struct Scenario: Hashable, Sendable, Codable {
  /// For reports.
  package var name: String
  package var seed: UInt64
  /// The virtual instant at which the world begins.
  package var start: Timestamp
  /// The user's environment: the engine compiles its plans from this. It has at least one service; the first is deployed.
  package var environment: EnvironmentSpec
  package var traffic: TrafficModel
  /// One after another; the first one meets an empty world.
  package var deployments: [Deployment]
  /// How the environment's gates behave; one that is missing here never answers.
  package var gates: [GateModel]?

  package init(
    name: String, seed: UInt64, start: Timestamp = Timestamp(milliseconds: 1_795_000_000_000), environment: EnvironmentSpec,
    traffic: TrafficModel = TrafficModel(), deployments: [Deployment], gates: [GateModel]? = nil
  ) {
    self.name = name
    self.seed = seed
    self.start = start
    self.environment = environment
    self.traffic = traffic
    self.deployments = deployments
    self.gates = gates
  }
}

/// The requests that arrive at the service.
package struct TrafficModel: Hashable, Sendable, Codable {
  /// Mean number of arrivals per second (a Poisson process).
  package var requestsPerSecond: Double
  /// Median of the response times of a release with factor 1.
  package var medianMicroseconds: Double
  /// Standard deviation of the logarithm of the response times (they are log-normal); 0.5 puts p95 at 2.3 times the median.
  package var spread: Double
  /// Answers that take at least this long are counted as slow; `nil` counts none. The engine knows nothing of it.
  package var slowMicroseconds: Int?

  package init(
    requestsPerSecond: Double = 50, medianMicroseconds: Double = 20_000, spread: Double = 0.5, slowMicroseconds: Int? = nil
  ) {
    self.requestsPerSecond = requestsPerSecond
    self.medianMicroseconds = medianMicroseconds
    self.spread = spread
    self.slowMicroseconds = slowMicroseconds
  }
}

/// One release that somebody deploys.
package struct Deployment: Hashable, Sendable, Codable {
  package var version: Version
  package var release: ReleaseModel
  /// Pause before it is asked for: from the end of the rollout before, or from its start when this one does not wait.
  package var after: TimeSpan
  /// Whether the rollout before has to be over first.
  package var waits: Bool
  /// Whether a rollout that is under way is to be aborted for it.
  package var supersedes: Bool
  /// What people do about it.
  package var acts: [Act]

  package init(
    version: Version, release: ReleaseModel = ReleaseModel(), after: TimeSpan = .seconds(1), waits: Bool = true,
    supersedes: Bool = false, acts: [Act] = []
  ) {
    self.version = version
    self.release = release
    self.after = after
    self.waits = waits
    self.supersedes = supersedes
    self.acts = acts
  }
}

/// What a person does about a rollout, and when.
package struct Act: Hashable, Sendable, Codable {
  package enum Kind: String, CaseIterable, Hashable, Sendable, Codable {
    /// Without a ``resume`` later on the rollout waits for ever, and the run is overdue.
    case pause
    case resume
    case promote
    case promoteFully = "promote_fully"
    case abort
    /// `slipway rollback`: also once the rollout is over.
    case rollback
    /// `slipway retry`: once the rollout went back or failed.
    case retry
    /// An intent that names another plan, as somebody would send who looked at an older screen.
    case staleApproval = "stale_approval"
  }

  package var kind: Kind
  /// From the start of the rollout.
  package var after: TimeSpan

  package init(_ kind: Kind, after: TimeSpan) {
    self.kind = kind
    self.after = after
  }
}
