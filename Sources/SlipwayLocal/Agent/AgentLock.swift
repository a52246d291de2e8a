import Glibc
import SlipwayModel

extension SlipwayError.Code {
  static let agentRunning = Self("agent-running")
}

/// Keeps a second agent away from a state folder. The kernel releases it when the process ends, however it ends.
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
        .agentRunning, .refused, "an agent already runs on \(state.path)" + (Self.holder(state).map { ", as process \($0)" } ?? ""),
        remedy: "use it, or stop it with `slipway down`")
    }
    self.descriptor = descriptor
    _ = ftruncate(descriptor, 0)
    // For people only: who holds the lock is the kernel's knowledge.
    let text = "\(getpid())\n"
    _ = pwrite(descriptor, text, text.utf8.count, 0)
  }

  deinit { close(descriptor) }

  /// The process that holds the lock, as it wrote itself.
  static func holder(_ state: StateFolder) -> pid_t? {
    guard let bytes = try? Files.read(state.lock) else { return nil }
    return pid_t(String(decoding: bytes.filter { $0 > 32 }, as: UTF8.self))
  }
}
