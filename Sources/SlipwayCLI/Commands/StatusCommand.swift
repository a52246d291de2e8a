import ArgumentParser
import SlipwayServer

struct StatusCommand: AsyncParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "status", abstract: "Show what is live where, and what is under way.",
    discussion: """
        slipway status
        slipway status --environment production --output json
      """)

  @OptionGroup var server: ServerOptions
  @OptionGroup var selection: SelectionOptions
  @OptionGroup var output: OutputOptions

  func run() async throws {
    let all = try await Connection(options: server).useStartingServer { try await $0.status() }
    let status = StatusView(
      at: all.at,
      deployments: all.deployments.filter {
        (selection.service ?? $0.service) == $0.service && (selection.environment ?? $0.environment) == $0.environment
      })
    if output.isJSON { return try Output.json(status) }
    for line in StatusText.lines(status, colour: Terminal.current().hasColour) { Output.line(line) }
  }
}
