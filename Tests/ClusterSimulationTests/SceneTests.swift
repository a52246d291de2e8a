import ClusterWorld
import Foundation
import SlipwaySimulation
import Testing

@Suite("Rollouts in a simulated cluster", .serialized)
struct SceneTests {
  /// Each trouble with each router, and each router without any.
  private static let usual = "0-109"

  @Test("No rule is broken, whatever router, releases, people and troubles a seed brings together; and enough of them was met")
  func scenes() async throws {
    let asked = ProcessInfo.processInfo.environment["SLIPWAY_CLUSTER_SEEDS"]
    let campaign = try #require(ClusterCampaign(asked ?? Self.usual), "SLIPWAY_CLUSTER_SEEDS is no range of seeds")
    let reports = await campaign.run(jobs: ProcessInfo.processInfo.activeProcessorCount)
    for report in reports where !report.violations.isEmpty { Issue.record("\(await report.explained())") }
    print("cluster simulation: \(reports.count) scenes, \(reports.reduce(0) { $0 + $1.rollouts }) rollouts")
    guard asked == nil else { return }
    let seen = reports.reduce(into: Set<String>()) { $0.formUnion($1.sightings) }
    #expect(ClusterReport.wanted.subtracting(seen).sorted() == [])
  }

  @Test("The same seed gives the same run, to the last line", arguments: [1, 7, 18, 29, 37, 52, 66, 79, 94, 103] as [UInt64])
  func again(seed: UInt64) async {
    #expect(await ClusterCampaign.difference(seed) == nil)
  }

  @Test("What no server does is seen when it is done in a server's name", arguments: Sabotage.allCases)
  func sabotage(_ sabotage: Sabotage) async {
    // A calm scene behind the service's own Service.
    let report = await SimulatedScheduler.run { await ClusterSimulation.run(seed: 100, sabotage: sabotage, on: $0) }
    #expect(report.violations.contains { $0.hasPrefix("\(sabotage.rule) ") }, "\(report.violations)")
  }
}
