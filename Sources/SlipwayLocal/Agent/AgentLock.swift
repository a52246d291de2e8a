import Glibc
import SlipwayModel

extension SlipwayError.Code {
  static let agentRunning = Self("agent-running")
}

/// Keeps a second agent away from a state folder. The kernel releases it when the process ends, however it ends.
///
/// The file says which process holds it. An agent that is asked to end empties it first, so that a name in a file whose process is
/// gone tells of a crash: see ``AgentPresence``.
struct AgentLock: ~Copyable {
  private let descriptor: Int32

  /// - Throws: `SlipwayError` with code `agent-running` that names the process, or those of the state folder.
  init(_ state: StateFolder) throws {
    let descriptor = open(state.lock, O_RDWR | O_CREAT | O_CLOEXEC, 0o600)
    guard descriptor >= 0 else { throw SlipwayError.storage(SystemCallError("open", state.lock), doing: "locking the state folder") }
    guard flock(descriptor, LOCK_EX | LOCK_NB) == 0 else {
      let number = errno
      close(descriptor)
      guard number == EWOULDBLOCK else {
        throw SlipwayError.storage(SystemCallError("flock", state.lock, number), doing: "locking the state folder")
      }
      throw SlipwayError(
        .agentRunning, .refused, "an agent already runs on \(state.path)" + (Self.holder(state).map { ", as process \($0.pid)" } ?? ""),
        remedy: "use it, or stop it with `slipway down`")
    }
    self.descriptor = descriptor
    _ = ftruncate(descriptor, 0)
    // Who holds the lock is the kernel's knowledge; the text tells people, and whether the last holder ended in order.
    let text = "\(getpid()) \(ProcessTable.status(of: getpid())?.startTime ?? 0)\n"
    _ = pwrite(descriptor, text, text.utf8.count, 0)
  }

  deinit { close(descriptor) }

  /// Notes that the agent ends because it was asked to. Whoever ended it starts it again, nobody else.
  static func noteOrderlyEnd(_ state: StateFolder) {
    if truncate(state.lock, 0) != 0 { perror("noting that the agent was asked to end") }
  }

  /// The process that holds or held the lock, as it wrote itself, and when it started; `nil` when the last one ended in order.
  static func holder(_ state: StateFolder) -> (pid: pid_t, startTime: UInt64)? {
    // A file that is not there or can't be read names nobody.
    guard let bytes = try? Files.read(state.lock) else { return nil }
    let words = String(decoding: bytes, as: UTF8.self).split { $0 == " " || $0 == "\n" }
    guard let pid = words.first.flatMap({ pid_t($0) }) else { return nil }
    return (pid, words.dropFirst().first.flatMap { UInt64($0) } ?? 0)
  }
}
