import CPlatform
import Foundation
import SlipwayModel

/// Runs a program and takes what it prints. It gets the server's environment and what is added to it, nothing to read, and a process
/// group of its own, which is ended when the time is up. What it prints on standard error is thrown away: it may hold what is secret.
package struct ProgramRun: Sendable {
  /// How a program ended.
  package enum End: Equatable, Sendable {
    /// With a status, 0...255.
    case exited(Int32)
    case signalled(Int32)
    /// The time was up, and it was ended.
    case overdue
  }

  /// The program, looked for in `PATH` unless it holds a slash, and its arguments.
  package let arguments: [String]
  /// That it runs in.
  package let folder: String
  /// Added to the server's environment.
  package let variables: [String: String]
  package let timeout: TimeSpan

  package init(arguments: [String], folder: String, variables: [String: String] = [:], timeout: TimeSpan) {
    self.arguments = arguments
    self.folder = folder
    self.variables = variables
    self.timeout = timeout
  }

  /// Waits until it has ended.
  ///
  /// - Parameter limit: bytes of output; of more the first so many are taken.
  /// - Returns: the end, what it printed, and whether that was more.
  /// - Throws: `ReachError` when it can't be started, or its output can't be read.
  package func run(limit: Int) async throws(ReachError) -> (end: End, output: [UInt8], isCut: Bool) {
    let file = FileManager.default.temporaryDirectory.appending(path: "slipway-run-\(UUID().uuidString)")
    defer { unlink(file.path) }
    let end = await wait(for: try start(output: file.path))
    do {
      let handle = try FileHandle(forReadingFrom: file)
      defer { handle.closeFile() }
      let bytes = try handle.read(upToCount: limit + 1) ?? Data()
      return (end, Array(bytes.prefix(limit)), bytes.count > limit)
    } catch {
      throw ReachError(.unreachable, "what \(arguments[0]) printed can't be read", error)
    }
  }

  private func wait(for pid: pid_t) async -> End {
    let deadline = ContinuousClock.now + timeout.duration
    while true {
      var status: Int32 = 0
      if waitpid(pid, &status, WNOHANG) == pid { return Self.end(status) }
      let isOver = ContinuousClock.now >= deadline || Task.isCancelled
      if isOver {
        kill(-pid, SIGKILL)
        // It is gone within moments, whatever it did; a child that nobody collects would stay as a zombie.
        for _ in 0..<200 where waitpid(pid, &status, WNOHANG) == 0 { await Self.pause() }
        return .overdue
      }
      await Self.pause()
    }
  }

  /// Also when the task is cancelled: then what was started has to be collected still.
  private static func pause() async {
    do { try await Task.sleep(for: .milliseconds(10)) } catch { await Task.yield() }
  }

  private func start(output: String) throws(ReachError) -> pid_t {
    var actions = posix_spawn_file_actions_t()
    var attributes = posix_spawnattr_t()
    posix_spawn_file_actions_init(&actions)
    defer { posix_spawn_file_actions_destroy(&actions) }
    posix_spawnattr_init(&attributes)
    defer { posix_spawnattr_destroy(&attributes) }
    var none = sigset_t()
    var all = sigset_t()
    sigemptyset(&none)
    sigfillset(&all)
    let flags = cplatform_setsid_flag() | Int16(POSIX_SPAWN_SETSIGMASK) | Int16(POSIX_SPAWN_SETSIGDEF)
    var codes = [
      posix_spawn_file_actions_addopen(&actions, 0, "/dev/null", O_RDONLY, 0),
      posix_spawn_file_actions_addopen(&actions, 1, output, O_WRONLY | O_CREAT | O_EXCL, 0o600),
      posix_spawn_file_actions_addopen(&actions, 2, "/dev/null", O_WRONLY, 0), cplatform_addchdir(&actions, folder),
      cplatform_addclosefrom(&actions, 3), posix_spawnattr_setsigmask(&attributes, &none),
      posix_spawnattr_setsigdefault(&attributes, &all), posix_spawnattr_setflags(&attributes, flags),
    ]
    let argv = arguments.map { strdup($0) } + [nil]
    let environment = ProcessInfo.processInfo.environment.merging(variables) { $1 }
    let envp = environment.sorted { $0.key < $1.key }.map { strdup("\($0.key)=\($0.value)") } + [nil]
    defer { (argv + envp).forEach { free($0) } }
    var pid: pid_t = 0
    codes.append(posix_spawnp(&pid, arguments[0], &actions, &attributes, argv, envp))
    guard let code = codes.first(where: { $0 != 0 }) else { return pid }
    if pid > 0 { kill(-pid, SIGKILL) }
    throw ReachError(.notStarted, "\(arguments[0]) can't be started in \(folder): \(String(cString: strerror(code)))")
  }

  /// wait(2), the macros WIFEXITED, WEXITSTATUS and WTERMSIG, which Swift can't import.
  private static func end(_ status: Int32) -> End {
    let signal = status & 0x7f
    return signal == 0 ? .exited((status >> 8) & 0xff) : .signalled(signal)
  }
}
