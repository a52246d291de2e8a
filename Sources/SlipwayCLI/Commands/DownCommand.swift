import ArgumentParser

struct DownCommand: AsyncParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "down", abstract: "Stop server and agent, in this order.",
    discussion: """
      The server leaves rollouts where they are. The agent drains the proxy and stops every process in order; what ought to run is kept, \
      so the next start brings it back. Does nothing when nothing runs.

        slipway down
        slipway down --keep-processes
      """)

  @OptionGroup var place: PlaceOptions
  @OptionGroup var output: OutputOptions

  @Flag(help: "Leave the service's processes running; the next agent takes them over.")
  var keepProcesses = false

  private struct Document: Encodable {
    let server: String
    let agent: String
  }

  func run() async throws {
    let (server, agent) = try await Backstage(stateFolder: place.stateFolder).stop(keepProcesses: keepProcesses)
    if output.isJSON { return try Output.json(Document(server: server, agent: agent)) }
    Output.line("server: \(server)\nagent: \(agent)")
  }
}
