import ArgumentParser
import SlipwayEngine
import SlipwayModel
import SlipwayRuntime
import SlipwayServer

struct RollbackCommand: AsyncParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "rollback", abstract: "Go back to an earlier release.",
    discussion: """
      By one switch of traffic while the previous version is warm; later its release is started again and gets all traffic once it \
      is ready. Always direct: without stages, without analysis.

        slipway rollback --reason "customers report errors"
        slipway rollback --to v1
      """)

  @OptionGroup var server: ServerOptions
  @OptionGroup var selection: SelectionOptions
  @OptionGroup var reason: ReasonOption
  @OptionGroup var wait: WaitOptions

  @Option(help: "The version to go back to; default: the one that was live before.")
  var to: Version?

  func run() async throws {
    let ending = try await Connection(options: server).useStarting { client in
      let key = try await RolloutChoice.deployment(selection, client)
      let view = try await client.rollBack(
        RollbackRequest(service: key.service, environment: key.environment, version: to, reason: reason.reason))
      return try await wait.ending(of: view, goal: .end, sinceDecision: true, client, server)
    }
    // Either the running rollout went back, or a rollout to the earlier release has brought it live.
    try ending.finish(wait.output.output) { view in
      view.purpose == .rollback && view.phase != .rolledBack ? Ending.isLive(view) : Ending.isBack(view)
    }
  }
}
