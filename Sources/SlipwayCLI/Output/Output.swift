import Foundation
import Glibc

/// Standard output for results, standard error for what is said about them.
enum Output {
  /// Writes a line to standard output.
  static func line(_ text: String) { write(text + (text.hasSuffix("\n") ? "" : "\n"), to: STDOUT_FILENO) }

  /// Writes a line to standard error.
  static func note(_ text: String) { write(text + (text.hasSuffix("\n") ? "" : "\n"), to: STDERR_FILENO) }

  /// Writes one document to standard output, for people to read too: keys sorted, indented.
  static func json(_ value: some Encodable) throws {
    let encoder = JSONEncoder()
    encoder.outputFormatting = [.sortedKeys, .withoutEscapingSlashes, .prettyPrinted]
    line(String(decoding: try encoder.encode(value), as: UTF8.self))
  }

  /// Writes text as it is. A reader that is gone is no reason to fail.
  static func write(_ text: String, to descriptor: Int32) {
    var bytes = Array(text.utf8)[...]
    while !bytes.isEmpty {
      let count = bytes.withUnsafeBytes { Glibc.write(descriptor, $0.baseAddress, $0.count) }
      if count < 0 && errno == EINTR { continue }
      if count <= 0 { return }
      bytes = bytes.dropFirst(count)
    }
  }
}
