import ArgumentParser
import SlipwayLocal
import SlipwayModel
import SlipwayServer

struct DownCommand: AsyncParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "down", abstract: "Stop server and agent, in this order.",
    discussion: """
      The server leaves rollouts where they are. The agent drains the proxy and stops every process in order; what ought to run is kept,
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

  /// How long the server may take to end; it gives open requests 20 s.
  private static let patience = Duration.seconds(30)

  func run() async throws {
    let backstage = Backstage(stateFolder: place.stateFolder)
    let server = try await stopServer(backstage)
    let agent = try await stopAgent(backstage)
    if output.isJSON { return try Output.json(Document(server: server, agent: agent)) }
    Output.line("server: \(server)\nagent: \(agent)")
  }

  private func stopServer(_ backstage: Backstage) async throws -> String {
    guard let health = try await backstage.serverHealth() else { return "not running" }
    let options = try ServerOptions.parse(["--state", place.stateFolder])
    try await Connection(options: options).use { try await $0.shutdown() }
    let deadline = ContinuousClock.now + Self.patience
    while BackgroundProgram.isRunning(health.processID) {
      guard ContinuousClock.now < deadline else {
        throw SlipwayError(
          .stillRunning, .broken, "the server (process \(health.processID)) has not ended within 30s",
          remedy: "look at its log; `kill \(health.processID)` ends it, and nothing that was recorded is lost")
      }
      try await Task.sleep(for: .milliseconds(20))
    }
    return "stopped"
  }

  private func stopAgent(_ backstage: Backstage) async throws -> String {
    guard try await backstage.agentStatus() != nil else { return "not running" }
    let socket = try SocketPath.agent(stateFolder: place.stateFolder)
    try await AgentClient(socketPath: socket).stop(keepProcesses ? .detach : .down)
    return keepProcesses ? "stopped, its processes run on" : "stopped"
  }
}

extension SlipwayError.Code {
  static let stillRunning = SlipwayError.Code("still-running")
}
