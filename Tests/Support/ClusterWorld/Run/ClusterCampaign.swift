import SlipwayModel
import SlipwaySimulation

/// Scenes of one seed after another.
package struct ClusterCampaign: Sendable {
  package let seeds: [UInt64]

  package init(seeds: [UInt64]) { self.seeds = seeds }

  /// - Parameter text: `7` for one seed, `1-500` for many.
  package init?(_ text: String) {
    let parts = text.split(separator: "-").map { UInt64($0) }
    guard (1...2).contains(parts.count), let first = parts[0], let last = parts[parts.count - 1], first <= last else { return nil }
    seeds = Array(first...last)
  }

  /// Runs all scenes, so many at a time, and returns them in the order of their seeds.
  ///
  /// - Parameter told: called with each report as it comes, from any thread.
  package func run(jobs: Int, told: @escaping @Sendable (ClusterReport) -> Void = { _ in }) async -> [ClusterReport] {
    let lanes = max(1, min(jobs, seeds.count))
    return await withTaskGroup(of: [ClusterReport].self) { group in
      for lane in 0..<lanes {
        let own = seeds.enumerated().filter { $0.offset % lanes == lane }.map(\.element)
        group.addTask {
          await SimulatedScheduler.run { scheduler in
            var reports: [ClusterReport] = []
            for seed in own {
              reports.append(await ClusterSimulation.run(seed: seed, on: scheduler))
              told(reports[reports.count - 1])
            }
            return reports
          }
        }
      }
      return await group.reduce(into: []) { $0 += $1 }.sorted { $0.scene.seed < $1.scene.seed }
    }
  }

  /// Runs one scene twice, on schedulers of their own.
  ///
  /// - Returns: the first line in which the two differ; `nil` when there is none.
  package static func difference(_ seed: UInt64) async -> String? {
    let (one, other) = (await traced(seed).trace, await traced(seed).trace)
    for (mine, theirs) in zip(one, other) where mine != theirs { return "seed \(seed):\n\(mine)\n\(theirs)" }
    return one.count == other.count ? nil : "seed \(seed): \(one.count) lines and \(other.count)"
  }

  /// One scene with its trace.
  package static func traced(_ seed: UInt64) async -> ClusterReport {
    await SimulatedScheduler.run { await ClusterSimulation.run(seed: seed, tracing: true, on: $0) }
  }
}

extension ClusterReport {
  /// What a campaign has to have met, or it has proved little.
  package static let wanted: Set<String> = {
    let routers = ["service", "replicas", "nginx", "istio", "gateway_api"]
    var wanted = Set(routers.flatMap { ["\($0) promoted", "\($0) rolled back"] })
    wanted.formUnion(["blue_green", "canary", "rolling"].map { "\($0) promoted" })
    wanted.formUnion(["deploying", "validating", "shifting", "baking", "rolling_back"].map { "resumed while \($0)" })
    wanted.formUnion(["validating", "shifting", "baking"].map { "rolled back while \($0)" })
    wanted.formUnion(["candidate-not-ready", "crash-loop", "guardrail", "aborted", "rolled-back-by-hand"].map { "rolled back for \($0)" })
    wanted.formUnion(["before", "after"].flatMap { ["killed \($0) an append", "killed \($0) a write"] })
    wanted.formUnion(Trouble.Kind.allCases.map { "trouble \($0.rawValue)" })
    wanted.formUnion(["act abort", "act promote", "act rollback", "act pause", "act resume"])
    wanted.formUnion(["append refused", "conflict", "drift", "effect failed", "gradual rollback", "watch broken", "write of a dead server"])
    return wanted
  }()

  /// What was broken, and how it came to that.
  package func explained() async -> String {
    let again = await ClusterCampaign.traced(scene.seed)
    return """
      seed \(scene.seed): \(scene.words)
      \(again.trace.joined(separator: "\n"))
      \(violations.joined(separator: "\n"))
      once more: swift run cluster-campaign \(scene.seed) --trace
      """
  }
}
