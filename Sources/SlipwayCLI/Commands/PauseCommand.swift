import ArgumentParser
import SlipwayEngine

struct PauseCommand: AsyncParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "pause", abstract: "Hold a rollout where it is.",
    discussion: """
      The split stays as it is, waiting uses up no time limit, and a candidate that fails still goes back.

        slipway pause --reason "looking at the logs"
      """)

  @OptionGroup var intent: IntentOptions
  @OptionGroup var output: OutputOptions

  func run() async throws { try await intent.run(.pause, output.output) }
}
