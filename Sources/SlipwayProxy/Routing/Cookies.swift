/// Reading one cookie out of a `Cookie` field (RFC 6265, section 4.2), without making strings of the others.
enum Cookies {
  /// The value of the first cookie with exactly this name, without surrounding quotes; `nil` when there is none.
  static func value(of name: String, in line: String) -> Substring.UTF8View? {
    var rest = Substring(line).utf8
    while !rest.isEmpty {
      let end = rest.firstIndex(of: UInt8(ascii: ";")) ?? rest.endIndex
      let pair = trimmed(rest[rest.startIndex..<end])
      if let equals = pair.firstIndex(of: UInt8(ascii: "=")), pair[pair.startIndex..<equals].elementsEqual(name.utf8) {
        return unquoted(pair[pair.index(after: equals)...])
      }
      rest = end == rest.endIndex ? rest[end...] : rest[rest.index(after: end)...]
    }
    return nil
  }

  private static func trimmed(_ bytes: Substring.UTF8View) -> Substring.UTF8View {
    var bytes = bytes
    while let first = bytes.first, first == 32 || first == 9 { bytes.removeFirst() }
    while let last = bytes.last, last == 32 || last == 9 { bytes.removeLast() }
    return bytes
  }

  private static func unquoted(_ bytes: Substring.UTF8View) -> Substring.UTF8View {
    guard bytes.count >= 2, bytes.first == 34, bytes.last == 34 else { return bytes }
    return bytes.dropFirst().dropLast()
  }
}
