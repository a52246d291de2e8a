extension EnvironmentSpec {
  /// The same environment without criteria on readings of outside sources, without such sources, without gates, and without anybody who
  /// is told: for a simulation, which has requests and nothing else.
  package var withoutReadings: EnvironmentSpec {
    EnvironmentSpec(
      name: name, target: target, listen: listen, replicas: replicas, services: services, strategy: strategy.withoutReadings,
      rollback: rollback.withoutReadings, routing: routing, branch: branch, namespace: namespace, url: url, unsupported: unsupported,
      kubernetes: kubernetes)
  }

  /// The names of the readings that criteria and triggers are about, in order and each once.
  package var readingsAskedFor: [String] {
    let criteria = strategy.stages.flatMap(\.allCriteria) + rollback.triggers
    return Set(criteria.compactMap(\.metric.readingName)).sorted()
  }
}

extension StrategySpec {
  /// The stages that the file can state; none for a rolling replacement.
  private(set) package var stages: [StageSpec] {
    get {
      switch self {
      case .blueGreen(let spec): spec.trafficShift
      case .canary(let spec): spec.stages
      case .rolling: []
      }
    }
    set {
      switch self {
      case .blueGreen(let spec):
        self = .blueGreen(
          BlueGreenSpec(trafficShift: newValue, keepPrevious: spec.keepPrevious, patience: spec.patience, analysis: spec.analysis))
      case .canary(let spec):
        self = .canary(
          CanarySpec(stages: newValue, keepPrevious: spec.keepPrevious, patience: spec.patience, analysis: spec.analysis))
      case .rolling: break
      }
    }
  }

  fileprivate var withoutReadings: StrategySpec {
    var copy = self
    copy.stages = stages.map { stage in
      StageSpec(
        name: stage.name, traffic: stage.traffic, duration: stage.duration,
        criteria: stage.criteria.filter { $0.metric.readingName == nil },
        minimumRequests: stage.minimumRequests, compared: stage.compared, advance: stage.advance,
        score: stage.score?.keeping { $0.metric.readingName == nil })
    }
    return copy
  }
}

extension RollbackSpec {
  fileprivate var withoutReadings: RollbackSpec {
    RollbackSpec(
      style: style, stepDuration: stepDuration, triggers: triggers.filter { $0.metric.readingName == nil },
      healthCheckFailures: healthCheckFailures, guardrail: guardrail)
  }
}
