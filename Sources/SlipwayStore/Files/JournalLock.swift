import Foundation
import SlipwayModel
import Synchronization

/// The right to write to a state folder's journal, held by one process at a time: an advisory lock on a file that the
/// kernel gives up when the process ends, however it ends.
final class JournalLock: Sendable {
  private let descriptor: Mutex<Int32?>

  /// - Throws: `journal-locked`, naming the holder's process id, or ``FileError``.
  init(files: StateFiles) throws {
    let file = open(files.lock, O_RDWR | O_CREAT | O_CLOEXEC, 0o600)
    guard file >= 0 else { throw FileError("open", files.lock) }
    do {
      guard flock(file, LOCK_EX | LOCK_NB) == 0 else {
        guard errno == EWOULDBLOCK else { throw FileError("lock", files.lock) }
        throw try Self.held(file, files)
      }
      guard ftruncate(file, 0) == 0 else { throw FileError("truncate", files.lock) }
      try DurableFile.write(Array("\(getpid())\n".utf8), to: file, files.lock)
    } catch {
      close(file)
      throw error
    }
    descriptor = Mutex(file)
  }

  deinit { release() }

  func release() {
    descriptor.withLock { file in
      if let open = file { close(open) }
      file = nil
    }
  }

  private static func held(_ file: Int32, _ files: StateFiles) throws -> SlipwayError {
    let text = String(decoding: try DurableFile.read(file, files.lock), as: UTF8.self)
    let holder = Int32(text.trimmingCharacters(in: .whitespacesAndNewlines)).map { "process \($0)" } ?? "another process"
    return SlipwayError(
      .journalLocked, .broken, "the journal in \(files.folder) is in use by \(holder)",
      remedy: "use the server that runs already, stop it with `slipway down`, or choose another state folder")
  }
}
