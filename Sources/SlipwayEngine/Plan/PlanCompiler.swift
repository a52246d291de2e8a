import SlipwayModel

extension Plan {
  /// Compiles what was asked for into what will be done.
  ///
  /// - Parameter live: what has the traffic now; `nil` when the service has never been deployed here. Then there is nothing
  ///   to compare with and nobody to protect: the release gets all traffic in one step once it is ready.
  /// - Throws: `SlipwayError` of kind `input` when the environment states what can't be honoured, or the service lacks
  ///   what its target needs.
  package static func compile(_ request: DeployRequest, live: LiveRelease?) throws(SlipwayError) -> Plan {
    let environment = request.environment
    guard let service = environment.services.first(where: { $0.name == request.service }) else {
      throw SlipwayError(
        .unknownService, .input, "environment '\(environment.name)' has no service '\(request.service)'",
        remedy: "use one of: \(environment.services.map(\.name.description).joined(separator: ", "))")
    }
    try refuseUnsupported(environment)
    let source = try source(of: service, request)
    let kubernetes = environment.target == .kubernetes ? environment.kubernetes?.completed(for: service.name, in: request.folder) : nil
    if let live { try requireSamePlace(kubernetes, live, request.key) }
    let strategy = environment.strategy
    var steps =
      live.map { Self.steps(of: strategy, replicas: environment.replicas, live: $0.replicas) }
      ?? [fullStep(replicas: environment.replicas, live: 0)]
    if let live, kubernetes?.router == .replicas, strategy.keepsPreviousWarm {
      steps = byReplicas(steps, replicas: environment.replicas, live: live.replicas)
    }
    try requireCounts(environment)
    if let kubernetes {
      try kubernetes.router.requireShares(of: steps, service.name)
      try kubernetes.router.requireSight(for: environment.routing, service.name)
    }
    return Plan(
      schema: 1, purpose: .deploy, key: request.key, version: request.version, configuration: request.configuration,
      strategy: strategy.name, release: nil, service: service,
      source: source,
      listen: environment.listen[request.service], routing: environment.routing,
      metrics: environment.measuredBy?.within(request.folder), live: live,
      candidateSlot: live?.slot.other ?? .blue, replicas: environment.replicas,
      steps: steps,
      bake: live == nil ? .zero : strategy.bake, keepsPreviousWarm: live != nil && strategy.keepsPreviousWarm,
      rollback: environment.rollback,
      limits: PlanLimits(ready: service.health.startupTimeout, patience: strategy.patience),
      analysis: live == nil ? nil : strategy.comparison, kubernetes: kubernetes, gates: environment.gates)
  }

  /// The direct way back to a release that had all the traffic before: one step, no criteria, no gates, its own configuration.
  package static func rollback(to target: LiveRelease, from live: LiveRelease, request: DeployRequest) -> Plan {
    Plan(
      schema: 1, purpose: .rollback, key: request.key, version: target.release.version, configuration: target.release.configuration,
      strategy: "rollback", release: target.release, service: target.service, source: nil,
      listen: target.listen ?? request.environment.listen[request.service], routing: request.environment.routing,
      metrics: request.environment.measuredBy?.within(request.folder), live: live,
      candidateSlot: live.slot.other, replicas: target.replicas,
      steps: [fullStep(replicas: target.replicas, live: live.replicas)], bake: .zero, keepsPreviousWarm: true,
      rollback: RollbackSpec(), limits: PlanLimits(ready: target.service.health.startupTimeout, patience: .minutes(10)),
      analysis: nil, kubernetes: target.kubernetes ?? live.kubernetes, gates: nil)
  }

  static func refuseUnsupported(_ environment: EnvironmentSpec) throws(SlipwayError) {
    let settings = environment.refusedSettings
    guard settings.isEmpty else {
      throw SlipwayError(
        .unsupportedSetting, .input,
        "environment '\(environment.name)' states what this version can't do yet: \(settings.joined(separator: ", "))",
        remedy: environment.target == .simulated
          ? "deploy to an environment with another target, and remove settings that can't be honoured"
          : "remove them from the file, or deploy to an environment without them")
    }
  }

  private static func steps(of strategy: StrategySpec, replicas: Int, live: Int) -> [PlanStep] {
    switch strategy {
    case .blueGreen(let spec): stages(spec.trafficShift, replicas: replicas, live: live)
    case .canary(let spec): stages(spec.stages, replicas: replicas, live: live)
    case .rolling(let spec): rollingSteps(spec, replicas: replicas, live: live)
    }
  }

  /// Each stage is a step; a last one at 100 % is added where it is missing.
  private static func stages(_ stages: [StageSpec], replicas: Int, live: Int) -> [PlanStep] {
    let steps = stages.map { stage in
      PlanStep(
        name: stage.name, weight: stage.traffic, candidateReplicas: replicas, liveReplicasBefore: live, liveReplicas: live,
        hold: stage.advance?.minimum ?? stage.duration, criteria: stage.criteria,
        minimumRequests: stage.allCriteria.isEmpty && (stage.compared ?? []).isEmpty ? 0 : stage.minimumRequests,
        compared: stage.traffic < .hundred ? stage.compared : nil, advance: stage.traffic < .hundred ? stage.advance : nil,
        score: stage.score)
    }
    return steps.last?.weight == .hundred ? steps : steps + [fullStep(replicas: replicas, live: live)]
  }

  private static func fullStep(replicas: Int, live: Int) -> PlanStep {
    PlanStep(
      name: "100%", weight: .hundred, candidateReplicas: replicas, liveReplicasBefore: live, liveReplicas: live, hold: .zero)
  }
}

extension StrategySpec {
  fileprivate var bake: TimeSpan {
    switch self {
    case .blueGreen(let spec): spec.keepPrevious
    case .canary(let spec): spec.keepPrevious
    case .rolling(let spec): spec.bake
    }
  }

  /// How the candidate is compared; `nil` when no stage asks for it.
  fileprivate var comparison: AnalysisSpec? {
    func spec(_ stages: [StageSpec], _ stated: AnalysisSpec?) -> AnalysisSpec? {
      stages.contains { $0.traffic < .hundred && !($0.compared ?? []).isEmpty } ? stated ?? AnalysisSpec() : nil
    }
    return switch self {
    case .blueGreen(let blueGreen): spec(blueGreen.trafficShift, blueGreen.analysis)
    case .canary(let canary): spec(canary.stages, canary.analysis)
    case .rolling: nil
    }
  }

  fileprivate var keepsPreviousWarm: Bool {
    switch self {
    case .blueGreen, .canary: true
    case .rolling: false
    }
  }

  fileprivate var patience: TimeSpan {
    switch self {
    case .blueGreen(let spec): spec.patience
    case .canary(let spec): spec.patience
    case .rolling: .minutes(10)
    }
  }
}

extension SlipwayError.Code {
  package static let unknownService = SlipwayError.Code("unknown-service")
  package static let incompleteService = SlipwayError.Code("incomplete-service")
  package static let unsupportedSetting = SlipwayError.Code("unsupported-setting")
}
