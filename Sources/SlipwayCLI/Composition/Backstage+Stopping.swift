import ArgumentParser
import Foundation
import SlipwayEngine
import SlipwayLocal
import SlipwayModel
import SlipwayRuntime
import SlipwayServer

extension Backstage {
  /// How long the server may take to end; it gives open requests 20 s.
  private static let endingPatience = Duration.seconds(30)

  /// What stopping came to.
  struct Stopped: Sendable {
    /// Rollouts that are not over; they go on at the next start.
    let interrupted: [RolloutView]
    /// What became of each, for people.
    let server: String
    let agent: String
  }

  /// Stops the server, then the agent, each when it runs.
  @discardableResult
  func stop(keepProcesses: Bool = false) async throws -> Stopped {
    guard FileManager.default.fileExists(atPath: stateFolder) else {
      return Stopped(interrupted: [], server: "not running", agent: "not running")
    }
    let (server, interrupted) = try await stopServer()
    return Stopped(interrupted: interrupted, server: server, agent: try await stopAgent(keepProcesses))
  }

  private func stopServer() async throws -> (String, [RolloutView]) {
    guard let health = try await serverHealth() else {
      guard let process = try serverProcess() else { return ("not running", []) }
      throw Self.silent(process)
    }
    let options = try ServerOptions.parse(["--state", stateFolder])
    let interrupted = try await Connection(options: options).use { client in
      let active = try await client.rollouts(limit: 1000).filter { !$0.phase.isTerminal }
      try await client.shutdown()
      return active
    }
    let deadline = ContinuousClock.now + Self.endingPatience
    while BackgroundProgram.isRunning(health.processID) {
      guard ContinuousClock.now < deadline else {
        throw SlipwayError(
          .stillRunning, .broken, "the server (process \(health.processID)) has not ended within 30s",
          remedy: "look at its log; `kill \(health.processID)` ends it, and nothing that was recorded is lost")
      }
      try await Task.sleep(for: .milliseconds(20))
    }
    return ("stopped", interrupted)
  }

  private func stopAgent(_ keepProcesses: Bool) async throws -> String {
    let isRunning = try await agentStatus() != nil
    if !isRunning {
      switch try AgentPresence.look(stateFolder: stateFolder) {
      case .stopped: return "not running"
      case .lost where keepProcesses: return "not running, its processes run on"
      // Its processes run on without it. Only an agent knows them and stops them in order. One that is just starting is waited for.
      case .lost, .running: try await startAgent()
      }
    }
    let socket = try SocketPath.agent(stateFolder: stateFolder)
    try await AgentClient(socketPath: socket).stop(keepProcesses ? .detach : .down)
    return keepProcesses ? "stopped, its processes run on" : "stopped"
  }
}

extension SlipwayError.Code {
  static let stillRunning = SlipwayError.Code("still-running")
}
