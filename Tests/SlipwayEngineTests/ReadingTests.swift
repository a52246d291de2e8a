import Foundation
import SlipwayEngine
import SlipwayModel
import Testing

@Suite("Readings of outside sources")
struct ReadingTests {
  private static let cpu = Criterion(metric: .reading("cpu"), comparison: .less, bound: .percentage(Fixture.percent(80)))

  private static func world(
    _ criteria: [Criterion] = [cpu], triggers: [Criterion] = [], metrics: MetricsSpec? = nil, patience: TimeSpan = .minutes(10)
  ) throws -> World {
    let strategy = StrategySpec.canary(
      CanarySpec(stages: [Fixture.stage(50, 60, criteria)], keepPrevious: .seconds(30), patience: patience))
    return World(
      try Fixture.started(Fixture.request(strategy: strategy, rollback: RollbackSpec(triggers: triggers), metrics: metrics)))
  }

  private static func findings(_ world: World, _ subject: String) -> Finding? {
    world.rollout.judge(world.observation, at: world.now).findings.first { $0.subject == subject }
  }

  @Test("A stage passes when the mean of the candidate's readings satisfies the criterion; the live slot's are not looked at")
  func passes() throws {
    var world = try Self.world()
    world.readings = [.green: ["cpu": 0.6], .blue: ["cpu": 0.99]]
    world.run(45)
    let finding = try #require(Self.findings(world, "cpu < 80%"))
    #expect(finding.verdict == .pass && finding.value == 0.6 && finding.bound == 0.8 && finding.requests == 0)
    world.run(200)
    #expect(world.rollout.phase == .succeeded)
  }

  @Test("A reading beyond its bound sends the rollout back at the end of the hold, and not by one reading before")
  func fails() throws {
    var world = try Self.world()
    world.readings = [.green: ["cpu": 0.9]]
    world.run(50)
    #expect(world.rollout.phase == .shifting)
    #expect(Self.findings(world, "cpu < 80%")?.verdict == .fail)
    world.run(40)
    #expect(world.rollout.phase == .rolledBack)
    #expect(world.rollout.reason?.code == "reading")
  }

  @Test("Without any reading there is no evidence: the stage waits until its patience ends, and never passes")
  func missing() throws {
    var world = try Self.world(patience: .minutes(1))
    world.readings = [.blue: ["cpu": 0.1]]
    world.run(80)
    #expect(Self.findings(world, "cpu < 80%")?.verdict == .insufficient)
    #expect(world.rollout.phase == .shifting)
    world.run(80)
    #expect(world.rollout.phase == .rolledBack)
  }

  @Test("A source of readings that does not answer is broken, says why, and leaves the guardrail on the counts alone")
  func silent() throws {
    var world = try Self.world()
    world.readings = [.green: ["cpu": 0.1]]
    world.silences = [MetricSilence(source: .prometheus, names: ["cpu"], sentence: "Prometheus did not answer", isNoData: false)]
    world.run(40)
    let finding = try #require(Self.findings(world, "cpu < 80%"))
    #expect(finding.verdict == .broken && finding.sentence == "cpu < 80%: Prometheus did not answer")
    #expect(Self.findings(world, "guardrail")?.verdict == .pass)
    world.errorPercent = [.green: 90]
    world.run(20)
    #expect(world.rollout.phase == .rolledBack)
  }

  @Test("A trigger looks at the mean over its window, all of it after the candidate first got traffic")
  func triggers() throws {
    let trigger = Criterion(
      metric: .reading("queue_depth"), comparison: .greater, bound: .number(100), window: .seconds(30))
    var world = try Self.world([], triggers: [trigger])
    world.readings = [.green: ["queue_depth": 150]]
    world.run(25)
    #expect(Self.findings(world, "rollback if queue_depth > 100 for 30s")?.verdict == .insufficient)
    world.run(20)
    #expect(world.rollout.phase == .rolledBack)
    #expect(world.transcript.contains { $0.contains("rollback") })
  }

  @Test("A multiple of the baseline compares with the live slot's readings of the same time, and with nothing once it has no traffic")
  func baseline() throws {
    let twice = Criterion(metric: .reading("queue_depth"), comparison: .lessOrEqual, bound: .baseline(2))
    var world = try Self.world([twice])
    world.readings = [.green: ["queue_depth": 30], .blue: ["queue_depth": 20]]
    world.run(45)
    let finding = try #require(Self.findings(world, "queue_depth <= 2x baseline"))
    #expect(finding.verdict == .pass && finding.value == 30 && finding.bound == 40)
    var alone = try Self.world([twice], patience: .seconds(20))
    alone.readings = [.green: ["queue_depth": 30]]
    alone.run(45)
    #expect(Self.findings(alone, "queue_depth <= 2x baseline")?.verdict == .insufficient)
  }

  @Test("Counts that come every ten seconds and late are judged over windows that end where they end")
  func lagging() throws {
    let metrics = MetricsSpec(
      source: .prometheus,
      prometheus: PrometheusSpec(
        url: "http://prometheus",
        counts: PrometheusCounts(
          requests: "r", errors: nil, latency: nil, latencySum: nil)))
    let trigger = Criterion(metric: .errorRate, comparison: .greater, bound: .percentage(Fixture.percent(5)), window: .seconds(20))
    func make() throws -> World {
      var world = try Self.world([Fixture.errorRate(below: 1, for: .seconds(30))], triggers: [trigger], metrics: metrics)
      world.resolution = 10
      world.delay = 2
      return world
    }
    var good = try make()
    good.run(250)
    #expect(good.rollout.phase == .succeeded)
    var bad = try make()
    bad.errorPercent = [.green: 8]
    bad.run(60)
    #expect(bad.rollout.phase == .rolledBack)
    var gross = try make()
    gross.errorPercent = [.green: 60]
    gross.run(30)
    #expect(gross.rollout.phase == .rolledBack)
  }

  @Test("Readings that come again are taken once, old ones are let go, and what was silent is only what is silent now")
  func continued() throws {
    func reading(_ seconds: Int64, _ value: Double) throws -> MetricReading {
      try #require(MetricReading(name: "cpu", slot: .green, at: Fixture.start + .seconds(seconds), value: value))
    }
    let silence = MetricSilence(source: .http, names: ["cpu"], sentence: "no", isNoData: true)
    let first = MetricSeries(intervals: [], readings: [try reading(0, 0.1), try reading(10, 0.2)], silences: [silence])
    let later = MetricSeries(intervals: [], readings: [try reading(10, 0.2), try reading(20, 0.6)])
    let series = first.continued(by: later, keeping: Fixture.start)
    #expect(series == MetricSeries(intervals: [], readings: [try reading(10, 0.2), try reading(20, 0.6)]))
    #expect(series.reading("cpu", of: .green, from: Fixture.start, to: Fixture.start + .seconds(20)) == ReadingSummary(mean: 0.4, count: 2))
    #expect(series.reading("cpu", of: .blue, from: Fixture.start, to: Fixture.start + .seconds(20)) == nil)
    for value in [Double.nan, .infinity, -.infinity] {
      #expect(MetricReading(name: "cpu", slot: .green, at: Fixture.start, value: value) == nil)
    }
  }

  @Test("The sources are part of the plan, with the folder that they start from; without any the plan is what it was")
  func plan() throws {
    let strategy = StrategySpec.canary(CanarySpec(stages: [Fixture.stage(50, 60)]))
    let metrics = MetricsSpec(
      source: .http, http: HTTPMetricsSpec(url: "http://figures", access: MetricAccess(bearer: .variable("TOKEN"))), namespace: "demo")
    let bare = try Plan.compile(Fixture.request(strategy: strategy), live: Fixture.live())
    let plan = try Plan.compile(Fixture.request(strategy: strategy, metrics: metrics), live: Fixture.live())
    #expect(plan.metrics == metrics.within("/project") && bare.metrics == nil)
    #expect(plan.digest != bare.digest)
    #expect(!String(decoding: canonicalJSON(bare), as: UTF8.self).contains("metrics"))
    for original in [bare, plan] { #expect(try JSONDecoder().decode(Plan.self, from: Data(canonicalJSON(original))) == original) }
    let back = Plan.rollback(to: Fixture.live("0"), from: Fixture.live(), request: Fixture.request(strategy: strategy, metrics: metrics))
    #expect(back.metrics == metrics.within("/project"))
  }

  @Test("A request that did not come from a file is held to the same bounds")
  func bounds() throws {
    let strategy = StrategySpec.canary(CanarySpec(stages: [Fixture.stage(50, 60)]))
    let wrong = [
      MetricsSpec(source: .http), MetricsSpec(source: .prometheus, prometheus: PrometheusSpec(url: "http://x")),
      MetricsSpec(source: .http, http: HTTPMetricsSpec(url: "http://x", interval: .zero)),
      MetricsSpec(source: .http, http: HTTPMetricsSpec(url: "http://x", timeout: .seconds(5))),
      MetricsSpec(source: .command, command: CommandMetricsSpec(run: [])),
      MetricsSpec(source: .proxy, http: HTTPMetricsSpec(url: "http://x", readings: ["p95": "/x"])),
      MetricsSpec(source: .proxy, prometheus: PrometheusSpec(url: "http://x", delay: .hours(1))),
    ]
    for metrics in wrong {
      let error = #expect(throws: SlipwayError.self) { try Fixture.request(strategy: strategy, metrics: metrics).requireBounds() }
      #expect(error?.code == .requestOutOfBounds)
    }
    let right = MetricsSpec(source: .command, command: CommandMetricsSpec(run: ["x"], readings: ["load": "/load"]))
    try Fixture.request(strategy: strategy, metrics: right).requireBounds()
  }

  @Test("A simulation leaves out outside sources and what is asked of their readings, and nothing else")
  func withoutReadings() throws {
    let depth = Criterion(metric: .reading("queue_depth"), comparison: .less, bound: .number(5))
    let errors = Fixture.errorRate(below: 1)
    let alpha = AnalysisSpec(alpha: Fixture.percent(2))
    func strategy(_ criteria: [Criterion]) -> StrategySpec {
      let stage = StageSpec(
        name: "half", traffic: Fixture.percent(50), duration: .seconds(60), criteria: criteria, compared: [], advance: nil)
      return .canary(CanarySpec(stages: [stage], keepPrevious: .seconds(9), analysis: alpha))
    }
    let trigger = Criterion(metric: .p95, comparison: .greater, bound: .baseline(2))
    let environment = Fixture.request(
      strategy: strategy([errors, depth]), rollback: RollbackSpec(style: .gradual, triggers: [Self.cpu, trigger]),
      metrics: MetricsSpec(source: .proxy)
    ).environment
    #expect(environment.readingsAskedFor == ["cpu", "queue_depth"])
    let expected = Fixture.request(
      strategy: strategy([errors]),
      rollback: RollbackSpec(style: .gradual, triggers: [trigger])
    ).environment
    #expect(environment.withoutReadings == expected)
  }
}
