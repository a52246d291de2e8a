/// A Swift file, with a second form in which comments and the text of string literals are blank. Line breaks stay, so
/// that line numbers are the same in both.
struct SwiftFile: Sendable {
  let path: String
  let text: String
  /// Only what the compiler would act on.
  let code: String
  let lines: [String]
  let codeLines: [String]

  init(path: String, text: String) {
    self.path = path
    self.text = text
    var scanner = Scanner(bytes: Array(text.utf8))
    code = scanner.blanked()
    lines = Self.split(text)
    codeLines = Self.split(code)
  }

  /// `SlipwayModel` of `Sources/SlipwayModel/Values/Name.swift`.
  var module: String {
    let parts = path.split(separator: "/")
    return parts.count > 2 ? String(parts[1]) : ""
  }

  private static func split(_ text: String) -> [String] {
    text.split(separator: "\n", omittingEmptySubsequences: false).map(String.init)
  }
}

extension SwiftFile {
  /// Walks over the bytes of a file once.
  private struct Scanner {
    let bytes: [UInt8]
    var position = 0
    var output: [UInt8] = []

    init(bytes: [UInt8]) {
      self.bytes = bytes
      output.reserveCapacity(bytes.count)
    }

    mutating func blanked() -> String {
      while position < bytes.count { copyOne() }
      return String(decoding: output, as: UTF8.self)
    }

    /// Copies one byte of code, or blanks one whole comment or literal.
    private mutating func copyOne() {
      let byte = bytes[position]
      guard byte == UInt8(ascii: "/") || byte == quote || byte == hash else {
        output.append(byte)
        position += 1
        return
      }
      if isAt("//") {
        while position < bytes.count, bytes[position] != newline { blank() }
      } else if isAt("/*") {
        blankBlockComment()
      } else if byte != UInt8(ascii: "/"), let hashes = literalStart() {
        blankLiteral(hashes: hashes)
      } else {
        output.append(byte)
        position += 1
      }
    }

    private mutating func blankBlockComment() {
      var depth = 0
      repeat {
        if isAt("/*") { depth += 1; blank(2) } else if isAt("*/") { depth -= 1; blank(2) } else { blank() }
      } while depth > 0 && position < bytes.count
    }

    /// The number of `#` before the quote of a literal that starts here; `nil` when none does.
    private func literalStart() -> Int? {
      var end = position
      while end < bytes.count, bytes[end] == hash { end += 1 }
      return end < bytes.count && bytes[end] == quote ? end - position : nil
    }

    /// Keeps the outer quotes, so that a literal still looks like a value, and the code of interpolations.
    private mutating func blankLiteral(hashes: Int) {
      keep(hashes)
      let quotes = isAt("\"\"\"") ? 3 : 1
      keep(quotes)
      let end = String(repeating: "\"", count: quotes) + String(repeating: "#", count: hashes)
      let escape = "\\" + String(repeating: "#", count: hashes)
      while position < bytes.count {
        if isAt(end) { return keep(end.utf8.count) }
        if quotes == 1, bytes[position] == newline { return }
        if isAt(escape + "(") {
          blank(escape.utf8.count)
          copyParenthesised()
        } else if isAt(escape) {
          blank(escape.utf8.count + 1)
        } else {
          blank()
        }
      }
    }

    /// Copies `( … )` as code, with whatever literals are inside.
    private mutating func copyParenthesised() {
      var depth = 0
      repeat {
        if bytes[position] == UInt8(ascii: "(") { depth += 1 }
        if bytes[position] == UInt8(ascii: ")") { depth -= 1 }
        copyOne()
      } while depth > 0 && position < bytes.count
    }

    private func isAt(_ text: String) -> Bool { bytes[position...].starts(with: text.utf8) }

    private mutating func keep(_ count: Int) {
      output += bytes[position..<min(position + count, bytes.count)]
      position = min(position + count, bytes.count)
    }

    private mutating func blank(_ count: Int = 1) {
      for _ in 0..<count where position < bytes.count {
        output.append(bytes[position] == newline ? newline : UInt8(ascii: " "))
        position += 1
      }
    }
  }
}

private let newline = UInt8(ascii: "\n")
private let quote = UInt8(ascii: "\"")
private let hash = UInt8(ascii: "#")
