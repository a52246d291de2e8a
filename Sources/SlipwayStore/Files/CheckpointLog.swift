import Foundation
import SlipwayLedger

/// `checkpoints.log`: every signed checkpoint, each followed by an empty line. It lies outside the database, so that whoever
/// changes or cuts the database has to answer for the states that were signed before.
enum CheckpointLog {
  /// The notes in a file, and how many of its bytes they take.
  struct Content: Hashable {
    /// Each with its final newline, in order.
    let notes: [[UInt8]]
    /// Where the last whole note with its empty line ends. What follows was cut off while it was written.
    let wholeBytes: Int
  }

  /// Adds what the file lacks and syncs it.
  ///
  /// Two servers may do this at once: one that stood still between its commit and this call, and its successor. So the end of
  /// the file is read under a lock, and what comes after it is asked of the database, which knows what both have signed.
  ///
  /// - Parameter newer: the notes of the checkpoints that are larger than a size, in order of size.
  static func catchUp(_ files: StateFiles, with newer: (_ size: Int64) throws -> [String]) throws {
    let descriptor = open(files.checkpoints, O_RDWR | O_CREAT | O_CLOEXEC, 0o600)
    guard descriptor >= 0 else { throw FileError("open", files.checkpoints) }
    defer { close(descriptor) }
    guard flock(descriptor, LOCK_EX) == 0 else { throw FileError("lock", files.checkpoints) }
    let last = try readEnd(files).note.map { try Checkpoint(parsing: SignedNote(parsing: $0).text).size } ?? -1
    let text = try newer(last).map { $0 + "\n" }.joined()
    guard !text.isEmpty else { return }
    try DurableFile.append(Array(text.utf8), to: files.checkpoints)
    if last < 0 { try DurableFile.syncFolder(of: files.checkpoints) }
  }

  /// All notes; none when there is no file.
  static func read(_ files: StateFiles) throws -> Content {
    parse(try DurableFile.read(files.checkpoints) ?? [])
  }

  /// The end of a file: what a start needs to know of it.
  struct End: Hashable {
    /// The last whole note; `nil` when there is none.
    let note: [UInt8]?
    /// Where the last whole note with its empty line ends.
    let wholeBytes: Int
    /// What follows: the beginning of a note that was cut off while it was written, or nothing.
    let rest: [UInt8]
  }

  /// Reads the end of the file only.
  static func readEnd(_ files: StateFiles) throws -> End {
    let descriptor = open(files.checkpoints, O_RDONLY | O_CLOEXEC)
    guard descriptor >= 0 else {
      if errno == ENOENT { return End(note: nil, wholeBytes: 0, rest: []) }
      throw FileError("open", files.checkpoints)
    }
    defer { close(descriptor) }
    let length = Int(lseek(descriptor, 0, SEEK_END))
    var skipped = max(0, length - 65_536)
    guard length >= 0, lseek(descriptor, off_t(skipped), SEEK_SET) >= 0 else { throw FileError("seek in", files.checkpoints) }
    var bytes = try DurableFile.read(descriptor, files.checkpoints)
    if skipped > 0 {
      // A note begins after an empty line that no signature follows.
      let dash = Array("\u{2014}".utf8)
      let start = bytes.indices.dropFirst(2).first {
        bytes[$0 - 1] == 0x0A && bytes[$0 - 2] == 0x0A && !bytes[$0...].starts(with: dash)
      }
      skipped += start ?? 0
      bytes.removeFirst(start ?? 0)
    }
    let content = parse(bytes)
    return End(
      note: content.notes.last, wholeBytes: skipped + content.wholeBytes, rest: Array(bytes[content.wholeBytes...]))
  }

  static func parse(_ bytes: [UInt8]) -> Content {
    var notes: [[UInt8]] = []
    var start = 0
    var gaps = 0
    for position in bytes.indices.dropFirst() where bytes[position] == 0x0A && bytes[position - 1] == 0x0A {
      gaps += 1
      // The first empty line divides a note's text from its signatures, the second ends it.
      if gaps % 2 == 0 {
        notes.append(Array(bytes[start..<position]))
        start = position + 1
      }
    }
    return Content(notes: notes, wholeBytes: start)
  }
}
