/// Errors of the operating system and of libraries, as their descriptions tell them, in words for people.
enum PlainWords {
  /// - Parameter text: `String(describing:)` of an error. What is not known to be unreadable is returned as it is.
  ///
  /// Two forms are: `bind(descriptor:ptr:bytes:): Address already in use (errno: 98)`, which names a C function and a number, and
  /// `Error Domain=… Code=260 "The file doesn’t exist."UserInfo={…}`, where the error below says it best.
  static func cause(_ text: String) -> String {
    if text.hasPrefix("Error Domain=") {
      let below = text.ranges(of: "NSPOSIXErrorDomain").last.map { text[$0.upperBound...] } ?? text[...]
      let parts = below.split(separator: "\"", maxSplits: 2, omittingEmptySubsequences: false)
      return parts.count > 2 ? String(parts[1]) : text
    }
    guard let number = text.ranges(of: "(errno: ").last, text.hasSuffix(")") else { return text }
    var words = text[..<number.lowerBound]
    if let name = words.ranges(of: ":): ").first { words = words[name.upperBound...] }
    while let last = words.last, last == " " || (last == ")" && !words.contains("(")) { words.removeLast() }
    return String(words)
  }
}
