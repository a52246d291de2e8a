import SlipwayModel
import SlipwaySimulation

/// Scenarios that tests run.
enum Bench {
  /// A canary of two stages and a bake of ten seconds on two replicas.
  static func scenario(seed: UInt64, _ releases: [ReleaseModel], acts: [Act] = []) -> Scenario {
    let stages = [20.0, 60].map { percent in
      StageSpec(
        name: "\(Int(percent))%", traffic: Percentage(percent: percent)!, duration: .seconds(10),
        criteria: [Criterion(metric: .errorRate, comparison: .less, bound: .percentage(Percentage(percent: 2)!))])
    }
    let service = ServiceSpec(
      name: Name("api")!, artifact: "app", run: "./app", health: HealthSpec(minimumHealthyTime: .seconds(1)))
    let environment = EnvironmentSpec(
      name: Name("production")!, target: .local, listen: [:], replicas: 2, services: [service],
      strategy: .canary(CanarySpec(stages: stages, keepPrevious: .seconds(10), patience: .seconds(60))), rollback: RollbackSpec())
    return Scenario(
      name: "canary", seed: seed, environment: environment,
      deployments: releases.enumerated().map { number, release in
        Deployment(version: Version("v\(number + 1)")!, release: release, acts: number == releases.count - 1 ? acts : [])
      })
  }

  /// Three releases of which nobody can be in doubt: two are good, and the last one answers nothing but errors.
  static func clear(_ strategy: StrategySpec, _ style: RollbackSpec.Style = .immediate) -> Scenario {
    let service = ServiceSpec(
      name: Name("api")!, artifact: "app", run: "./app", health: HealthSpec(minimumHealthyTime: .seconds(1)))
    let environment = EnvironmentSpec(
      name: Name("production")!, target: .local, listen: [:], replicas: 3, services: [service], strategy: strategy,
      rollback: RollbackSpec(style: style, stepDuration: .seconds(1)))
    return Scenario(
      name: strategy.name, seed: 11, environment: environment, traffic: TrafficModel(requestsPerSecond: 60),
      deployments: [
        Deployment(version: Version("v1")!, release: ReleaseModel(errorRate: 0)),
        Deployment(version: Version("v2")!, release: ReleaseModel(errorRate: 0)),
        Deployment(version: Version("v3")!, release: ReleaseModel(errorRate: 1)),
      ])
  }
}

extension Scenario {
  /// The same with gates that pass at once, unless something is said about them.
  func with(gates: [(name: String, before: GateSpec.Place)], _ models: [GateModel] = [], timeout: TimeSpan = .minutes(5)) -> Scenario {
    guard !gates.isEmpty else { return self }
    var copy = self
    let specs = gates.map { GateSpec(name: Name($0.name)!, before: $0.before, timeout: timeout, means: .command(["./gate"])) }
    copy.environment = environment.with(gates: specs)
    copy.gates = specs.map { spec in models.first { $0.name == spec.name } ?? GateModel(spec.name) }
    return copy
  }
}
