/// Errors of the operating system and of libraries, as their descriptions tell them, in words for people.
enum PlainWords {
  /// Errors of libraries that say nothing to people, by a piece of their description.
  private static let known: [(mark: String, words: String)] = [
    ("NIOSSL", "the other side does not speak TLS"), ("handshakeFailed", "the other side does not speak TLS"),
    ("HTTPClientError.remoteConnectionClosed", "the connection was closed before an answer came"),
    ("HTTPClientError.connectTimeout", "the connection could not be opened in time"),
    ("HTTPClientError.deadlineExceeded", "no answer came in time"), ("SocketAddressError.unknown", "the name of the host is not known"),
  ]

  /// - Parameter text: `String(describing:)` of an error. What is not known to be unreadable is returned as it is.
  ///
  /// Two forms are: `bind(descriptor:ptr:bytes:): Address already in use (errno: 98)`, which names a C function and a number, and
  /// `Error Domain=… Code=260 "The file doesn’t exist."UserInfo={…}`, where the error below says it best.
  static func cause(_ text: String) -> String {
    if let known = known.first(where: { text.contains($0.mark) }) { return known.words }
    if text.hasPrefix("Error Domain=") {
      let below = text.ranges(of: "NSPOSIXErrorDomain").last.map { text[$0.upperBound...] } ?? text[...]
      let parts = below.split(separator: "\"", maxSplits: 2, omittingEmptySubsequences: false)
      return parts.count > 2 ? String(parts[1]) : text
    }
    guard let number = text.ranges(of: "(errno: ").last, text.hasSuffix(")") || text.hasSuffix("]") else { return text }
    var words = text[..<number.lowerBound]
    if let name = words.ranges(of: ":): ").last { words = words[name.upperBound...] }
    while let last = words.last, last == " " || (last == ")" && words.count(where: { $0 == ")" }) > words.count(where: { $0 == "(" })) {
      words.removeLast()
    }
    return String(words)
  }
}
