import ArgumentParser
import Foundation
import SlipwayEngine
import SlipwayModel
import SlipwaySimulation
import Synchronization

/// Runs many rollouts in simulated worlds and stops at the first that breaks a rule.
@main
struct SimulationCampaign: AsyncParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "simulation-campaign", abstract: "Runs many rollouts in simulated worlds and stops at the first that breaks a rule.")

  @Option(help: "Rollouts to run.")
  var rollouts = 20_000

  @Option(help: "Seed of the campaign: the same one gives the same rounds.")
  var seed: UInt64 = 1

  @Option(help: "Worlds that run side by side; the default is one for each processor.")
  var jobs = ProcessInfo.processInfo.activeProcessorCount

  @Option(help: "Run the round of this seed alone, with a trace.")
  var replay: UInt64?

  @Option(help: "Stop after this many broken rounds.")
  var failures = 1

  @Option(help: "What may go wrong: none, all, or names with commas between them.")
  var faults = "all"

  @Option(help: "The commit that is tested, for the report.")
  var commit = "unknown"

  @Option(help: "With --replay: what to leave out, as a campaign prints it.")
  var without = ""

  @Option(
    help: """
      A folder that gets a file for each broken round (shrunk, but for --replay), as
      Tests/SlipwaySimulationTests/FrozenRounds has them.
      """)
  var freeze: String?

  @Flag(help: "Do not ask that everything that should happen at least once did.")
  var anything = false

  private func kinds() throws -> [FaultKind] {
    switch faults {
    case "none": return []
    case "all": return FaultKind.allCases
    case _:
      return try faults.split(separator: ",").map { name in
        guard let kind = FaultKind(rawValue: String(name)) else { throw ValidationError("there is no fault '\(name)'") }
        return kind
      }
    }
  }

  func run() async throws {
    let kinds = try kinds()
    if let replay { return try await self.replay(replay, kinds) }
    let clock = ContinuousClock()
    let start = clock.now
    let progress = Progress(of: rollouts)
    let campaign = Campaign(rollouts: rollouts, seed: seed, jobs: jobs, kinds: kinds)
    let tally = await campaign.run(stoppingAfter: failures) { progress.show($0) }
    progress.end()
    let report = CampaignReport(campaign: campaign, tally: tally, seconds: (clock.now - start) / .seconds(1), commit: commit)
    print(report.summary)
    for broken in tally.broken { try await explain(broken.seed, broken.violation, kinds, number: broken.number) }
    if !tally.broken.isEmpty { throw ExitCode(1) }
    let missed = anything ? [] : report.missed
    if !missed.isEmpty {
      print("missing: the campaign tests too little, it never saw: " + missed.joined(separator: ", "))
      throw ExitCode(1)
    }
  }

  /// Shrinks a broken round and prints it, with the command that runs it again.
  private func explain(_ seed: UInt64, _ violation: Violation, _ kinds: [FaultKind], number: Int) async throws {
    let round = Round(seed: seed, kinds: kinds)
    let (reduction, report) = await SimulatedScheduler.run { scheduler in
      var shrinker = Shrinker(round, violation.rule)
      let reduction = await shrinker.shrink(on: scheduler)
      return (reduction, await round.reduced(by: reduction).run(tracing: true, on: scheduler))
    }
    let left = round.reduced(by: reduction)
    print("\nbroken: \(violation.rule.rawValue): \(violation.words)")
    print("round \(number) of seed \(self.seed), commit \(commit); its own seed \(seed)")
    show(left, report)
    try keep(left, seed, violation)
    let leaving = reduction.description.isEmpty ? "" : " --without '\(reduction)'"
    print("again: simulation-campaign --replay \(seed) --faults \(faults)\(leaving)")
  }

  private func replay(_ seed: UInt64, _ kinds: [FaultKind]) async throws {
    guard let reduction = Reduction(without) else { throw ValidationError("'\(without)' does not say what to leave out") }
    let round = Round(seed: seed, kinds: kinds).reduced(by: reduction)
    let report = await SimulatedScheduler.run { await round.run(tracing: true, on: $0) }
    show(round, report)
    if let violation = report.violations.first { try keep(round, seed, violation) }
    if !report.violations.isEmpty { throw ExitCode(1) }
  }

  /// Freezes a round, when it was asked for.
  private func keep(_ round: Round, _ seed: UInt64, _ violation: Violation) throws {
    guard let freeze else { return }
    try FileManager.default.createDirectory(atPath: freeze, withIntermediateDirectories: true)
    let frozen = FrozenRound(name: violation.words, rule: violation.rule, round: round)
    try frozen.json.write(to: URL(filePath: freeze).appending(path: "\(violation.rule.rawValue)-\(seed).json"), options: .atomic)
  }

  private func show(_ round: Round, _ report: RunReport) {
    print("strategy: \(round.scenario.environment.strategy)")
    print("rollback: \(round.scenario.environment.rollback)")
    print("\(round.scenario.environment.replicas) replicas, \(round.scenario.traffic.requestsPerSecond) requests/s")
    for deployment in round.scenario.deployments { print("deployment: \(deployment)") }
    for fault in round.faults { print("fault: \(fault)") }
    for line in report.trace { print(line) }
    for violation in report.violations { print("broken at \(violation.at): \(violation.rule.rawValue): \(violation.words)") }
  }
}

/// A line that says how far a campaign has come; only on a terminal.
final class Progress: Sendable {
  private let total: Int
  private let shown = Mutex(0)
  private let isTerminal = isatty(STDERR_FILENO) == 1

  init(of total: Int) {
    self.total = total
  }

  func show(_ tally: Campaign.Tally) {
    guard isTerminal else { return }
    let percent = min(100, tally.rollouts * 100 / max(1, total))
    let isNews = shown.withLock { shown in
      defer { shown = percent }
      return percent > shown
    }
    if isNews { write("\r\(percent) % of \(total) rollouts, \(tally.broken.count) broken ") }
  }

  func end() {
    if isTerminal { write("\r\u{1b}[K") }
  }

  private func write(_ text: String) { FileHandle.standardError.write(Data(text.utf8)) }
}
