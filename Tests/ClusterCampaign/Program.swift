import ArgumentParser
import ClusterWorld
import Foundation

/// Runs many simulated rollouts in a cluster, and shows those that break a rule.
@main
struct Program: AsyncParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "cluster-campaign", abstract: "Rollouts in a simulated cluster, seed by seed, until all are done.")

  @Argument(help: "One seed, or the first and the last: 1-500.")
  var seeds = "1-500"

  @Option(help: "Scenes at a time.")
  var jobs = ProcessInfo.processInfo.activeProcessorCount

  @Option(help: "How many broken scenes are shown with their trace.")
  var failures = 1

  @Flag(help: "Print a line for each scene.")
  var verbose = false

  @Flag(help: "Print the trace of the first seed.")
  var trace = false

  @Flag(help: "Run each scene twice and compare the traces.")
  var twice = false

  func run() async throws {
    guard let campaign = ClusterCampaign(seeds) else { throw ValidationError("'\(seeds)' is no range of seeds") }
    if twice {
      for seed in campaign.seeds { if let words = await ClusterCampaign.difference(seed) { print(words) } }
      return
    }
    if trace { return print(await ClusterCampaign.traced(campaign.seeds[0]).explained()) }
    let start = ContinuousClock.now
    let isVerbose = verbose
    let reports = await campaign.run(jobs: jobs) { report in
      guard isVerbose else { return }
      print("\(ContinuousClock.now - start) seed \(report.scene.seed): \(report.duration), \(report.scene.words)")
      for words in report.violations { print("  \(words)") }
    }
    let took = ContinuousClock.now - start
    let broken = reports.filter { !$0.violations.isEmpty }
    for report in broken { print("seed \(report.scene.seed): \(report.violations[0])") }
    for report in broken.prefix(failures) { print(await report.explained()) }
    let seen = reports.reduce(into: [String: Int]()) { counts, report in
      for words in report.sightings { counts[words, default: 0] += 1 }
    }
    for (words, count) in seen.sorted(by: { $0.key < $1.key }) { print("  \(count) scenes: \(words)") }
    let rollouts = reports.reduce(0) { $0 + $1.rollouts }
    print("\(reports.count) scenes, \(rollouts) rollouts in \(took): \(broken.count) broken")
    if !broken.isEmpty { throw ExitCode.failure }
  }
}
