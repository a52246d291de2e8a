import SlipwayEngine
import SlipwayModel
import Testing

@testable import SlipwaySimulation

@Suite("Advice about a policy")
struct AdviceTests {
  private func advice(_ environment: EnvironmentSpec, _ traffic: StatedTraffic = StatedTraffic()) throws -> [Advice] {
    Adviser(plan: try PolicyBench.experiment(environment, traffic).plan, traffic: traffic).advice
  }

  @Test("A stage that sees 15 requests can't judge an error rate of 1 %, and is told so in numbers")
  func blind() throws {
    let environment = PolicyBench.canary([PolicyBench.stage(10, .seconds(30), errors: 1, requests: 10)])
    let found = try advice(environment, StatedTraffic(requestsPerSecond: 5))
    let warning = try #require(found.first { $0.code == .cannotJudge })
    #expect(warning.severity == .warning && warning.subject == "10%")
    #expect(
      warning.sentence.hasPrefix(
        "at 5 requests/s stage 10% (10% for 30s) sees 15 requests: error_rate < 1% cannot be judged by so few, a release that fails 2 % of its "
          + "requests passes it in "))
  }

  @Test("What a later stage makes up for is a note")
  func madeUpFor() throws {
    let stages = [PolicyBench.stage(10, .seconds(30), errors: 1), PolicyBench.stage(50, .minutes(30), errors: 1)]
    let found = try advice(PolicyBench.canary(stages), StatedTraffic(requestsPerSecond: 10))
    #expect(found.filter { $0.code == .cannotJudge }.map(\.severity) == [.note])
  }

  @Test("A stage that never sees the requests it waits for sends every release back")
  func tooFew() throws {
    let environment = PolicyBench.canary([PolicyBench.stage(1, .seconds(30), errors: 1, requests: 500)])
    let found = try advice(environment, StatedTraffic(requestsPerSecond: 1))
    #expect(found.first?.code == .tooFewRequests && found.first?.severity == .warning)
  }

  @Test("A bound that the live version itself breaks is named, in stages and in triggers")
  func below() throws {
    let stage = PolicyBench.stage(50, .minutes(10), errors: 1)
    let trigger = Criterion(metric: .p95, comparison: .greater, bound: .time(.milliseconds(40)), window: .seconds(30))
    let found = try advice(PolicyBench.canary([stage], triggers: [trigger]), StatedTraffic(errorRate: 0.02))
    #expect(found.filter { $0.code == .boundBelowTraffic }.map(\.subject) == ["50%", "rollback if p95 > 40ms for 30s"])
  }

  @Test("A criterion that healthy releases miss by chance is named")
  func alarms() throws {
    let stage = StageSpec(
      name: "half", traffic: Percentage(percent: 50)!, duration: .minutes(2),
      criteria: [Criterion(metric: .p95, comparison: .less, bound: .time(.milliseconds(47)))])
    let found = try advice(PolicyBench.canary([stage], patience: .seconds(1)))
    #expect(found.contains { $0.code == .alarmsOnHealthy && $0.subject == "half" })
  }

  @Test("A trigger with a window longer than the watch never acts")
  func window() throws {
    let trigger = Criterion(metric: .errorRate, comparison: .greater, bound: .percentage(Percentage(percent: 5)!), window: .hours(2))
    let found = try advice(PolicyBench.canary([PolicyBench.stage(50, .minutes(10), errors: 1)], triggers: [trigger]))
    #expect(found.map(\.code).contains(.triggerNeverFull))
  }

  @Test("A plan that looks at nothing is told so; one that can do what it says gets no warning")
  func extremes() throws {
    let nothing = PolicyBench.environment(.rolling(RollingSpec()))
    #expect(try advice(nothing).map(\.code) == [.nothingWatchesErrors, .nothingWatchesLatency])
    let sound = PolicyBench.canary([PolicyBench.stage(50, .minutes(10), errors: 1)])
    #expect(try advice(sound, StatedTraffic(requestsPerSecond: 100)).filter { $0.severity == .warning } == [])
  }
}
