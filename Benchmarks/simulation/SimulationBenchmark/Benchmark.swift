import SlipwayEngine
import SlipwayModel
import SlipwaySimulation

/// Sums over all runs.
struct Total: Sendable {
  private var runs = 0
  private var rollouts = 0
  private var ticks = 0
  private var events = 0
  private var requests = 0
  private var virtual = TimeSpan.zero
  private var outcomes: [String: Int] = [:]
  private var ends: [String: Int] = [:]
  private var violations: [String: Int] = [:]
  private var struck: [String: Int] = [:]
  private var suspects: [String] = []

  mutating func add(_ report: RunReport) {
    runs += 1
    rollouts += report.rollouts.count
    ticks += report.counts.ticks
    events += report.counts.events
    requests += report.requests
    virtual = virtual + report.duration
    ends[report.end.rawValue, default: 0] += 1
    for rollout in report.rollouts {
      outcomes[rollout.outcome.rawValue + (rollout.reason.map { " (\($0.code))" } ?? ""), default: 0] += 1
    }
    for violation in report.violations { violations["\(violation.rule.rawValue): \(violation.words)", default: 0] += 1 }
    for fault in report.struck { struck[fault.kind.rawValue, default: 0] += 1 }
    let isOpen = report.rollouts.contains { !$0.outcome.isTerminal || $0.outcome == .failed }
    if report.end != .completed || isOpen || !report.violations.isEmpty, suspects.count < 20 {
      suspects.append("\(report.seed) \(report.end.rawValue) \(report.violations.first?.words ?? "") \(report.struck.map(\.description))")
    }
  }

  func show(in duration: Duration) {
    let seconds = Double(duration.components.seconds) + Double(duration.components.attoseconds) / 1e18
    print("\(runs) runs, \(rollouts) rollouts, \(ticks) looks, \(events) events, \(requests) requests, \(virtual) of virtual time")
    print("\(Int(Double(rollouts) / seconds)) rollouts/s, \(Int(Double(ticks) / seconds)) looks/s, in \(seconds) s")
    for (name, counts) in [("ends", ends), ("outcomes", outcomes), ("violations", violations), ("faults", struck)] {
      print("\(name): " + counts.sorted { $0.key < $1.key }.map { "\($0.key) \($0.value)" }.joined(separator: ", "))
    }
    for suspect in suspects { print("look at seed \(suspect)") }
  }
}

extension FaultKind {
  /// `none`, `all`, or one kind; nothing for an unknown name.
  static func named(_ name: String) -> [FaultKind] {
    name == "all" ? allCases : FaultKind(rawValue: name).map { [$0] } ?? []
  }
}

extension Scenario {
  /// Runs the scenario of a seed with faults drawn from the same seed.
  static func runBenchmark(
    seed: UInt64, _ kinds: [FaultKind], _ count: Int, tracing: Bool, on scheduler: SimulatedScheduler
  ) async -> RunReport {
    var random = SimulationRandom(seed: seed, purpose: .faults)
    let faults = Fault.random(count, of: kinds, within: .seconds(90), calls: 30, using: &random)
    return await Simulation.run(benchmark(seed: seed), faults: faults, tracing: tracing, on: scheduler)
  }

  /// A canary with three stages on three replicas, and three releases of which the last one fails one request in twelve.
  static func benchmark(seed: UInt64) -> Scenario {
    // Names, shares and versions that are written down here are valid.
    let name = Name("api")!
    let criteria = [
      Criterion(metric: .errorRate, comparison: .less, bound: .percentage(Percentage(percent: 2)!)),
      Criterion(metric: .p95, comparison: .lessOrEqual, bound: .baseline(2)),
    ]
    let stages = [10.0, 50, 100].map { percent in
      StageSpec(
        name: "\(Int(percent))%", traffic: Percentage(percent: percent)!, duration: .seconds(percent == 100 ? 5 : 10),
        criteria: criteria, minimumRequests: 20)
    }
    let environment = EnvironmentSpec(
      name: Name("production")!, target: .local, listen: [:], replicas: 3,
      services: [
        ServiceSpec(name: name, artifact: "app", run: "./app", health: HealthSpec(minimumHealthyTime: .seconds(1)))
      ],
      strategy: .canary(CanarySpec(stages: stages, keepPrevious: .seconds(10), patience: .seconds(60))), rollback: RollbackSpec())
    return Scenario(
      name: "benchmark", seed: seed, environment: environment,
      deployments: [
        Deployment(version: Version("v1")!), Deployment(version: Version("v2")!),
        Deployment(version: Version("v3")!, release: ReleaseModel(errorRate: 0.08)),
      ])
  }
}
