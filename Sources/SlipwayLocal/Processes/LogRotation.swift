import Glibc
import SlipwayModel

/// Keeps a log that a running process appends to from growing without end: its content is copied to `.1` (what was there
/// moves to `.2`, then `.3`), and the file is cut to nothing. The process keeps its open file. What it writes between the copy
/// and the cut, microseconds apart, is lost.
package struct LogRotation: Hashable, Sendable {
  /// Size in bytes from which a log is rotated; default 10 MiB.
  package let limit: Int
  /// How many old files are kept; default 3.
  package let kept: Int

  package init(limit: Int = 10 << 20, kept: Int = 3) {
    self.limit = limit
    self.kept = kept
  }

  /// Rotates the log if it is due. Returns whether it was.
  ///
  /// - Throws: `SystemCallError`.
  @discardableResult
  func rotate(_ path: String) throws -> Bool {
    guard LogTail.size(of: path) >= limit else { return false }
    guard kept > 0 else {
      guard truncate(path, 0) == 0 else { throw SystemCallError("truncate", path) }
      return true
    }
    for number in stride(from: kept - 1, through: 1, by: -1) where try FileStatus("\(path).\(number)") != nil {
      guard rename("\(path).\(number)", "\(path).\(number + 1)") == 0 else { throw SystemCallError("rename", "\(path).\(number)") }
    }
    try copy(path, to: "\(path).1")
    guard truncate(path, 0) == 0 else { throw SystemCallError("truncate", path) }
    return true
  }

  private func copy(_ from: String, to: String) throws {
    let input = open(from, O_RDONLY | O_CLOEXEC)
    guard input >= 0 else { throw SystemCallError("open", from) }
    defer { close(input) }
    let output = open(to, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0o600)
    guard output >= 0 else { throw SystemCallError("open", to) }
    defer { close(output) }
    var chunk = [UInt8](repeating: 0, count: 1 << 18)
    while true {
      let count = read(input, &chunk, chunk.count)
      if count == 0 { return }
      if count < 0 { throw SystemCallError("read", from) }
      try Files.write(chunk[..<count], to: output, path: to)
    }
  }
}
