import ArgumentParser
import SlipwayEngine

struct AbortCommand: AsyncParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "abort", abstract: "End a rollout: all traffic goes back to what was live before.",
    discussion: """
      Waits until that is done. Nothing delays it: no step, no pause, no candidate that is not ready.

        slipway abort --reason "wrong version"
      """)

  @OptionGroup var intent: IntentOptions
  @OptionGroup var wait: WaitOptions

  func run() async throws {
    let ending = try await Connection(options: intent.server).useStarting { client in
      let view = try await intent.submit(.abort, client)
      return try await wait.ending(of: view, goal: .end, sinceDecision: true, client, intent.server)
    }
    try ending.finish(wait.output.output, succeeds: Ending.isBack)
  }
}
