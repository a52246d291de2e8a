import SlipwayEngine
import SlipwayModel
import SlipwayPorts
import SlipwayRuntime

/// Rollouts in every phase, made by the events that lead there.
enum Samples {
  static let start = Timestamp("2026-11-21T09:14:00.000Z")!
  static let id = "20261121-091400-kqzt"
  static let key = DeploymentKey(service: Name("api")!, environment: Name("local")!)
  private static let digest = Digest(hashing: "artifact".utf8)

  static let service = ServiceSpec(name: key.service, build: "make api", artifact: "dist/api", run: "./api --port $PORT")

  static func request(_ strategy: StrategySpec = canary, version: String = "v2") -> DeployRequest {
    DeployRequest(
      service: key.service, version: Version(version)!,
      environment: EnvironmentSpec(
        name: key.environment, target: .local, listen: [key.service: ListenAddress("127.0.0.1:8000")!], replicas: 2, services: [service],
        strategy: strategy,
        rollback: RollbackSpec(
          triggers: [
            Criterion(
              metric: .errorRate, comparison: .greater, bound: .percentage(Percentage(percent: 5)!), window: .minutes(2))
          ])),
      configuration: digest, folder: "/project", reason: "faster search", actor: Actor(.person, "ada@example"))
  }

  static let canary = StrategySpec.canary(
    CanarySpec(
      stages: [
        StageSpec(
          name: "10%", traffic: Percentage(percent: 10)!, duration: .minutes(5),
          criteria: [
            Criterion(metric: .errorRate, comparison: .less, bound: .percentage(Percentage(percent: 1)!)),
            Criterion(metric: .p95, comparison: .less, bound: .time(.milliseconds(500))),
          ]),
        StageSpec(name: "half", traffic: Percentage(percent: 50)!, duration: .minutes(10)),
      ]))

  /// A request that asks for every form of criteria, and for figures from everywhere.
  static func judgedRequest() -> DeployRequest {
    func less(_ metric: Metric, _ percent: Double, _ streak: FailureStreak? = nil) -> Criterion {
      Criterion(metric: metric, comparison: .less, bound: .percentage(Percentage(percent: percent)!), streak: streak)
    }
    let score = ScoreSpec(
      parts: [
        ScoreSpec.Part(criterion: less(.errorRate, 1), weight: 3),
        ScoreSpec.Part(criterion: Criterion(metric: .p95, comparison: .lessOrEqual, bound: .baseline(1.2))),
        ScoreSpec.Part(criterion: less(.reading("cpu"), 80)),
      ], pass: 90, marginal: 75)
    let stages = [
      StageSpec(
        name: "5%", traffic: Percentage(percent: 5)!, duration: .zero, compared: [.errorRate, .latency],
        advance: SafeAdvance(maximum: .minutes(2))),
      StageSpec(
        name: "50%", traffic: Percentage(percent: 50)!, duration: .minutes(10),
        criteria: [less(.errorRate, 5, FailureStreak(failures: 3, interval: .seconds(30)))], compared: [.errorRate], score: score),
    ]
    let base = request(.canary(CanarySpec(stages: stages, analysis: AnalysisSpec(errorTolerance: Percentage(percent: 10)))))
    let metrics = MetricsSpec(
      source: .proxy,
      prometheus: PrometheusSpec(url: "http://prometheus:9090", readings: ["cpu": "x", "memory": "y"]),
      command: CommandMetricsSpec(run: ["./lag.sh"], readings: ["lag": "/seconds"], interval: .seconds(30)))
    let lag = Criterion(metric: .reading("lag"), comparison: .greater, bound: .time(.seconds(10)))
    return DeployRequest(
      service: base.service, version: base.version,
      environment: EnvironmentSpec(
        name: key.environment, target: .local, listen: base.environment.listen, replicas: 2, services: [service],
        strategy: base.environment.strategy, rollback: RollbackSpec(triggers: [lag]), metrics: metrics),
      configuration: digest, folder: base.folder, reason: base.reason, actor: base.actor)
  }

  static let live = LiveRelease(
    slot: .blue, release: Release(version: Version("v1")!, artifact: digest, configuration: digest), replicas: 2, service: service)

  static func plan(_ strategy: StrategySpec = canary, live: LiveRelease? = live) throws -> Plan {
    try Plan.compile(request(strategy), live: live)
  }

  /// A rollout after these events, a second apart.
  static func rollout(_ events: [Event]) throws -> Rollout {
    let plan = try plan()
    var rollout = Rollout(RolloutStarted(id: id, request: request(), plan: plan, planDigest: plan.digest), at: start)
    for (offset, event) in events.enumerated() { rollout.apply(event, at: start + .seconds(Int64(offset + 1))) }
    return rollout
  }

  static func prepared() throws -> [Event] {
    [
      .buildStarted, try event("release_prepared", #"{"artifact":"\#(digest)"}"#), .deployStarted, .validationStarted,
    ]
  }

  static func holding() throws -> [Event] {
    try prepared() + [try event("step_started", #"{"index":0}"#), .capacityReady, .holdStarted]
  }

  /// Events are made from their journal form: that is what they are read from.
  static func event(_ kind: String, _ body: String) throws -> Event { try Event(kind: kind, body: Array(body.utf8)) }

  /// Two ready replicas in each slot, and ten seconds of figures.
  static func observation(at now: Timestamp, green: Double) -> Observation {
    let slot = { (version: String) in
      SlotObservation(
        release: Release(version: Version(version)!, artifact: digest, configuration: digest), desiredReplicas: 2, readyReplicas: 2)
    }
    let intervals = (1...10).map { second in
      MetricInterval(
        start: now - .seconds(Int64(second)), length: .seconds(1), blue: figures(90, 0, 12_000),
        green: figures(10, second == 3 ? 4 : 0, 14_000))
    }
    return Observation(
      world: WorldObservation(
        at: now, blue: slot("v1"), green: slot("v2"), split: .share(Percentage(percent: green)!, to: .green)),
      metrics: MetricSeries(intervals: intervals.reversed()), watch: Watch(from: now))
  }

  private static func figures(_ requests: Int, _ errors: Int, _ microseconds: Int) -> SlotFigures {
    var latency = LatencyHistogram()
    for _ in 0..<requests { latency.record(microseconds: microseconds) }
    return SlotFigures(requests: requests, errors: errors, latency: latency)
  }

  static func entry(_ kind: String, _ body: String, index: Int64 = 7, plan: Plan?) -> EntryView {
    EntryView(
      JournalEntry(
        index: index, at: start + .seconds(index), stream: "rollout/\(id)", kind: kind, actor: .engine, cause: "tick",
        body: Array(body.utf8)),
      plan: plan)
  }
}
