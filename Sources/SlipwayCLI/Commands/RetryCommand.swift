import ArgumentParser
import SlipwayModel
import SlipwayRuntime
import SlipwayServer

struct RetryCommand: AsyncParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "retry", abstract: "Start a release that went back or failed once more.",
    discussion: """
      The request is that of the earlier rollout: same version, same configuration. The newest rollout is retried unless one is named.

        slipway retry --reason "the database is back"
      """)

  @Argument(help: "The rollout to repeat; default: the newest.")
  var rollout: String?

  @OptionGroup var server: ServerOptions
  @OptionGroup var selection: SelectionOptions
  @OptionGroup var reason: ReasonOption
  @OptionGroup var wait: WaitOptions

  func run() async throws {
    let ending = try await Connection(options: server).useStarting { client in
      let old = try await RolloutChoice.find(rollout, selection, onlyActive: false, client)
      return try await wait.ending(of: client.retry(old.id, reason: reason.reason), goal: .promotion, client, server)
    }
    try ending.finish(wait.output.output, succeeds: Ending.isLive)
  }
}
