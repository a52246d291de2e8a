import ArgumentParser
import SlipwayEngine

struct ResumeCommand: AsyncParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "resume", abstract: "Let a paused rollout go on.",
    discussion: """
        slipway resume --reason "it was a dashboard"
      """)

  @OptionGroup var intent: IntentOptions
  @OptionGroup var output: OutputOptions

  func run() async throws { try await intent.run(.resume, output.output) }
}
