import ArgumentParser
import SlipwayServer

struct AuditCheckpointCommand: AsyncParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "checkpoint", abstract: "Sign the journal's present state and print the note.",
    discussion: """
      Keep the note where nobody who can change the journal can reach it: what is in the journal now can't be denied later.

        slipway audit checkpoint
      """)

  @OptionGroup var server: ServerOptions
  @OptionGroup var output: OutputOptions

  func run() async throws {
    let checkpoint = try await Connection(options: server).useStartingServer { try await $0.checkpoint() }
    if output.isJSON { return try Output.json(checkpoint) }
    Output.line(checkpoint.note)
  }
}
