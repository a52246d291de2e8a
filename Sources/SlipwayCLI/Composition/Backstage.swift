import Glibc
import NIOCore
import NIOPosix
import SlipwayLocal
import SlipwayModel
import SlipwayServer
import SlipwayStore

/// Agent and server of a state folder as programs of their own: starting them in the background, and learning whether they run.
struct Backstage: Sendable {
  let stateFolder: String
  /// How long each may take until it answers.
  static let patience = TimeSpan.seconds(10)

  /// The agent that runs, or a new one in the background.
  @discardableResult
  func startAgent() async throws -> AgentStatus {
    try await AgentLauncher(executable: try Self.executable(), stateFolder: stateFolder).start(within: Self.patience)
  }

  /// The server that runs, or a new one in the background.
  ///
  /// - Parameter arguments: what `slipway serve` is given besides the state folder.
  /// - Throws: `server-failed` with the last lines of its log.
  @discardableResult
  func startServer(_ arguments: [String] = []) async throws -> HealthView {
    if let health = try await runningServer() { return health }
    try await requireUnled(arguments)
    let state = try StateFolder(stateFolder)
    let log = state.logs + "/serve.log"
    let program = try BackgroundProgram(
      // What a command starts for itself competes with nobody, also in a pod.
      starting: [try Self.executable(), "serve", "--state", state.path]
        + (arguments.contains("--lease") ? [] : ["--lease", "none"]) + arguments, in: state.path, log: log)
    let deadline = ContinuousClock.now + Self.patience.duration
    var isQuicker = false
    while ContinuousClock.now < deadline {
      if let health = try await serverHealth() { return health }
      if !isQuicker, let ending = program.ending() {
        // Another command may have started one at the same moment; then that one is waited for.
        isQuicker = program.lastLines().contains { $0.contains("[journal-locked]") }
        if !isQuicker { throw Self.failed("ended with \(ending)", program, log) }
      }
      try await Task.sleep(for: .milliseconds(25))
    }
    throw Self.failed("does not answer after \(Self.patience)", program, log)
  }

  /// Servers that agree by a Lease on who drives may share the folder. One that a command starts for itself takes part in no election, and
  /// would drive beside them.
  private func requireUnled(_ arguments: [String]) async throws {
    if arguments.contains("--lease") { return }
    let reader = JournalReader(folder: stateFolder)
    let term = try await reader.newestTerm()
    try reader.close()
    guard term > 0 else { return }
    throw SlipwayError(
      .init("not-leader"), .refused, "servers of \(stateFolder) agree by a Lease on who drives, and none of them leads here now",
      remedy: "ask the leader with --server; `slipway serve --lease none` lets one drive that agrees with nobody")
  }

  /// The server that runs; `nil` when none does. One that is there and does not answer is waited for.
  ///
  /// - Throws: `server-silent`.
  func runningServer() async throws -> HealthView? {
    if let health = try await serverHealth() { return health }
    if let process = try serverProcess() { return try await awaken(process) }
    return nil
  }

  /// A server that is there, but frozen or very busy, is waited for: a second one could not open the journal.
  private func awaken(_ process: Int32) async throws -> HealthView {
    let deadline = ContinuousClock.now + Self.patience.duration
    while ContinuousClock.now < deadline {
      if let health = try await serverHealth() { return health }
      try await Task.sleep(for: .milliseconds(100))
    }
    throw Self.silent(process)
  }

  static func silent(_ process: Int32) -> SlipwayError {
    SlipwayError(
      .serverSilent, .broken, "the server (process \(process)) does not answer",
      remedy: "was it stopped (`kill -CONT \(process)` lets it go on), or is the machine overloaded? `kill -9 \(process)` ends it, "
        + "and nothing that was recorded is lost")
  }

  /// The process that listens at the server's socket, whether or not it answers.
  func serverProcess() throws -> Int32? {
    Listener.process(at: try SocketPath.serve(stateFolder: stateFolder))
  }

  /// What the server says of itself; `nil` when none answers.
  func serverHealth() async throws -> HealthView? {
    let socket = try SocketPath.serve(stateFolder: stateFolder)
    guard access(socket, F_OK) == 0 else { return nil }
    do {
      return try await ServerClient.with(.socket(socket), eventLoopGroup: .singletonMultiThreadedEventLoopGroup) {
        try await $0.health(deadline: .seconds(2))
      }
    } catch let error as SlipwayError where error.code == .serverUnreachable {
      return nil
    }
  }

  /// What the agent says of itself; `nil` when none answers.
  func agentStatus() async throws -> AgentStatus? {
    let socket = try SocketPath.agent(stateFolder: stateFolder)
    guard access(socket, F_OK) == 0 else { return nil }
    do {
      return try await AgentClient(socketPath: socket).status(within: .seconds(2))
    } catch let error as SlipwayError where error.code.rawValue == "agent-unreachable" {
      return nil
    }
  }

  /// Absolute path of this program.
  static func executable() throws -> String {
    var bytes = [UInt8](repeating: 0, count: 4096)
    let count = bytes.withUnsafeMutableBytes { buffer in
      buffer.baseAddress.map { readlink("/proc/self/exe", $0, buffer.count) } ?? -1
    }
    guard count > 0 else {
      throw SlipwayError(
        .programUnknown, .broken, "the path of this program can't be found out", remedy: "start `slipway agent` and `slipway serve` by hand"
      )
    }
    return String(decoding: bytes.prefix(count), as: UTF8.self)
  }

  private static func failed(_ what: String, _ program: BackgroundProgram, _ log: String) -> SlipwayError {
    let lines = program.lastLines().map { "\n    \($0)" }.joined()
    return SlipwayError(
      .serverFailed, .broken, "the server \(what)" + (lines.isEmpty ? "" : "; its last lines:" + lines),
      remedy: "correct what they say; the whole log is \(log)")
  }
}

extension SlipwayError.Code {
  /// A server is there and has not answered for as long as is waited for one.
  static let serverSilent = SlipwayError.Code("server-silent")
  static let serverFailed = SlipwayError.Code("server-failed")
  static let programUnknown = SlipwayError.Code("program-unknown")
}
