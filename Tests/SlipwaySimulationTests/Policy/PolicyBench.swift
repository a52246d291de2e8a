import SlipwayModel
import SlipwaySimulation
import Testing

/// Policies that tests try.
enum PolicyBench {
  static func stage(_ percent: Double, _ duration: TimeSpan, errors: Double, requests: Int = 20) -> StageSpec {
    StageSpec(
      name: "\(Int(percent))%", traffic: Percentage(percent: percent)!, duration: duration,
      criteria: [Criterion(metric: .errorRate, comparison: .less, bound: .percentage(Percentage(percent: errors)!))],
      minimumRequests: requests)
  }

  static func canary(
    _ stages: [StageSpec], triggers: [Criterion] = [], bake: TimeSpan = .minutes(5), patience: TimeSpan = .minutes(10)
  ) -> EnvironmentSpec {
    environment(.canary(CanarySpec(stages: stages, keepPrevious: bake, patience: patience)), triggers: triggers)
  }

  static func environment(_ strategy: StrategySpec, triggers: [Criterion] = []) -> EnvironmentSpec {
    let service = ServiceSpec(
      name: Name("api")!, artifact: "app", run: "./app", health: HealthSpec(minimumHealthyTime: .seconds(1)))
    return EnvironmentSpec(
      name: Name("production")!, target: .local, listen: [:], replicas: 2, services: [service], strategy: strategy,
      rollback: RollbackSpec(triggers: triggers))
  }

  static func experiment(_ environment: EnvironmentSpec, _ traffic: StatedTraffic, seed: UInt64 = 1) throws -> Experiment {
    let service = try #require(environment.services.first)
    return try Experiment(environment, service: service, traffic: traffic, seed: seed)
  }
}
