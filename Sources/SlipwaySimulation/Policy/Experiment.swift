import SlipwayEngine
import SlipwayModel

/// An environment whose policy is tried: each run deploys a healthy release into an empty world, then the one to be judged.
package struct Experiment: Sendable {
  /// As it is simulated: with the deployed service alone, and without what only the real target can do.
  package let environment: EnvironmentSpec
  /// What the environment asks for and the simulation leaves out, as paths of the file.
  package let leftOut: [String]
  package let traffic: StatedTraffic
  package let seed: UInt64
  /// The plan of a rollout that meets a live release: what every run follows.
  package let plan: Plan

  /// - Throws: `SlipwayError` of kind `input` when the engine can't compile the environment.
  package init(_ environment: EnvironmentSpec, service: ServiceSpec, traffic: StatedTraffic, seed: UInt64) throws(SlipwayError) {
    self.traffic = traffic
    self.seed = seed
    leftOut =
      environment.unsupported.filter { $0 != "target" } + (environment.target == .local ? [] : ["target: \(environment.target.rawValue)"])
      + (environment.metrics == nil ? [] : ["metrics"]) + environment.readingsAskedFor.map { "criteria on \($0)" }
      + (environment.gates == nil ? [] : ["gates"])
    self.environment = environment.withoutReadings.simulated(service)
    plan = try Self.plan(of: self.environment)
  }

  /// The same experiment with another policy.
  package func with(_ environment: EnvironmentSpec) throws(SlipwayError) -> Experiment {
    try Experiment(environment, traffic: traffic, seed: seed, leftOut: leftOut)
  }

  private init(_ environment: EnvironmentSpec, traffic: StatedTraffic, seed: UInt64, leftOut: [String]) throws(SlipwayError) {
    (self.environment, self.traffic, self.seed, self.leftOut) = (environment, traffic, seed, leftOut)
    plan = try Self.plan(of: environment)
  }

  private static func plan(of environment: EnvironmentSpec) throws(SlipwayError) -> Plan {
    let (version, nothing) = (version(1), Digest(hashing: []))
    let service = environment.services.first
    let request = DeployRequest(
      service: service?.name ?? environment.name, version: version, environment: environment, configuration: nothing, folder: "/",
      reason: "simulation", actor: .engine)
    let live = service.map {
      LiveRelease(
        slot: .blue, release: Release(version: version, artifact: nothing, configuration: nothing), replicas: environment.replicas,
        service: $0)
    }
    return try Plan.compile(request, live: live)
  }

  // A letter and a digit are a version.
  private static func version(_ number: Int) -> Version { Version("v\(number)")! }

  /// The release that is judged.
  package static let judged = version(2)

  /// One run of a trial. The same seed, trial and number give the same scenario, whatever else is simulated.
  package func scenario(_ trial: Trial, run: Int) -> Scenario {
    let live = ReleaseModel(errorRate: traffic.errorRate)
    return Scenario(
      name: trial.id, seed: seed(of: trial, run: run), environment: environment, traffic: traffic.model(factor: trial.trafficFactor),
      deployments: [
        Deployment(version: Self.version(1), release: live),
        Deployment(version: Self.judged, release: trial.release, after: .seconds(30)),
      ])
  }

  /// What goes wrong in one run of a trial.
  package func faults(_ trial: Trial, run: Int) -> [Fault] {
    guard let group = trial.faults else { return [] }
    var random = SimulationRandom(seed: seed(of: trial, run: run), purpose: .campaign)
    return group.faults(within: .seconds(Int64(looks)), &random)
  }

  /// FNV-1a over the trial's name (Fowler, Noll, Vo), mixed with the seed and the number.
  private func seed(of trial: Trial, run: Int) -> UInt64 {
    let name = trial.id.utf8.reduce(0xcbf2_9ce4_8422_2325 as UInt64) { ($0 ^ UInt64($1)) &* 0x100_0000_01b3 }
    var mixer = SplitMix64(state: seed ^ name &+ UInt64(run) &* 0x9e37_79b9_7f4a_7c15)
    return mixer.next()
  }

  /// How many looks of the engine a run takes when nothing goes wrong: what its cost grows with.
  package var looks: Int {
    let held = plan.steps.reduce(plan.bake) { $0 + $1.hold }
    return Int(held.seconds) + 40 + 10 * plan.steps.count
  }
}

extension EnvironmentSpec {
  fileprivate func simulated(_ service: ServiceSpec) -> EnvironmentSpec {
    let deployed = ServiceSpec(
      name: service.name, build: nil, artifact: service.artifact ?? "artifact", run: service.run ?? "run", image: service.image,
      port: service.port, health: service.health, shutdown: service.shutdown, resources: service.resources)
    return EnvironmentSpec(
      name: name, target: .local, listen: listen, replicas: replicas, services: [deployed], strategy: strategy, rollback: rollback,
      routing: routing)
  }

  /// The same environment with another policy.
  func with(strategy: StrategySpec, rollback: RollbackSpec) -> EnvironmentSpec {
    EnvironmentSpec(
      name: name, target: target, listen: listen, replicas: replicas, services: services, strategy: strategy, rollback: rollback,
      routing: routing)
  }
}
