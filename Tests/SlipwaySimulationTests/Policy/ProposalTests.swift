import SlipwayModel
import Testing

@testable import SlipwaySimulation

@Suite("Better numbers for a policy")
struct ProposalTests {
  private func proposal(_ environment: EnvironmentSpec, _ traffic: StatedTraffic) throws -> Proposal? {
    try PolicyBench.experiment(environment, traffic).proposal
  }

  @Test("A blind plan gets the time and the requests that its threshold needs, and is not blind any more")
  func lengthened() throws {
    let traffic = StatedTraffic(requestsPerSecond: 5)
    let environment = PolicyBench.canary([PolicyBench.stage(10, .seconds(30), errors: 1), PolicyBench.stage(50, .minutes(1), errors: 1)])
    let found = try #require(try proposal(environment, traffic))
    #expect(found.groups.map(\.place) == ["stage 50%"])
    #expect(found.changes.map(\.key) == ["duration", "min_requests"])
    let plan = try PolicyBench.experiment(found.environment, traffic).plan
    let adviser = Adviser(plan: plan, traffic: traffic)
    #expect(adviser.passesAll(Suspect(errorRate: 0.02, latencyFactor: 1)) <= 0.05)
    #expect(adviser.passesAll(traffic.healthy) > 0.9)
    #expect(try proposal(found.environment, traffic) == nil, "the proposed numbers are good enough for the proposer")
  }

  @Test("Where no time is enough, the threshold moves to what can be judged")
  func raised() throws {
    let environment = PolicyBench.canary([PolicyBench.stage(50, .hours(6), errors: 0.2)])
    let found = try #require(try proposal(environment, StatedTraffic(requestsPerSecond: 0.05, errorRate: 0)))
    #expect(found.changes.map(\.key) == ["error_rate"])
  }

  @Test("A stage that waits in vain is held until it sees its requests")
  func reached() throws {
    let environment = PolicyBench.canary([PolicyBench.stage(10, .minutes(1), errors: 20, requests: 200)], patience: .minutes(1))
    let found = try #require(try proposal(environment, StatedTraffic(requestsPerSecond: 2)))
    #expect(
      found.changes.first
        == .init(
          place: "stage 10%", key: "duration", from: "1m", to: "20m", why: "so that it sees the 200 requests that it waits for"))
  }

  @Test("A plan that watches no errors gets a trigger whose window sees enough")
  func trigger() throws {
    let found = try #require(try proposal(PolicyBench.environment(.rolling(RollingSpec())), StatedTraffic(requestsPerSecond: 100)))
    #expect(found.changes.map(\.place) == ["rollback.triggers"])
    #expect(found.environment.rollback.triggers.map(\.metric) == [.errorRate])
    #expect(found.lines == ["rollback: { triggers: { error_rate: \"\(found.changes[0].to)\" } }"])
  }

  @Test("A sound plan is left alone")
  func sound() throws {
    let environment = PolicyBench.canary([PolicyBench.stage(50, .minutes(10), errors: 1)])
    #expect(try proposal(environment, StatedTraffic(requestsPerSecond: 100)) == nil)
  }

  @Test("Numbers are rounded up to what people would write")
  func nice() {
    #expect(TimeSpan.milliseconds(61_000).nice == .minutes(2))
    #expect(TimeSpan.minutes(111).nice == .hours(2))
    #expect(TimeSpan.minutes(121).nice == .minutes(150))
    #expect([1, 99, 101, 1234, 98_761].map(\.nice) == [1, 99, 110, 1300, 99_000])
  }
}
