import Glibc
import SlipwayModel
import Synchronization

extension SlipwayError.Code {
  static let agentFailed = Self("agent-failed")
}

/// Starts an agent in the background.
package struct AgentLauncher: Sendable {
  private let executable: String
  private let stateFolder: String
  private let arguments: [String]
  /// The agents that this process has started.
  private static let started = Mutex<[pid_t]>([])

  /// - Parameters:
  ///   - executable: absolute path of the `slipway` program.
  ///   - arguments: what it is started with, the state folder excluded; default `agent`.
  package init(executable: String, stateFolder: String, arguments: [String] = ["agent"]) {
    self.executable = executable
    self.stateFolder = stateFolder
    self.arguments = arguments
  }

  /// The agent of the state folder: the one that runs, or a new one in a session of its own, with its output in `logs/agent.log`.
  /// Returns when its control API answers.
  ///
  /// - Parameter limit: how long that may take.
  /// - Throws: `SlipwayError`: `agent-failed` with the last lines of its log, or those of the state folder.
  package func start(within limit: TimeSpan = .seconds(15)) async throws -> AgentStatus {
    let state = try StateFolder(stateFolder)
    let client = AgentClient(socketPath: try SocketPath.agent(stateFolder: state.path))
    if let status = try? await client.status(within: .seconds(1)) { return status }
    let begin = LogTail.size(of: state.agentLog)
    // Agents of before that have ended are collected, lest they stay as zombies for as long as this process runs.
    Self.started.withLock { $0.removeAll { ProcessExit.reap($0) != nil } }
    let pid: pid_t
    do {
      let spawn = Spawn(
        arguments: [executable] + arguments + ["--state", state.path], environment: ProcessEnvironment.inherited, folder: state.path,
        output: state.agentLog)
      pid = try spawn.start()
    } catch {
      throw SlipwayError.storage(error, doing: "starting the agent")
    }
    do {
      return try await answer(of: pid, client, state, logBegin: begin, within: limit)
    } catch is CancellationError {
      // Nobody waits for it any more, and whoever cancelled may be about to stop everything. Processes that it took over run on.
      kill(pid, SIGKILL)
      Self.started.withLock { $0.append(pid) }
      throw CancellationError()
    }
  }

  private func answer(
    of pid: pid_t, _ client: AgentClient, _ state: StateFolder, logBegin begin: Int, within limit: TimeSpan
  ) async throws -> AgentStatus {
    let deadline = ContinuousClock.now + limit.duration
    var isQuicker = false
    while ContinuousClock.now < deadline {
      try Task.checkCancellation()
      // Before it listens, a refused connection is what is expected.
      if let status = try? await client.status(within: .seconds(1)) {
        if !isQuicker { Self.started.withLock { $0.append(pid) } }
        return status
      }
      if !isQuicker, let exit = ProcessExit.reap(pid) {
        // Another caller's agent may have been quicker; then that one is waited for.
        guard case .running(let other) = try AgentPresence.look(stateFolder: state.path), other != pid else {
          throw failed("ended with \(exit)", state, from: begin)
        }
        isQuicker = true
      }
      try await Task.sleep(for: .milliseconds(20))
    }
    if !isQuicker { Self.started.withLock { $0.append(pid) } }
    throw failed("does not answer after \(limit)", state, from: begin)
  }

  private func failed(_ what: String, _ state: StateFolder, from begin: Int) -> SlipwayError {
    let lines = (try? LogTail.lines(of: state.agentLog, from: begin)) ?? []
    return SlipwayError(
      .agentFailed, .broken,
      "the agent \(what)" + (lines.isEmpty ? "" : "; its last lines:\n" + lines.map { "    " + $0 }.joined(separator: "\n")),
      remedy: "correct what they say; the whole log is \(state.agentLog)")
  }
}
