import Logging
import SlipwayLocal
import SlipwayModel

/// Keeps the agent of this machine running while the server runs: one that crashed or was killed is started again, one that was asked
/// to end (`slipway down`, SIGTERM, Ctrl-C) stays stopped until a command needs it.
struct AgentKeeper: Sendable {
  let stateFolder: String
  let executable: String
  let logger: Logger

  /// How often is looked: no request is answered until the loss of an agent is seen and another one has started.
  private static let interval = Duration.milliseconds(100)
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
      guard try isLost(&backOff) else { continue }
      try await Task.sleep(for: backOff.next(at: .now))
      // Someone else may have started it meanwhile.
      guard case .lost(let pid) = try AgentPresence.look(stateFolder: stateFolder) else { continue }
      logger.warning("the agent has gone without having been asked to; starting it again", metadata: ["process": "\(pid)"])
      if let status = await start() {
        backOff.started(at: .now)
        logger.notice("the agent runs again", metadata: ["process": "\(status.pid)"])
      }
    }
  }

  private func isLost(_ backOff: inout BackOff) throws -> Bool {
    switch try AgentPresence.look(stateFolder: stateFolder) {
    case .lost: return true
    case .running: backOff.started(at: .now)
    case .stopped: break
    }
    return false
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

/// How long to wait before something is started again that has ended: not at all when it had run, since requests wait for it; from
/// 1 s doubling to 30 s when it does not start or ends as soon as it has.
struct BackOff: Sendable {
  /// What ran for so long has started all right, whatever ended it.
  private static let proof = Duration.seconds(1)
  private static let longest = Duration.seconds(30)

  private var isFirst = true
  private var startedAt: ContinuousClock.Instant?
  private var wait = Duration.zero

  /// It runs; told when it was started and as often as it is seen.
  mutating func started(at now: ContinuousClock.Instant) {
    if startedAt == nil { startedAt = now }
  }

  /// It is gone: how long to wait before the next start.
  mutating func next(at now: ContinuousClock.Instant) -> Duration {
    let hasRun = startedAt.map { now - $0 >= Self.proof } ?? isFirst
    wait = hasRun ? .zero : wait == .zero ? .seconds(1) : min(wait * 2, Self.longest)
    startedAt = nil
    isFirst = false
    return wait
  }
}
