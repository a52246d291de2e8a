import CAllocations
import SlipwayStatistics
import Testing

@testable import AnalysisBenchmark

@Suite("Policies made of Slipway's statistics")
struct SequentialPolicyTests {
  private func scenario(_ name: String) throws -> Scenario { try #require(Catalogue.scenarios.first { $0.name == name }) }
  private func policy(_ name: String) throws -> NamedPolicy { try #require(PolicyCatalogue.all.first { $0.name == name }) }

  private func outcome(_ policy: String, in scenario: String, seed: UInt64 = 11) throws -> Outcome {
    var traffic = Traffic(try self.scenario(scenario), seed: seed)
    let reference = traffic.reference()
    return Trial.run(try self.policy(policy), &traffic, reference)
  }

  @Test("A release that fails every request is gone after one look", arguments: ["seq1%", "seqB1%", "seqF5%", "slipway1%"])
  func broken(name: String) throws {
    let outcome = try outcome(name, in: "errbroken/R500_p0.1%")
    #expect(outcome.decision == .rollBack)
    #expect(outcome.time == (name == "slipway1%" ? 2 : 10))
  }

  @Test(
    "A good release is promoted when its policy allows it, after half of the traffic was reached",
    arguments: [("seq1%", 300.0, 180.0), ("seqB1%", 300, 80), ("seqF5%", 100, 80), ("slipway1%", 300, 64)])
  func good(name: String, promoted: Double, half: Double) throws {
    let outcome = try outcome(name, in: "null_clean/R500_p0.1%")
    #expect(outcome.decision == .promote)
    #expect(outcome.time == promoted)
    #expect(outcome.timeToHalf == half)
    #expect(outcome.hurt == 0)
  }

  @Test("Evidence against a release keeps it where it is, and a human is asked when time is up")
  func doubt() {
    var climb = AdaptiveSequential.Climb()
    climb.hold = 0
    let blocks = [Reference.Block](repeating: Reference.Block(requests: [250, 250], errors: [0, 0]), count: 30)
    let reference = Reference(requestsPerSecond: 50, blocks: blocks, histogram: Latency.shares(factor: 1).map { Int($0 * 15_000) })
    var policy = AdaptiveSequential(reference, alpha: 0.01, design: .standard(guarded: true), climb: climb)
    var interval = Interval(percent: 5)
    interval.canary.requests = 25
    interval.baseline.requests = 475
    let decisions = (0..<60).map { _ in policy.observe(interval) }
    #expect(decisions.dropLast().allSatisfy { $0 == .wait })
    #expect(decisions.last == .undecided)
    #expect(policy.percent == 5)
  }

  @Test("Judging an interval allocates nothing, and the counter would notice")
  func allocations() {
    let before = allocation_count()
    let kept = [Double](repeating: 1, count: 1000)
    #if canImport(Glibc)
      #expect(allocation_count() > before)
    #endif
    #expect(kept.count == 1000)
    #expect(Cost.measure(intervals: 10).microseconds > 0)
  }
}
