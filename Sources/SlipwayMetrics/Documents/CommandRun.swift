import CPlatform
import Foundation
import SlipwayModel

/// Runs a program and takes what it prints. It gets the server's environment, nothing to read, and a process group of its own,
/// which is ended when the time is up.
struct CommandRun: Sendable {
  let arguments: [String]
  let folder: String
  let timeout: TimeSpan

  /// More than this no program has to say.
  private static let sizeLimit = 1 << 20

  /// - Throws: `SlipwayError` with code `metrics-command`. What the program prints on standard error is in no message: it may hold
  ///   what is secret.
  func output() async throws(SlipwayError) -> [UInt8] {
    let file = FileManager.default.temporaryDirectory.appending(path: "slipway-metrics-\(UUID().uuidString)")
    defer { unlink(file.path) }
    let pid = try start(output: file.path)
    guard let status = await wait(for: pid) else {
      throw .metricsCommand("the command of `metrics` has not ended within \(timeout), and was ended")
    }
    guard status == 0 else { throw .metricsCommand("the command of `metrics` ended with \(Self.words(status))") }
    do {
      let bytes = try Data(contentsOf: file)
      guard bytes.count <= Self.sizeLimit else {
        throw SlipwayError.metricsCommand("the command of `metrics` printed more than \(Self.sizeLimit >> 20) MiB")
      }
      return Array(bytes)
    } catch let error as SlipwayError {
      throw error
    } catch {
      throw .metricsCommand("what the command of `metrics` printed can't be read", error)
    }
  }

  /// The wait status; `nil` when the time was up.
  private func wait(for pid: pid_t) async -> Int32? {
    let deadline = ContinuousClock.now + timeout.duration
    while true {
      var status: Int32 = 0
      if waitpid(pid, &status, WNOHANG) == pid { return status }
      let isOver = ContinuousClock.now >= deadline || Task.isCancelled
      if isOver {
        kill(-pid, SIGKILL)
        // It is gone within moments, whatever it did; a child that nobody collects would stay as a zombie.
        for _ in 0..<200 where waitpid(pid, &status, WNOHANG) == 0 { await Self.pause() }
        return nil
      }
      await Self.pause()
    }
  }

  /// Also when the task is cancelled: then what was started has to be collected still.
  private static func pause() async {
    do { try await Task.sleep(for: .milliseconds(10)) } catch { await Task.yield() }
  }

  private func start(output: String) throws(SlipwayError) -> pid_t {
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
    let variables = ProcessInfo.processInfo.environment.sorted { $0.key < $1.key }.map { strdup("\($0.key)=\($0.value)") } + [nil]
    defer { (argv + variables).forEach { free($0) } }
    var pid: pid_t = 0
    codes.append(posix_spawnp(&pid, arguments[0], &actions, &attributes, argv, variables))
    guard let code = codes.first(where: { $0 != 0 }) else { return pid }
    if pid > 0 { kill(-pid, SIGKILL) }
    throw .metricsCommand("\(arguments[0]) can't be started in \(folder): \(String(cString: strerror(code)))")
  }

  /// wait(2), the macros WIFEXITED, WEXITSTATUS and WTERMSIG, which Swift can't import.
  private static func words(_ status: Int32) -> String {
    let signal = status & 0x7f
    return signal == 0 ? "exit status \((status >> 8) & 0xff)" : "signal \(signal)"
  }
}
