import ArgumentParser
import SlipwayEngine

struct PromoteCommand: AsyncParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "promote", abstract: "Go on to the next step now, without waiting for the rest of this one.",
    discussion: """
      A candidate that has failed is never promoted. During the bake it ends the bake: the previous version is then stopped.

        slipway promote --reason "metrics look right"
        slipway promote --full
      """)

  @OptionGroup var intent: IntentOptions
  @OptionGroup var output: OutputOptions

  @Flag(help: "To all of the traffic, past the remaining steps.")
  var full = false

  func run() async throws { try await intent.run(full ? .promoteFully : .promote, output.output) }
}
