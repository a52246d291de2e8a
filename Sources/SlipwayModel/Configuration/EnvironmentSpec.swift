/// Where a release runs, with everything of the base that the environment does not override.
package struct EnvironmentSpec: Hashable, Sendable, Codable {
  package let name: Name
  package private(set) var target: TargetKind
  /// Where the embedded proxy takes requests, per service; the local target needs one for each.
  package let listen: [Name: ListenAddress]
  /// Replicas of each service at full share, 1...1000.
  package let replicas: Int
  package private(set) var services: [ServiceSpec]
  package private(set) var strategy: StrategySpec
  package let rollback: RollbackSpec
  package let routing: RoutingSpec
  /// Where figures come from; `nil`: from the proxy alone.
  package let metrics: MetricsSpec?
  /// Branches that may go here: a glob such as `release/*`; `nil` allows any.
  package let branch: String?
  /// Kubernetes namespace; only that target needs one.
  package let namespace: String?
  /// Where people reach the environment: shown, not used.
  package let url: String?
  /// Settings that the file states and this version can't honour, as paths such as `approvals`. A deployment to an
  /// environment with any of them is refused: a gate that is written down is never skipped silently.
  package private(set) var unsupported: [String]
  /// What the Kubernetes target needs; `nil` for the others. Names in it may hold `{{service}}`.
  package private(set) var kubernetes: KubernetesSpec?
  /// Who is told what becomes of rollouts; `nil`: nobody.
  package private(set) var notify: [NotificationChannel]?
  /// What has to hold outside before a deployment or a promotion, in the order of asking; `nil`: nothing.
  package private(set) var gates: [GateSpec]?

  package init(
    name: Name, target: TargetKind, listen: [Name: ListenAddress], replicas: Int, services: [ServiceSpec], strategy: StrategySpec,
    rollback: RollbackSpec, routing: RoutingSpec = RoutingSpec(), metrics: MetricsSpec? = nil, branch: String? = nil,
    namespace: String? = nil, url: String? = nil, unsupported: [String] = [], kubernetes: KubernetesSpec? = nil,
    notify: [NotificationChannel]? = nil, gates: [GateSpec]? = nil
  ) {
    self.name = name
    self.target = target
    self.listen = listen
    self.replicas = replicas
    self.services = services
    self.strategy = strategy
    self.rollback = rollback
    self.routing = routing
    self.metrics = metrics
    self.branch = branch
    self.namespace = namespace
    self.url = url
    self.unsupported = unsupported
    self.kubernetes = kubernetes
    self.notify = notify
    self.gates = gates
  }

  /// What is stated and can't be done by this version, as paths of the file; a deployment is refused unless this is empty.
  package var refusedSettings: [String] {
    switch target {
    case .local: unsupported
    case .kubernetes: unsupported + (kubernetes == nil ? ["target: kubernetes without a namespace"] : [])
    case .simulated: unsupported + ["target: simulated"]
    }
  }

  /// The same environment without what this version can't do; what can't be deployed to at all becomes this machine.
  package var honoured: EnvironmentSpec {
    var copy = self
    copy.unsupported = []
    if !copy.refusedSettings.isEmpty { copy.target = .local }
    return copy
  }

  /// Where figures come from in the target: an embedded proxy counts on this machine only.
  package var measuredBy: MetricsSpec? {
    guard target == .kubernetes, metrics.map({ $0.source == .proxy }) ?? true else { return metrics }
    let stated = metrics
    return MetricsSpec(
      source: .unmeasured, prometheus: stated?.prometheus, http: stated?.http, command: stated?.command,
      namespace: stated?.namespace ?? namespace, workload: stated?.workload ?? MetricsSpec(source: .proxy).workload, folder: stated?.folder)
  }

  /// The first metric that is to be judged and that nothing counts; `nil` when all can be judged.
  package var unmeasuredCriterion: String? {
    guard measuredBy?.source == .unmeasured else { return nil }
    let counted = (strategy.stages.flatMap(\.allCriteria) + rollback.triggers).first { $0.metric.readingName == nil }
    return counted?.metric.rawValue ?? strategy.stages.lazy.compactMap { $0.compared?.first?.rawValue }.first
  }

  /// The same environment with another strategy.
  package func with(strategy: StrategySpec) -> EnvironmentSpec {
    var copy = self
    copy.strategy = strategy
    return copy
  }

  /// The same environment with other gates; `nil`: without any.
  package func with(gates: [GateSpec]?) -> EnvironmentSpec {
    var copy = self
    copy.gates = gates
    return copy
  }

  /// The same environment elsewhere in clusters.
  package func with(kubernetes: KubernetesSpec) -> EnvironmentSpec {
    var copy = self
    copy.kubernetes = kubernetes
    return copy
  }

  /// The same environment with these channels in place of its own.
  package func with(notify: [NotificationChannel]?) -> EnvironmentSpec {
    var copy = self
    copy.notify = notify
    return copy
  }

  /// The same environment with these in place of its services.
  package func with(services: [ServiceSpec]) -> EnvironmentSpec {
    var copy = self
    copy.services = services
    return copy
  }
}

/// Where an environment's replicas run.
package enum TargetKind: String, Codable, CaseIterable, Hashable, Sendable {
  /// Processes on this machine behind the embedded proxy.
  case local
  case kubernetes
  case simulated
}

/// A TCP address to listen at, `host:port`; port 0 asks the system for a free one.
package struct ListenAddress: Hashable, Sendable, Codable, LosslessStringConvertible {
  package let host: String
  package let port: Int

  package init(host: String, port: Int) {
    self.host = host
    self.port = port
  }

  /// Reads `127.0.0.1:8000`, `[::1]:8000` and `:8000` (all interfaces, IPv4); `nil` for anything else.
  package init?(_ text: String) {
    guard let colon = text.lastIndex(of: ":"), let port = Int(text[text.index(after: colon)...]), (0...65_535).contains(port) else {
      return nil
    }
    var host = String(text[..<colon])
    if host.hasPrefix("["), host.hasSuffix("]") { host = String(host.dropFirst().dropLast()) } else if host.contains(":") { return nil }
    self.init(host: host.isEmpty ? "0.0.0.0" : host, port: port)
  }

  package var description: String { host.contains(":") ? "[\(host)]:\(port)" : "\(host):\(port)" }
}

/// How the proxy divides requests.
package struct RoutingSpec: Hashable, Sendable, Codable {
  /// Whether a client stays with the slot it first got (a cookie that the proxy sets); default true. Without it every
  /// request is drawn anew.
  package let sticky: Bool
  /// Requests that always go to the candidate while there is one.
  package let candidateRules: [CandidateRule]
  /// Share of the requests that the candidate also gets a copy of until it has all traffic.
  package let mirror: Percentage

  package init(sticky: Bool = true, candidateRules: [CandidateRule] = [], mirror: Percentage = .zero) {
    self.sticky = sticky
    self.candidateRules = candidateRules
    self.mirror = mirror
  }

  private enum CodingKeys: String, CodingKey {
    case sticky
    case candidateRules = "candidate_rules"
    case mirror = "mirror_percent"
  }
}

/// A header or cookie that sends a request to the candidate.
package struct CandidateRule: Hashable, Sendable, Codable {
  package let source: RoutingRule.Source
  package let name: String
  /// The exact value; `nil` for any.
  package let value: String?

  package init(source: RoutingRule.Source, name: String, value: String?) {
    self.source = source
    self.name = name
    self.value = value
  }
}

/// A project as its file describes it: every environment complete, nothing left to merge.
package struct Project: Hashable, Sendable, Codable {
  package let name: Name
  package let environments: [EnvironmentSpec]

  package init(name: Name, environments: [EnvironmentSpec]) {
    self.name = name
    self.environments = environments
  }
}

extension Name: CodingKeyRepresentable {
  package var codingKey: any CodingKey { description.codingKey }
  package init?(codingKey: some CodingKey) { self.init(codingKey.stringValue) }
}
