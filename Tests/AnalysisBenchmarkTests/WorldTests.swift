import Testing

@testable import AnalysisBenchmark

@Suite("The worlds of the analysis")
struct WorldTests {
  private func scenario(_ name: String) throws -> Scenario { try #require(Catalogue.scenarios.first { $0.name == name }) }

  @Test("There are 36 scenarios without a fault, nine harmless ones and 120 with one, all with names of their own")
  func catalogue() {
    let kinds = Dictionary(grouping: Catalogue.scenarios, by: \.kind).mapValues(\.count)
    #expect(kinds == [.null: 36, .harmless: 9, .faulty: 120])
    #expect(Set(Catalogue.scenarios.map(\.name)).count == 165)
  }

  @Test("The latency of the live version has the 95th and 99th percentile that the scenarios name")
  func percentiles() {
    var arm = ArmCounts()
    arm.histogram = Latency.shares(factor: 1).map { Int(($0 * 1e9).rounded()) }
    #expect(abs(arm.quantile(0.95) - 228) < 1.5)
    #expect(abs(arm.quantile(0.99) - 320) < 3)
    #expect(abs(Latency.shares(factor: 1.3).reduce(0, +) - 1) < 1e-12)
    #expect(Latency.excessSlow(factor: 1, share: 1) == 0)
    #expect(abs(Latency.excessSlow(factor: 5, share: 0.1) - 0.0804) < 0.0001)
  }

  @Test("The same run gives the same figures whatever ran before it, and alone")
  func order() throws {
    let scenario = try scenario("err+1pp+all/R50_p1%")
    let policies = PolicyCatalogue.all.filter { ["flagger30", "seed", "argo99_fl3"].contains($0.name) }
    func outcomes(_ policies: [NamedPolicy]) -> [String: Outcome] {
      var traffic = Traffic(scenario, seed: 7)
      let reference = traffic.reference()
      return Dictionary(uniqueKeysWithValues: policies.map { ($0.name, Trial.run($0, &traffic, reference)) })
    }
    let together = outcomes(policies)
    #expect(outcomes(policies.reversed()) == together)
    for policy in policies { #expect(outcomes([policy])[policy.name] == together[policy.name]) }
  }

  @Test("The figures do not depend on how many tasks run at a time")
  func jobs() async throws {
    func rows(jobs: Int) async throws -> [Double] {
      let experiment = Experiment(
        scenarios: [try scenario("err+1pp+all/R5_p1%")], policies: PolicyCatalogue.all.filter { $0.name == "flagger30" }, runs: 120,
        nullRuns: 0, seed: 3, jobs: jobs)
      return await experiment.rows { _, _ in }.flatMap { [$0.tally.rollbackShare, $0.tally.meanHurt, $0.tally.hurtError] }
    }
    #expect(try await rows(jobs: 1) == rows(jobs: 3))
  }

  @Test("An interval that is cut in parts keeps its requests, its errors and its latencies")
  func parts() throws {
    for name in ["err+5pp+all/R50_p1%", "errbroken/R50_p1%"] {
      var traffic = Traffic(try scenario(name), seed: 5)
      let whole = traffic.interval(3, percent: 25)
      var sum = Interval()
      for part in 0..<5 {
        let piece = traffic.interval(3, percent: 25, part: part, of: 5)
        #expect(piece.canary.histogram.reduce(0, +) == piece.canary.requests)
        #expect(piece.canary.errors <= piece.canary.requests)
        sum.canary.add(piece.canary)
        sum.baseline.add(piece.baseline)
      }
      #expect(sum.canary == whole.canary)
      #expect(sum.baseline == whole.baseline)
    }
  }

  @Test("Who never decides hurts all users of a promoted version for 300 s")
  func undetected() throws {
    var traffic = Traffic(try scenario("err+0.5pp/R500_p0.1%"), seed: 9)
    let reference = traffic.reference()
    let policy = try #require(PolicyCatalogue.all.first { $0.name == "seed" })
    let outcome = Trial.run(policy, &traffic, reference)
    #expect(outcome.decision == .promote)
    #expect(outcome.time == 300)
    #expect(outcome.timeToHalf == 180)
    #expect(abs(outcome.hurt - 0.005 * 500 * (60 * 1.9 + 300)) < 10)
  }
}
