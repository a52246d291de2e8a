import SlipwayModel
import SlipwayRuntime
import SlipwayServer
import SlipwayStore

/// Asks a server that may be killed, started again or frozen while a rollout runs: none of that is the rollout's outcome.
struct ServerSilence: Sendable {
  /// Starts a server that is gone; `nil` when that is not this program's to do.
  let backstage: Backstage?

  /// How long a server that is gone, and can't be started, is waited for.
  private static let patience = Duration.seconds(60)
  /// How long one is waited for that is there and does not answer.
  private static let longPatience = Duration.seconds(300)
  /// After so long the user is told. Later answers may take longer, so that a slow server does answer in the end.
  private static let firstSlack = TimeSpan.seconds(4)
  private static let slack = TimeSpan.seconds(30)

  /// - Parameter ask: is given how long the answer may take.
  /// - Throws: what `ask` throws; `server-unreachable` or `server-silent` when the server has not come back in time.
  func patiently<Value: Sendable>(rollout: String, _ ask: @Sendable (TimeSpan) async throws -> Value) async throws -> Value {
    let start = ContinuousClock.now
    var isFirst = true
    while true {
      do {
        return try await ask(isFirst ? Self.firstSlack : Self.slack)
      } catch let error as SlipwayError where error.isPassing {
        let process = try backstage?.serverProcess()
        let waited = ContinuousClock.now - start
        if let process, waited > Self.longPatience { throw Self.silent(process, rollout) }
        if process == nil, waited > Self.patience { throw error }
        if isFirst { Output.note(Self.note(process)) }
        isFirst = false
        if process == nil { try await replace(rollout) }
        try await Task.sleep(for: .milliseconds(500))
      }
    }
  }

  /// A server that vanished is started again; one that is ending is waited for, and one that was stopped stays so.
  private func replace(_ rollout: String) async throws {
    guard let backstage else { return }
    switch JournalStore.lastServer(folder: backstage.stateFolder) {
    case .there: return
    case .stopped: throw Self.stopped(rollout)
    case .gone: try await revive()
    }
  }

  /// A server that does not answer at once is asked again; one that can't be started is the command's end.
  private func revive() async throws {
    do {
      _ = try await backstage?.startServer()
    } catch let error as SlipwayError where error.code == .serverSilent {
      return
    }
  }

  private static func note(_ process: Int32?) -> String {
    guard let process else { return "the server does not answer; the rollout goes on when it is back" }
    return "the server (process \(process)) does not answer, still waiting"
  }

  /// Somebody wanted it to end: starting it again would undo that.
  private static func stopped(_ rollout: String) -> SlipwayError {
    SlipwayError(
      .serverStopped, .broken, "the server was stopped, by `slipway down` or a signal, while this command waited for rollout \(rollout)",
      remedy: "`slipway watch \(rollout)` starts it again, and the rollout goes on")
  }

  private static func silent(_ process: Int32, _ rollout: String) -> SlipwayError {
    SlipwayError(
      .serverSilent, .broken, "the server (process \(process)) has not answered for \(longPatience.components.seconds)s",
      remedy: "`kill -9 \(process)` ends it, `slipway watch \(rollout)` starts another and goes on; nothing that was recorded is lost")
  }
}

extension SlipwayError {
  /// Nobody answers, or somebody who does not drive the rollout any more.
  fileprivate var isPassing: Bool { kind == .broken && (code == .serverUnreachable || code == .rolloutElsewhere) }
}

extension SlipwayError.Code {
  static let serverStopped = SlipwayError.Code("server-stopped")
}
