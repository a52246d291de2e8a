import SlipwayEngine
import SlipwayModel

/// Values that tests share. Everything is valid by construction, hence the force unwraps.
enum Fixture {
  static let start = Timestamp("2026-11-21T09:00:00.000Z")!
  static let service = ServiceSpec(name: Name("api")!, artifact: "app", run: "./app --port $PORT")
  static let key = DeploymentKey(service: Name("api")!, environment: Name("local")!)
  static let person = Actor(.person, "ada@example")

  static func percent(_ value: Double) -> Percentage { Percentage(percent: value)! }
  static func digest(_ text: String) -> Digest { Digest(hashing: text.utf8) }

  static func release(_ version: String) -> Release {
    Release(version: Version(version)!, artifact: digest("artifact " + version), configuration: digest("configuration"))
  }

  static func live(_ version: String = "1", slot: Slot = .blue, replicas: Int = 2) -> LiveRelease {
    LiveRelease(slot: slot, release: release(version), replicas: replicas, service: service, listen: ListenAddress("127.0.0.1:0")!)
  }

  static func stage(_ traffic: Double, _ seconds: Int64, _ criteria: [Criterion] = [], minimum: Int = 20) -> StageSpec {
    StageSpec(
      name: "\(percent(traffic))", traffic: percent(traffic), duration: .seconds(seconds), criteria: criteria, minimumRequests: minimum)
  }

  static func errorRate(below share: Double, for window: TimeSpan? = nil) -> Criterion {
    Criterion(metric: .errorRate, comparison: .less, bound: .percentage(percent(share)), window: window)
  }

  static func request(
    _ version: String = "2", strategy: StrategySpec, rollback: RollbackSpec = RollbackSpec(), replicas: Int = 2,
    routing: RoutingSpec = RoutingSpec(), metrics: MetricsSpec? = nil, startup: TimeSpan = .seconds(60),
    gates: [GateSpec]? = nil
  ) -> DeployRequest {
    let service = ServiceSpec(
      name: service.name, artifact: service.artifact, run: service.run, health: HealthSpec(startupTimeout: startup))
    return DeployRequest(
      service: service.name, version: Version(version)!,
      environment: EnvironmentSpec(
        name: key.environment, target: .local, listen: [service.name: ListenAddress("127.0.0.1:0")!], replicas: replicas,
        services: [service], strategy: strategy, rollback: rollback, routing: routing, metrics: metrics, gates: gates),
      configuration: digest("configuration"), folder: "/project", reason: "a test", actor: person)
  }

  static func started(_ request: DeployRequest, live: LiveRelease? = live()) throws -> RolloutStarted {
    let plan = try Plan.compile(request, live: live)
    return RolloutStarted(id: "r1", request: request, plan: plan, planDigest: plan.digest)
  }
}
