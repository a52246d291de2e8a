import Glibc
import Hummingbird
import Logging
import NIOCore
import SlipwayModel
import SlipwayPorts
import SlipwayProxy

/// The data plane of one machine: the proxy, the processes behind it, and a control API on a Unix socket. It goes on serving
/// when `slipway serve` is gone.
package final class Agent: Sendable {
  private let folder: String
  private let rotation: LogRotation
  private let logger: Logger
  private let stops: AsyncStream<StopMode>
  private let newStops: AsyncStream<StopMode>.Continuation

  /// - Parameter stateFolder: where everything is kept; made when it is missing.
  package init(stateFolder: String, rotation: LogRotation = LogRotation(), logger: Logger) {
    folder = stateFolder
    self.rotation = rotation
    self.logger = logger
    (stops, newStops) = AsyncStream.makeStream(bufferingPolicy: .bufferingOldest(1))
  }

  /// Asks a running agent to end; ``run(onReady:)`` returns when it has. Only the first call counts.
  package func stop(_ mode: StopMode) {
    newStops.yield(mode)
  }

  /// Takes over running processes, restores the split in force, and then answers the control API until ``stop(_:)`` was called
  /// here or over the API. Cancelling the task ends it at once and leaves the processes running, as a `kill -9` does.
  ///
  /// - Parameter onReady: called when the control API answers.
  /// - Throws: `SlipwayError`: `agent-running`, `state-not-writable`, `disk-full`, `state-broken`, `proxy-file-unreadable`,
  ///   `socket-folder-unsafe`, `socket-failed`.
  package func run(onReady: @escaping @Sendable (AgentStatus) async -> Void = { _ in }) async throws {
    let state = try StateFolder(folder)
    let lock = try AgentLock(state)
    defer { withExtendedLifetime(lock) {} }
    let releases = try ReleaseStore(state: state)
    let proxy = ProxyServer(file: state.agent + "/proxy.json", logger: logger)
    do {
      try await run(state, releases, proxy, onReady: onReady)
    } catch {
      await proxy.shutdown(within: .zero)
      throw error
    }
  }

  private func run(
    _ state: StateFolder, _ releases: ReleaseStore, _ proxy: ProxyServer, onReady: @escaping @Sendable (AgentStatus) async -> Void
  ) async throws {
    let supervisor = Supervisor(state: state, releases: releases, proxy: proxy, rotation: rotation, logger: logger)
    let clock = WallClock()
    let startedAt = clock.now()
    try await supervisor.load()
    try await proxy.start()
    await supervisor.publishAll()
    let status: @Sendable () async -> AgentStatus = {
      let (slots, processes, problems) = await supervisor.figures()
      return AgentStatus(
        pid: Int(getpid()), startedAt: startedAt, state: state.path, slots: slots, processes: processes,
        problems: problems + proxy.problems)
    }
    let api = ControlAPI(releases: releases, supervisor: supervisor, proxy: proxy, status: status) { [newStops] in newStops.yield($0) }
    let socket = try SocketPath.agent(stateFolder: state.path)
    defer { unlink(socket) }
    let stopped = try await withThrowingTaskGroup(of: Bool.self) { group in
      group.addTask {
        await supervisor.run()
        return false
      }
      group.addTask {
        try await self.serve(api, at: socket) { await onReady(await status()) }
        return false
      }
      group.addTask { try await self.waitAndStop(state, supervisor, proxy) }
      defer { group.cancelAll() }
      // The first to end decides: an error, a stop that was carried out, or the caller's cancellation.
      return try await group.next() ?? false
    }
    if !stopped { await proxy.shutdown(within: .zero) }
  }

  private func serve(_ api: ControlAPI, at socket: String, onReady: @escaping @Sendable () async -> Void) async throws {
    var quiet = logger
    // Errors are in its answers; what it logs otherwise is that stopping cancelled its connections.
    quiet.logLevel = .critical
    let application = Application(
      router: api.router(), configuration: ApplicationConfiguration(address: .unixDomainSocket(path: socket)),
      onServerRunning: { _ in
        // Its folder is private to this user already.
        chmod(socket, 0o600)
        await onReady()
      }, logger: quiet)
    do { try await application.run() } catch is CancellationError { return } catch {
      throw SlipwayError(
        .socketFailed, .broken, "the agent can't listen at its socket \(socket)", remedy: "read the cause; is the folder on a local disk?",
        cause: error)
    }
  }

  /// The last requests may take this long when the processes are left running.
  private static let detachDrain = TimeSpan.seconds(5)

  /// Returns whether a stop was asked for and carried out.
  private func waitAndStop(_ state: StateFolder, _ supervisor: Supervisor, _ proxy: ProxyServer) async throws -> Bool {
    guard let mode = await stops.first(where: { _ in true }) else { return false }
    AgentLock.noteOrderlyEnd(state)
    switch mode {
    case .detach:
      let cut = await proxy.shutdown(within: Self.detachDrain)
      logger.info("the agent ends and leaves the processes running", metadata: ["requests_cut": "\(cut)"])
    case .down:
      await supervisor.startNothingMore()
      let cut = await proxy.shutdown(within: await supervisor.longestDrain())
      logger.info("the proxy has stopped", metadata: ["requests_cut": "\(cut)"])
      try await supervisor.stopAll()
      logger.info("everything has stopped")
    }
    return true
  }
}

extension SlipwayError.Code {
  static let socketFailed = Self("socket-failed")
}
