import Glibc
import NIOPosix
import SlipwayModel

extension SlipwayError.Code {
  static let buildFailed = Self("build-failed")
}

/// The command that makes an artifact, run by `sh -c` in the project's folder with the agent's own environment.
struct BuildCommand {
  let command: String
  let folder: String
  /// Gets the output, from its start.
  let log: String
  /// Marks the build's processes, so that an agent that starts after a crash finds and ends them.
  let instance: String
  /// After that a build is ended.
  static let limit = TimeSpan.minutes(60)

  /// Returns when the command has ended with status 0.
  ///
  /// - Throws: `SlipwayError` with code `build-failed` and the last lines of the output; `CancellationError` (the build is ended then).
  func run() async throws {
    guard let status = Files.resolved(folder).flatMap({ try? FileStatus($0) }), status.kind == .folder else {
      throw failed("can't run in \(folder): there is no such folder", lines: [])
    }
    let pid: pid_t
    var environment = ProcessEnvironment.inherited
    // What a build says about its failure is journalled.
    let redaction = Redaction(secrets: Redaction.secrets(in: environment))
    do {
      try Files.write([], to: log)
      environment[ProcessEnvironment.instance] = instance
      pid = try Spawn(shellCommand: command, environment: environment, folder: folder, output: log).start()
    } catch {
      throw SlipwayError.storage(error, doing: "starting the build")
    }
    let deadline = ContinuousClock.now + Self.limit.duration
    var exit: ProcessExit?
    do {
      while exit == nil, ContinuousClock.now < deadline {
        exit = ProcessExit.reap(pid)
        if exit == nil { try await Task.sleep(for: .milliseconds(20)) }
      }
    } catch {
      endAll(pid)
      throw error
    }
    let lines = (try? LogTail.lines(of: log, from: 0, without: redaction)) ?? []
    guard let exit else {
      endAll(pid)
      throw failed("took longer than \(Self.limit)", lines: lines)
    }
    guard exit == .status(0) else { throw failed("ended with \(exit)", lines: lines) }
  }

  private func endAll(_ pid: pid_t) {
    kill(-pid, SIGKILL)
    NIOThreadPool.singleton.submit { _ in
      var status: Int32 = 0
      waitpid(pid, &status, 0)
    }
  }

  private func failed(_ what: String, lines: [String]) -> SlipwayError {
    SlipwayError(
      .buildFailed, .input,
      "the build command \(what)" + (lines.isEmpty ? "" : "; its last lines:\n" + lines.map { "    " + $0 }.joined(separator: "\n")),
      remedy: "run it in \(folder) and correct it; the whole output is in \(log)")
  }
}
