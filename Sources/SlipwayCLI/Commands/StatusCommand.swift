import ArgumentParser
import SlipwayModel
import SlipwayRuntime
import SlipwayServer

struct StatusCommand: AsyncParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "status", abstract: "Show what is live where, and what is under way.",
    discussion: """
      Exit status 4 when something ought to be live or is under way, and no agent answers: then nothing is served.

        slipway status
        slipway status --environment production --output json
      """)

  @OptionGroup var server: ServerOptions
  @OptionGroup var selection: SelectionOptions
  @OptionGroup var output: OutputOptions

  func run() async throws {
    let all = try await Connection(options: server).reading { try await $0.status() } ?? StatusView(at: Self.now, deployments: [])
    try selection.check(all.deployments.map { DeploymentKey(service: $0.service, environment: $0.environment) }, server.place)
    let status = StatusView(
      at: all.at,
      deployments: all.deployments.filter {
        (selection.service ?? $0.service) == $0.service && (selection.environment ?? $0.environment) == $0.environment
      })
    if output.isJSON {
      try Output.json(status)
    } else {
      for line in StatusText.lines(
        status, colour: Terminal.current().hasColour, none: NothingDeployed.sentence(selection))
      { Output.line(line) }
    }
    if status.deployments.contains(where: \.isUnserved) { throw ExitCode(ExitStatus.broken) }
  }

  private static var now: Timestamp { SystemClock(notBefore: nil).now() }
}
