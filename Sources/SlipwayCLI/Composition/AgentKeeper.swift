import Logging
import SlipwayLocal
import SlipwayModel

/// Keeps the agent of this machine running while the server runs: one that crashed or was killed is started again, one that was asked
/// to end (`slipway down`, SIGTERM, Ctrl-C) stays stopped until a command needs it.
struct AgentKeeper: Sendable {
  let stateFolder: String
  let executable: String
  let logger: Logger

  /// How often is looked. An agent is missed for at most this long, and its start takes about a tenth of a second more.
  private static let interval = Duration.milliseconds(500)
  /// How long a start may take.
  private static let patience = TimeSpan.seconds(15)

  /// Watches until the task is cancelled.
  ///
  /// - Parameter isNeeded: whether something is under way that can't go on without an agent; then one is started even if the last one
  ///   was stopped on purpose. Asked once, at the beginning.
  func run(isNeeded: Bool) async throws {
    if isNeeded, try AgentPresence.look(stateFolder: stateFolder) == .stopped {
      logger.info("rollouts are under way, and no agent runs; starting it")
      _ = await start()
    }
    var backOff = BackOff()
    while true {
      try await Task.sleep(for: Self.interval)
      guard case .lost(let pid) = try AgentPresence.look(stateFolder: stateFolder) else { continue }
      try await Task.sleep(for: backOff.next(at: .now))
      // Someone else may have started it meanwhile.
      guard case .lost = try AgentPresence.look(stateFolder: stateFolder) else { continue }
      logger.warning("the agent has gone without having been asked to; starting it again", metadata: ["process": "\(pid)"])
      if let status = await start() { logger.notice("the agent runs again", metadata: ["process": "\(status.pid)"]) }
    }
  }

  private func start() async -> AgentStatus? {
    do {
      return try await AgentLauncher(executable: executable, stateFolder: stateFolder).start(within: Self.patience)
    } catch is CancellationError {
      return nil
    } catch {
      logger.error("the agent could not be started", metadata: ["error": "\(error)"])
      return nil
    }
  }
}

/// How long to wait before something is started again that keeps ending: not at all at first, then from 1 s doubling to 30 s. After a
/// minute of peace it begins anew.
struct BackOff: Sendable {
  private static let peace = Duration.seconds(60)
  private static let longest = Duration.seconds(30)

  private var last: ContinuousClock.Instant?
  private var wait = Duration.zero

  mutating func next(at now: ContinuousClock.Instant) -> Duration {
    if let last, now - last < Self.peace {
      wait = wait == .zero ? .seconds(1) : min(wait * 2, Self.longest)
    } else {
      wait = .zero
    }
    last = now + wait
    return wait
  }
}
