extension SourceText {
  /// Where a scalar's own text begins: the parser's mark is before its anchor and tag (`&name !!str text`).
  func scalarStart(line: Int, column: Int) -> Int {
    var start = offset(line: line, column: column)
    while start < scalars.count, scalars[start] == "&" || scalars[start] == "!" {
      while start < scalars.count, !isSpace(start) { start += 1 }
      while start < scalars.count, isSpace(start) { start += 1 }
    }
    return start
  }

  private func isSpace(_ offset: Int) -> Bool {
    scalars[offset] == " " || scalars[offset] == "\t" || Self.isLineBreak(scalars[offset])
  }

  /// The scalars of a key's name in the text, without quotes; `nil` when the text has something else there, such as a
  /// key with escapes or one that comes from an alias.
  func keyRange(at start: Int, name: String) -> Range<Int>? {
    let expected = Array(name.unicodeScalars)
    guard !expected.isEmpty, start < scalars.count else { return nil }
    let first = scalars[start] == "\"" || scalars[start] == "'" ? start + 1 : start
    guard scalars[first...].starts(with: expected) else { return nil }
    return first..<first + expected.count
  }

  /// How far a scalar reaches on its first line, for underlining it.
  func scalarLength(at start: Int, text: String) -> Int {
    guard start < scalars.count else { return 1 }
    switch scalars[start] {
    case "\"", "'":
      let quote = scalars[start]
      var index = start + 1
      while index < scalars.count, !Self.isLineBreak(scalars[index]) {
        if quote == "\"", scalars[index] == "\\" { index += 1 } else if scalars[index] == quote { return index - start + 1 }
        index += 1
      }
      return restOfLine(at: start)
    case "|", ">": return 1
    default:
      let expected = Array(text.unicodeScalars)
      return scalars[start...].starts(with: expected) ? max(1, expected.count) : restOfLine(at: start)
    }
  }
}
