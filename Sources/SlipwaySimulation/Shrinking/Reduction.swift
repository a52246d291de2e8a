import SlipwayModel

/// What is left out of a round: with the seed it gives exactly that round again. Written as `faults=0,2;deployments=1`.
package struct Reduction: Hashable, Sendable, LosslessStringConvertible {
  /// What can be left out, by its number in the round as the seed makes it.
  package enum Part: String, CaseIterable, Hashable, Sendable {
    case faults
    case deployments
    /// Numbered through all deployments.
    case acts
    /// Stages of blue-green and canary.
    case stages
    /// Triggers of the rollback.
    case triggers
    case gates
  }

  package var without: [Part: Set<Int>] = [:]

  package init() {}

  /// `nil` for a text of another form.
  package init?(_ text: String) {
    for item in text.split(separator: ";") {
      let sides = item.split(separator: "=", maxSplits: 1)
      guard sides.count == 2, let part = Part(rawValue: String(sides[0])) else { return nil }
      let numbers = sides[1].split(separator: ",").map { Int($0) }
      guard numbers.allSatisfy({ $0 != nil }) else { return nil }
      without[part] = Set(numbers.compactMap { $0 })
    }
  }

  package var description: String {
    Part.allCases.compactMap { part in
      guard let numbers = without[part], !numbers.isEmpty else { return nil }
      return part.rawValue + "=" + numbers.sorted().map(String.init).joined(separator: ",")
    }.joined(separator: ";")
  }

  func keeps(_ part: Part, _ number: Int) -> Bool { !(without[part]?.contains(number) ?? false) }

  /// The same, with this left out too.
  func leaving(out numbers: some Sequence<Int>, of part: Part) -> Reduction {
    var copy = self
    copy.without[part, default: []].formUnion(numbers)
    return copy
  }
}

extension Round {
  /// The round without what a reduction leaves out.
  package func reduced(by reduction: Reduction) -> Round {
    var round = self
    round.faults = faults.enumerated().filter { reduction.keeps(.faults, $0.offset) }.map(\.element)
    var act = 0
    var deployments: [Deployment] = []
    for (number, deployment) in scenario.deployments.enumerated() {
      var deployment = deployment
      deployment.acts = deployment.acts.filter { _ in
        defer { act += 1 }
        return reduction.keeps(.acts, act)
      }
      if reduction.keeps(.deployments, number) { deployments.append(deployment) }
    }
    round.scenario.deployments = deployments
    round.scenario.environment = scenario.environment.reduced(by: reduction)
    return round
  }

  /// How many there are of a part.
  func count(of part: Reduction.Part) -> Int {
    switch part {
    case .faults: faults.count
    case .deployments: scenario.deployments.count
    case .acts: scenario.deployments.reduce(0) { $0 + $1.acts.count }
    case .stages: scenario.environment.strategy.stages.count
    case .triggers: scenario.environment.rollback.triggers.count
    case .gates: scenario.environment.gates?.count ?? 0
    }
  }
}

extension EnvironmentSpec {
  fileprivate func reduced(by reduction: Reduction) -> EnvironmentSpec {
    let triggers = rollback.triggers.enumerated().filter { reduction.keeps(.triggers, $0.offset) }.map(\.element)
    return EnvironmentSpec(
      name: name, target: target, listen: listen, replicas: replicas, services: services,
      strategy: strategy.with(stages: strategy.stages.enumerated().filter { reduction.keeps(.stages, $0.offset) }.map(\.element)),
      rollback: RollbackSpec(
        style: rollback.style, stepDuration: rollback.stepDuration, triggers: triggers, healthCheckFailures: rollback.healthCheckFailures,
        guardrail: rollback.guardrail),
      routing: routing, notify: notify, gates: gates?.enumerated().filter { reduction.keeps(.gates, $0.offset) }.map(\.element))
  }
}

extension StrategySpec {
  fileprivate func with(stages: [StageSpec]) -> StrategySpec {
    switch self {
    case .blueGreen(let spec): .blueGreen(BlueGreenSpec(trafficShift: stages, keepPrevious: spec.keepPrevious, patience: spec.patience))
    case .canary(let spec): .canary(CanarySpec(stages: stages, keepPrevious: spec.keepPrevious, patience: spec.patience))
    case .rolling: self
    }
  }
}
