import ArgumentParser
import SlipwayModel
import SlipwayRuntime
import SlipwayServer

struct HistoryCommand: AsyncParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "history", abstract: "List the rollouts, or tell one of them step by step.",
    discussion: """
      With a rollout's name every entry that the journal has about it is shown in words: what happened, when, by whom and why.

        slipway history
        slipway history 20261121-091407-kqzt
        slipway history --explain 20261121-091407-kqzt

      With --explain its verdicts are shown with the figures they rest on, the statistic and what it was held against. Each is computed
      again from the journal; the exit status is 1 when one comes out otherwise.
      """)

  @Argument(help: "The rollout to tell.")
  var rollout: String?

  @Flag(help: "Show the verdicts of the rollout with their figures, and compute them again.")
  var explain = false

  @OptionGroup var server: ServerOptions
  @OptionGroup var selection: SelectionOptions
  @OptionGroup var output: OutputOptions

  @Option(parsing: .unconditional, help: "How many rollouts to list at most, the newest.")
  var limit = 20

  func validate() throws {
    if explain, rollout == nil { throw ValidationError("--explain needs the rollout that it is to explain") }
    guard (1...10_000).contains(limit) else { throw ValidationError("--limit takes a number from 1 to 10000, not \(limit)") }
  }

  func run() async throws {
    if let rollout, explain { return try await explain(rollout) }
    if let rollout {
      let news = try await Connection(options: server).useStartingServer { try await $0.news(of: rollout, after: -1) }
      if output.isJSON { return try Output.json(news) }
      return HistoryText.one(news).forEach(Output.line)
    }
    let all = try await Connection(options: server).reading { try await $0.rollouts(limit: 10_000) } ?? []
    try selection.check(all.map { DeploymentKey(service: $0.service, environment: $0.environment) }, server.place)
    let fitting = all.filter {
      (selection.service ?? $0.service) == $0.service && (selection.environment ?? $0.environment) == $0.environment
    }.suffix(max(0, limit))
    if output.isJSON { return try Output.json(RolloutList(rollouts: Array(fitting))) }
    HistoryText.list(Array(fitting), none: NothingDeployed.sentence(selection)).forEach(Output.line)
  }

  private func explain(_ rollout: String) async throws {
    let list = try await Connection(options: server).useStartingServer { try await $0.verdicts(of: rollout) }
    if output.isJSON { try Output.json(list) } else { ExplanationText.lines(list.verdicts).forEach(Output.line) }
    if list.verdicts.contains(where: { !$0.isSame }) { throw ExitCode(1) }
  }
}
