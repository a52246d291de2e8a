import Logging
import SlipwayEngine
import SlipwayModel
import SlipwayPorts
import SlipwayRuntime
import Testing
import TwinWorld

/// An engine on a twin world in which time runs twenty times as fast.
struct Bench {
  static let key = DeploymentKey(service: Name("api")!, environment: Name("local")!)
  static let person = Actor(.person, "ada@example")

  let clock: FastClock
  let journal = MemoryJournal()
  let target: TwinTarget
  let values = MemoryValues()

  init() {
    clock = FastClock(base: SystemClock(), factor: 20)
    target = TwinTarget(clock: clock)
  }

  /// Runs an engine that recovers from the journal, and cancels it at the end, as a crash would as far as it can tell.
  func withEngine<Result: Sendable>(_ body: @Sendable (Engine) async throws -> Result) async throws -> Result {
    let ports = Ports(
      journal: journal, leases: journal, target: target, router: target, metrics: target, values: values, clock: clock, ids: SystemIDs())
    let engine = Engine(ports: ports, logger: Logger(label: "test") { _ in SwiftLogNoOpLogHandler() })
    try await engine.recover()
    return try await withThrowingTaskGroup(of: Void.self) { group in
      group.addTask { await engine.run() }
      defer { group.cancelAll() }
      return try await body(engine)
    }
  }

  /// Waits until a condition holds; fails after ten seconds of the machine's time.
  func until(_ what: String, _ condition: () async throws -> Bool) async throws {
    for _ in 0..<1000 {
      if try await condition() { return }
      try await Task.sleep(for: .milliseconds(10))
    }
    Issue.record("did not happen in time: \(what)")
  }

  static func request(
    _ version: String, hold: TimeSpan = .seconds(3), supersede: Bool = false, variables: Variables = .none, dependsOn: [String] = [],
    replicas: Int = 1
  ) -> DeployRequest {
    let service = ServiceSpec(
      name: key.service, artifact: "app", run: "./app", variables: variables,
      health: HealthSpec(minimumHealthyTime: .milliseconds(500)), dependsOn: dependsOn.compactMap { Name($0) })
    let stage = StageSpec(name: "50%", traffic: Percentage(percent: 50)!, duration: hold)
    return DeployRequest(
      service: key.service, version: Version(version)!,
      environment: EnvironmentSpec(
        name: key.environment, target: .local, listen: [:], replicas: replicas, services: [service],
        strategy: .canary(CanarySpec(stages: [stage])), rollback: RollbackSpec()),
      configuration: Digest(hashing: "c".utf8), folder: "/project", reason: "a test", actor: person, supersede: supersede)
  }
}
