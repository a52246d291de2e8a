import SlipwayModel

/// One key of the file: what it takes, what holds without it, and what it is for. The checker, the readers' bounds and
/// the tables of `docs/formats/config.md` all come from these rows.
package struct Key: Sendable {
  /// Whether this version does what the key asks for.
  package enum Support: Sendable {
    case full
    /// Accepted and checked; a deployment to an environment that has it is refused.
    case none
    /// As ``none``, unless it has one of these values.
    case only([String])
  }

  package let name: String
  package let kind: Kind
  /// What holds when the key is absent, for the documentation.
  package let fallback: String
  /// A valid value, written as in the file, on one line.
  package let example: String
  /// What the key is for; Markdown, one line.
  package let meaning: String
  package let support: Support

  /// Whether a file is wrong without it, whatever else it says.
  var isRequired: Bool { fallback == "required" }

  init(
    _ name: String, _ kind: Kind, default fallback: String = "none", example: String, support: Support = .full, _ meaning: String
  ) {
    self.name = name
    self.kind = kind
    self.fallback = fallback
    self.example = example
    self.meaning = meaning
    self.support = support
  }
}

/// What a key takes.
package indirect enum Kind: Sendable {
  case text(TextForm)
  case flag
  case integer(ClosedRange<Int>)
  /// A decimal number.
  case number(ClosedRange<Double>)
  case duration(ClosedRange<TimeSpan>)
  case percentage(ClosedRange<Percentage>)
  /// A number of replicas, or a share of them.
  case amount
  case choice([String])
  /// One criterion, or a list of them; each a text, or a mapping that counts failures in a row.
  case criteria(CriterionRole)
  /// A criterion of a score: its text, or a mapping that says its weight too.
  case weighted
  /// The words of a comparison with the live version.
  case comparison
  /// A mapping with known keys.
  case section(Scope)
  /// A mapping whose keys the author chooses.
  case table(of: Kind, keys: TextForm, upTo: Int)
  case list(of: Kind, upTo: Int)
  /// A single value, or else a mapping or list.
  case either(Kind, Kind)
  /// Anything: for what this version knows only by name.
  case anything
}

/// What a text has to look like.
package enum TextForm: Sendable, CaseIterable {
  /// Anything, also nothing.
  case free
  /// Anything but nothing.
  case filled
  /// An RFC 1123 label: ``SlipwayModel/Name``.
  case name
  /// The name of an environment variable.
  case variable
  /// The path of a URL.
  case path
  /// A file or folder.
  case file
  /// A container image without a tag.
  case image
  /// Kubernetes quantities.
  case cpu
  case memory
  case url
  /// An HTTP field name (RFC 9110, section 5.1), which a cookie's name is too.
  case token
  /// `host:port`.
  case address
  /// The name of a reading: ``SlipwayModel/Metric/isReadingName(_:)``.
  case reading
  /// A text with placeholders: ``SlipwayModel/MetricTemplate``.
  case template
  /// A URL with placeholders.
  case urlTemplate
  /// A JSON pointer (RFC 6901) with placeholders.
  case pointer
}

/// Where a criterion stands: what has to hold, or what must not happen.
package enum CriterionRole: Sendable {
  case success
  case trigger
}

/// A place of the file that has keys of its own.
package enum Scope: String, CaseIterable, Sendable {
  case root
  case service
  case health
  case shutdown
  case resources
  case environment
  case strategy
  case blueGreen
  case canary
  case rolling
  case stage
  case analysis
  case success
  case streak
  case score
  case scoreMetrics
  case scorePart
  case rollback
  case triggers
  case routing
  case rule
  case metrics
  case prometheus
  case queries
  case httpMetrics = "http"
  case commandMetrics = "command"
  case basicAuth = "basic_auth"
  case metricsTLS = "tls"
  case gate
  case approvals
  case channel
  case cluster
  case router
  case nginxRouter = "nginx"
  case istioRouter = "istio"
  case gatewayRouter = "gateway_api"

  // The file of `slipway simulate --scenario`.
  case simulation
  case simulatedTraffic = "traffic"
  case simulatedRelease = "releases"
  case lateFault = "late_fault"
  case leak
  case coldStart = "cold_start"
  case crash

  /// The places of `slipway.yaml`.
  package static let allCases: [Scope] = [
    .root, .service, .health, .shutdown, .resources, .environment, .strategy, .blueGreen, .canary, .rolling, .stage, .analysis, .success,
    .streak, .score, .scoreMetrics, .scorePart, .rollback, .triggers, .routing, .rule, .metrics, .prometheus, .queries, .httpMetrics,
    .commandMetrics, .basicAuth, .metricsTLS, .gate, .approvals, .channel, .cluster, .router, .nginxRouter, .istioRouter, .gatewayRouter,
  ]

  /// The places of a scenario file.
  package static let simulationCases: [Scope] = [
    .simulation, .simulatedTraffic, .simulatedRelease, .lateFault, .leak, .coldStart, .crash,
  ]

  /// All places of the same file.
  var siblings: [Scope] { Self.allCases.contains(self) ? Self.allCases : Self.simulationCases }

  /// The path in the file, for headings.
  package var path: String {
    switch self {
    case .root: "the top of the file"
    case .service: "services.NAME"
    case .health: "services.NAME.health"
    case .shutdown: "services.NAME.shutdown"
    case .resources: "services.NAME.resources"
    case .environment: "environments.NAME"
    case .strategy: "strategy"
    case .blueGreen: "strategy.blue_green"
    case .canary: "strategy.canary"
    case .rolling: "strategy.rolling"
    case .stage: "strategy.canary.stages[], strategy.blue_green.traffic_shift[]"
    case .analysis: "strategy.canary.analysis, strategy.blue_green.analysis"
    case .success: "success_criteria of a stage"
    case .streak: "a criterion that counts failures in a row"
    case .score: "success_criteria.score"
    case .scoreMetrics: "success_criteria.score.metrics"
    case .scorePart: "a metric of a score"
    case .rollback: "rollback"
    case .triggers: "rollback.triggers"
    case .routing: "routing"
    case .rule: "routing.candidate_rules[]"
    case .metrics: "metrics"
    case .prometheus, .httpMetrics, .commandMetrics: "metrics.\(rawValue)"
    case .queries: "metrics.prometheus.queries"
    case .basicAuth, .metricsTLS: "\(rawValue) of metrics.prometheus, metrics.http, gates[]"
    case .gate: "gates[]"
    case .approvals: "environments.NAME.approvals"
    case .channel: "environments.NAME.notify[]"
    case .cluster: "environments.NAME.cluster"
    case .router: "environments.NAME.cluster.router"
    case .nginxRouter, .istioRouter, .gatewayRouter: "environments.NAME.cluster.router.\(rawValue)"
    case .simulation: "the top of the file"
    case .simulatedTraffic: "traffic"
    case .simulatedRelease: "releases[]"
    case .lateFault, .leak, .coldStart, .crash: "releases[].\(rawValue)"
    }
  }

  /// How messages name the place: "`x` is not a key of …".
  var phrase: String {
    switch self {
    case .root, .simulation: "the file's top level"
    case .simulatedRelease: "a release"
    case .service: "a service"
    case .environment: "an environment"
    case .stage: "a stage"
    case .success: "`success_criteria`"
    case .streak: "a criterion"
    case .scoreMetrics: "`metrics` of a score"
    case .scorePart: "a metric of a score"
    case .rule: "a candidate rule"
    case .channel: "a channel"
    case .gate: "a gate"
    case .blueGreen: "`blue_green`"
    case .health, .shutdown, .resources, .strategy, .canary, .rolling, .analysis, .score, .rollback, .triggers, .routing, .approvals,
      .simulatedTraffic,
      .metrics, .prometheus, .queries, .httpMetrics, .commandMetrics, .basicAuth, .metricsTLS, .lateFault, .leak, .coldStart, .crash,
      .cluster, .router, .nginxRouter, .istioRouter, .gatewayRouter:
      "`\(rawValue)`"
    }
  }

  package var keys: [Key] {
    switch self {
    case .root: Keys.root
    case .service: Keys.service
    case .health: Keys.health
    case .shutdown: Keys.shutdown
    case .resources: Keys.resources
    case .environment: Keys.environment
    case .strategy: Keys.strategy
    case .blueGreen: Keys.blueGreen
    case .canary: Keys.canary
    case .rolling: Keys.rolling
    case .stage: Keys.stage
    case .analysis: Keys.analysis
    case .success: Keys.success
    case .streak: Keys.streak
    case .score: Keys.score
    case .scoreMetrics: Keys.scoreMetrics
    case .scorePart: Keys.scorePart
    case .rollback: Keys.rollback
    case .triggers: Keys.triggers
    case .routing: Keys.routing
    case .rule: Keys.rule
    case .metrics: Keys.metrics
    case .prometheus: Keys.prometheus
    case .queries: Keys.queries
    case .httpMetrics: Keys.httpMetrics
    case .commandMetrics: Keys.commandMetrics
    case .basicAuth: Keys.basicAuth
    case .metricsTLS: Keys.metricsTLS
    case .gate: Keys.gate
    case .approvals: Keys.approvals
    case .channel: Keys.channel
    case .cluster: Keys.cluster
    case .router: Keys.router
    case .nginxRouter: Keys.nginxRouter
    case .istioRouter: Keys.istioRouter
    case .gatewayRouter: Keys.gatewayRouter
    case .simulation: Keys.simulation
    case .simulatedTraffic: Keys.simulatedTraffic
    case .simulatedRelease: Keys.simulatedRelease
    case .lateFault: Keys.lateFault
    case .leak: Keys.leak
    case .coldStart: Keys.coldStart
    case .crash: Keys.crash
    }
  }

  func key(_ name: String) -> Key? { keys.first { $0.name == name } }
}

/// The tables, one for each ``Scope``.
enum Keys {
  /// The keys that overrides may hold, in the base and in an environment alike.
  static let overridable: [Key] = [
    Key(
      "strategy", .either(.choice(["blue_green", "canary", "rolling"]), .section(.strategy)), default: "`blue_green`, all at once",
      example: "rolling", "How traffic moves to a new version. A name alone takes that strategy's defaults."),
    Key(
      "rollback", .section(.rollback), default: "the defaults of its keys", example: "{ strategy: gradual }",
      "When and how a rollout goes back by itself."),
    Key(
      "routing", .section(.routing), default: "the defaults of its keys", example: "{ sticky: false }",
      "How the proxy divides requests while two versions run."),
    Key(
      "metrics", .section(.metrics), default: "the proxy's figures", example: "{ source: proxy }",
      "Where figures come from; see [metrics.md](../metrics.md)."),
    gates,
  ]

  static let root: [Key] =
    [
      Key("project", .text(.name), default: "required", example: "agi-eval", "Name of the project: 1 to 63 of `a-z`, `0-9`, `-`."),
      Key(
        "services", .table(of: .section(.service), keys: .name, upTo: 200), default: "required",
        example: "{ api: { artifact: dist, run: ./api } }", "What is deployed, by name."),
      Key(
        "environments", .table(of: .section(.environment), keys: .name, upTo: 100), default: "required",
        example: "{ local: { listen: 127.0.0.1:8000 } }", "Where it is deployed to, by name."),
    ] + overridable + [
      Key("pipeline", .anything, example: "[lint, test]", support: .none, "Steps before a deployment."),
      Key("approvals", .anything, example: "{ production: { minimum: 2 } }", support: .none, "Who must agree, by environment."),
      Key(
        "notification", .anything, example: "[{ slack: \"#deploys\" }]", support: .none,
        "Who is told; what this version does about that is `notify` of an environment."),
      Key("database", .anything, example: "{ migrate: make migrate }", support: .none, "Migration and backup."),
      Key("backup", .anything, example: "{ frequency: hourly }", support: .none, "What is backed up, and when."),
      Key("security", .anything, example: "{ max_critical: 0 }", support: .none, "Scans and their limits."),
      Key("compliance", .anything, example: "{ frameworks: [SOC2] }", support: .none, "Frameworks to be met."),
      Key("secrets", .anything, example: "{ rotation: 30d }", support: .none, "Where secrets come from."),
      Key("network_policies", .anything, example: "{ ingress: [] }", support: .none, "Who may talk to whom."),
      Key("autoscaling", .anything, example: "{ max_replicas: 10 }", support: .none, "Replicas that follow the load."),
      Key("audit", .anything, example: "{ retention: 5y }", support: .none, "How long records are kept."),
      Key("freeze", .anything, example: "[{ from: friday }]", support: .none, "Times without deployments."),
    ]

  static let environment: [Key] =
    [
      Key(
        "target", .choice(["local", "kubernetes", "simulated"]), default: "`local`", example: "local",
        support: .only(["local", "kubernetes"]),
        "What the processes run on. `local`: this machine, behind the embedded proxy. `kubernetes`: a cluster, in `namespace`."),
      Key(
        "listen", .either(.text(.address), .table(of: .text(.address), keys: .name, upTo: 200)), default: "required for `local`",
        example: "127.0.0.1:8000",
        "Where the proxy takes requests: one address, or one for each service by name. Port 0 takes a free one."),
      Key("replicas", .integer(1...1000), default: "1", example: "2", "Processes of each service at full share."),
      Key("branch", .text(.filled), default: "any", example: "release/*", "Branches that may be deployed here, as a glob."),
      Key("namespace", .text(.name), default: "required for `kubernetes`", example: "agi-eval", "Kubernetes namespace."),
      Key(
        "cluster", .section(.cluster), default: "the defaults of its keys", example: "{ router: nginx }",
        "Which cluster, and what divides the traffic there; for `kubernetes`."),
      Key("url", .text(.url), example: "https://agi-eval.example.com", "Where people reach the environment; shown, not used."),
      Key(
        "resources", .section(.resources), default: "those of each service", example: "{ cpu: 500m, memory: 1Gi }",
        "What one replica of every service needs here."),
      Key(
        "services", .table(of: .section(.service), keys: .name, upTo: 200), default: "as in the base",
        example: "{ api: { env: { LOG_LEVEL: debug } } }", "What is different here for services that the base has."),
    ] + overridable + [
      notify,
      Key(
        "auto_deploy", .flag, default: "`false`", example: "false", support: .only(["false"]), "Deploy by itself when the branch moves."),
      Key("promote_from", .text(.name), example: "staging", support: .none, "The environment a version has to come from."),
      Key("approvals", .section(.approvals), example: "{ groups: [leads], minimum: 2 }", support: .none, "Who must agree first."),
      Key("database", .anything, example: "app_production", support: .none, "The database used here."),
      Key("autoscaling", .anything, example: "{ max_replicas: 10 }", support: .none, "Replicas that follow the load."),
      Key("freeze", .anything, example: "[{ from: friday }]", support: .none, "Times without deployments here."),
    ]

  static let approvals: [Key] = [
    Key("required", .flag, default: "`true`", example: "true", "Whether approval is needed."),
    Key("groups", .list(of: .text(.filled), upTo: 50), example: "[leads, security]", "Groups whose members may approve."),
    Key("approvers", .list(of: .text(.filled), upTo: 50), example: "[leads]", "As `groups`."),
    Key("minimum", .integer(1...100), default: "1", example: "2", "How many must approve."),
    Key("minimum_approvals", .integer(1...100), default: "1", example: "2", "As `minimum`."),
  ]
}
