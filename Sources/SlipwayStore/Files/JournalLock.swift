import Foundation
import SlipwayModel
import Synchronization

/// What became of the last server on a state folder.
package enum LastServer: Hashable, Sendable {
  /// It has the journal open, though it may be about to end.
  case there
  /// It ended in order.
  case stopped
  /// It vanished, or there was none.
  case gone
}

/// The right to write to a state folder's journal, held by one process at a time: an advisory lock on a file that the
/// kernel gives up when the process ends, however it ends.
final class JournalLock: Sendable {
  private let descriptor: Mutex<Int32?>

  /// - Parameter yields: goes on without the lock when another process has it: for a leader, whom the journal's term protects from
  ///   predecessors that are frozen and can't let go of anything.
  /// - Throws: `journal-locked`, naming the holder's process id, or ``FileError``.
  init(files: StateFiles, yields: Bool = false) throws {
    let file = open(files.lock, O_RDWR | O_CREAT | O_CLOEXEC, 0o600)
    guard file >= 0 else { throw FileError("open", files.lock) }
    do {
      guard flock(file, LOCK_EX | LOCK_NB) == 0 else {
        guard errno == EWOULDBLOCK else { throw FileError("lock", files.lock) }
        guard yields else { throw try Self.held(file, files) }
        descriptor = Mutex(nil)
        close(file)
        return
      }
      guard ftruncate(file, 0) == 0 else { throw FileError("truncate", files.lock) }
      try DurableFile.write(Array("\(getpid())\n".utf8), to: file, files.lock)
    } catch {
      close(file)
      throw error
    }
    descriptor = Mutex(file)
  }

  deinit { release(inOrder: false) }

  /// - Parameter inOrder: whether everything was written that was to be. An empty file then tells others that the last server did
  ///   not just vanish; should emptying it fail, they take it for vanished, which is the safer of the two.
  func release(inOrder: Bool) {
    descriptor.withLock { file in
      if let open = file {
        if inOrder { _ = ftruncate(open, 0) }
        close(open)
      }
      file = nil
    }
  }

  /// What became of the last server on a folder.
  static func lastServer(_ files: StateFiles) -> LastServer {
    let file = open(files.lock, O_RDONLY | O_CLOEXEC)
    guard file >= 0 else { return .gone }
    defer { close(file) }
    // The lock is given up again at once, with the descriptor.
    guard flock(file, LOCK_EX | LOCK_NB) == 0 else { return .there }
    return lseek(file, 0, SEEK_END) == 0 ? .stopped : .gone
  }

  private static func held(_ file: Int32, _ files: StateFiles) throws -> SlipwayError {
    let text = String(decoding: try DurableFile.read(file, files.lock), as: UTF8.self)
    let holder = Int32(text.trimmingCharacters(in: .whitespacesAndNewlines)).map { "process \($0)" } ?? "another process"
    return SlipwayError(
      .journalLocked, .broken, "the journal in \(files.folder) is in use by \(holder)",
      remedy: "use the server that runs already, stop it with `slipway down`, or choose another state folder")
  }
}
