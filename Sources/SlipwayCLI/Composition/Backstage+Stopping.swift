import ArgumentParser
import SlipwayLocal
import SlipwayModel
import SlipwayServer

extension Backstage {
  /// How long the server may take to end; it gives open requests 20 s.
  private static let endingPatience = Duration.seconds(30)

  /// Stops the server, then the agent, each when it runs.
  ///
  /// - Returns: what became of each, for people.
  func stop(keepProcesses: Bool = false) async throws -> (server: String, agent: String) {
    let server = try await stopServer()
    return (server, try await stopAgent(keepProcesses))
  }

  private func stopServer() async throws -> String {
    guard let health = try await serverHealth() else { return "not running" }
    let options = try ServerOptions.parse(["--state", stateFolder])
    try await Connection(options: options).use { try await $0.shutdown() }
    let deadline = ContinuousClock.now + Self.endingPatience
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

  private func stopAgent(_ keepProcesses: Bool) async throws -> String {
    guard try await agentStatus() != nil else { return "not running" }
    let socket = try SocketPath.agent(stateFolder: stateFolder)
    try await AgentClient(socketPath: socket).stop(keepProcesses ? .detach : .down)
    return keepProcesses ? "stopped, its processes run on" : "stopped"
  }
}

extension SlipwayError.Code {
  static let stillRunning = SlipwayError.Code("still-running")
}
