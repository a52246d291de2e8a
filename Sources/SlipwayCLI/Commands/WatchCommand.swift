import ArgumentParser
import SlipwayServer

struct WatchCommand: AsyncParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "watch", abstract: "Follow a rollout to its end.",
    discussion: """
      Follows the rollout that is under way, or the one named; the bake is part of it. Ctrl-C ends the watching only.

        slipway watch
        slipway watch 20261121-091407-kqzt --output json
      """)

  @Argument(help: "The rollout; may be left out when one is under way.")
  var rollout: String?

  @OptionGroup var server: ServerOptions
  @OptionGroup var selection: SelectionOptions
  @OptionGroup var output: OutputOptions

  func run() async throws {
    let waiting = try WaitOptions.parse(["--output", output.output.rawValue])
    let ending = try await Connection(options: server).useStartingServer { client in
      let view = try await RolloutChoice.find(rollout, selection, onlyActive: false, client)
      return try await waiting.ending(of: view, goal: .end, client, server)
    }
    try ending.finish(output.output, succeeds: Ending.isLive)
  }
}
