import RealSite
import SlipwayDemo
import Testing

/// Releases are compared with the one that is live, with everything real.
@Suite("End to end: not worse than stable", .serialized, .timeLimit(.minutes(4)))
struct ComparisonTests {
  private static let strategy = """
    canary: { keep_previous: 5s, stages: [ { traffic: 50%, advance: when_safe, minimum: 4s, maximum: 40s,
      success_criteria: { error_rate: not worse than stable, latency: not worse than stable } } ] }
    """

  @Test("A release that fails six points more goes back for that, one that doesn't is promoted, and every verdict can be computed again")
  func compares() async throws {
    try await Site.with(strategy: Self.strategy) { site in
      #expect(try await site.deploy("v1", ["ERROR_PERCENT": "1"]).status == 0)
      let report = try await site.underLoad(site.loadPlan(100, seconds: 150)) {
        let bad = try await site.deploy("v2", ["ERROR_PERCENT": "7"])
        #expect(bad.status == 1, "\(bad.output) \(bad.errors)")
        #expect(bad.output.contains("worse-than-stable"), "\(bad.output)")
        let document = try bad.json()
        let rollout = try #require(document["rollout"] as? [String: Any] ?? document)
        let id = try #require(rollout["id"] as? String)
        let explained = try await site.run("history", "--explain", id)
        #expect(explained.status == 0, "\(explained)")
        #expect(explained.output.contains("come out the same, to the byte"), "\(explained.output)")
        #expect(explained.output.contains("the candidate is worse than stable"), "\(explained.output)")

        let plan = try await site.run("plan", "--version", "v3", release: "v3")
        #expect(plan.output.contains("Detection at the traffic seen lately"), "\(plan)")
        #expect(plan.output.contains("False alarm: at most 1%"), "\(plan.output)")
        let good = try await site.deploy("v3", ["ERROR_PERCENT": "1"])
        #expect(good.status == 0, "\(good.output) \(good.errors)")
        #expect(try await site.servedVersion() == "v3")
      }
      #expect(report.failedRequests(exceptErrorsOf: ["v1", "v2", "v3"]) == 0, "\(report.failureSamples)")
      let verified = try await site.run("audit", "verify")
      #expect(verified.status == 0, "\(verified)")
    }
  }
}
