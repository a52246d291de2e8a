import Glibc

/// The end of a log file.
enum LogTail {
  static let longestLine = 400
  /// Only so much of the end is read.
  static let bytesRead = 65_536

  /// The last lines at or after `offset`, oldest first, without secrets, each cut to 400 characters after that. An offset beyond the
  /// end (the log was rotated) counts as 0.
  ///
  /// - Throws: ``SystemCallError``; a missing file has no lines.
  static func lines(of path: String, from offset: Int, atMost limit: Int = 20, without redaction: Redaction = Redaction()) throws
    -> [String]
  {
    let descriptor = open(path, O_RDONLY | O_CLOEXEC)
    if descriptor < 0 {
      if errno == ENOENT { return [] }
      throw SystemCallError("open", path)
    }
    defer { close(descriptor) }
    let size = Int(lseek(descriptor, 0, SEEK_END))
    let begin = offset <= size ? offset : 0
    let start = max(begin, size - bytesRead)
    var bytes = [UInt8](repeating: 0, count: max(0, size - start))
    let count = pread(descriptor, &bytes, bytes.count, off_t(start))
    guard count >= 0 else { throw SystemCallError("read", path) }
    var lines = bytes[..<count].split(separator: UInt8(ascii: "\n"), omittingEmptySubsequences: true)
    // When reading began in the midst of a line, its rest is no line.
    if start > begin, lines.count > 1 { lines.removeFirst() }
    return lines.suffix(limit).map {
      String(redaction.apply(to: String(decoding: $0, as: UTF8.self).filter { !$0.isNewline && $0 != "\u{1b}" }).prefix(longestLine))
    }
  }

  static func size(of path: String) -> Int {
    guard let status = try? FileStatus(path) else { return 0 }
    return status.size
  }
}
