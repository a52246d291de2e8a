/// Shows diagnostics as a person reads them: place, message, the line with the place underlined, remedy.
///
///     slipway.yaml:7:5: error: `prot` is not a key of a service [unknown-key]
///       7 |     prot: 8000
///         |     ^^^^
///       remedy: did you mean `port`?
package struct DiagnosticRenderer: Sendable {
  /// Columns of a source line that are shown; longer lines are cut around the place.
  private static let width = 120

  private let source: SourceText

  init(source: SourceText) {
    self.source = source
  }

  /// All of them with an empty line in between, and a line that counts them at the end; empty when there are none.
  package func render(_ diagnostics: [Diagnostic]) -> String {
    if diagnostics.isEmpty { return "" }
    return diagnostics.map { render($0) }.joined(separator: "\n") + "\n" + Self.summary(of: diagnostics) + "\n"
  }

  /// `2 errors, 1 warning`.
  package static func summary(of diagnostics: [Diagnostic]) -> String {
    let errors = diagnostics.filter { $0.severity == .error }.count
    let warnings = diagnostics.count - errors
    func count(_ number: Int, _ word: String) -> String { "\(number) \(word)\(number == 1 ? "" : "s")" }
    let parts = (errors > 0 ? [count(errors, "error")] : []) + (warnings > 0 ? [count(warnings, "warning")] : [])
    let cut = diagnostics.count >= DiagnosticSink.limit ? " (no more are shown)" : ""
    return parts.joined(separator: ", ") + cut
  }

  /// One diagnostic; ends with a line break.
  package func render(_ diagnostic: Diagnostic) -> String {
    let location = diagnostic.location
    let head = "\(location.file):\(location.line):\(location.column): \(diagnostic.severity.rawValue): \(diagnostic.message)"
    let number = String(location.line)
    let margin = String(repeating: " ", count: number.count)
    let (text, marks) = excerpt(of: diagnostic)
    return """
      \(head) [\(diagnostic.code.rawValue)]
        \(number) | \(text)
        \(margin) | \(marks)
        remedy: \(diagnostic.remedy)

      """
  }

  private func excerpt(of diagnostic: Diagnostic) -> (text: String, marks: String) {
    let line = Array(source.line(diagnostic.location.line))
    let start = min(diagnostic.location.column - 1, line.count)
    let end = min(max(start + diagnostic.length, start + 1), max(line.count, start + 1))
    let firstShown = line.count <= Self.width ? 0 : max(0, min(start - Self.width / 3, line.count - Self.width))
    let lastShown = min(line.count, firstShown + Self.width)
    var text = firstShown > 0 ? "…" : ""
    var marks = firstShown > 0 ? " " : ""
    for index in firstShown..<lastShown {
      text.unicodeScalars.append(Self.printable(line[index]))
      let isMarked = index >= start && index < end
      marks += Self.cells(of: line[index], filledWith: isMarked ? "^" : " ")
    }
    if lastShown < line.count { text += "…" }
    if start >= lastShown { marks += "^" }
    while marks.last == " " { marks.removeLast() }
    while text.last == " " { text.removeLast() }
    return (text, marks)
  }

  /// A terminal obeys control characters, so a file must not get them there.
  private static func printable(_ scalar: Unicode.Scalar) -> Unicode.Scalar {
    let isControl = (scalar.value < 0x20 && scalar != "\t") || (0x7F...0x9F).contains(scalar.value)
    let isBidirectional = (0x202A...0x202E).contains(scalar.value) || (0x2066...0x2069).contains(scalar.value)
    return isControl || isBidirectional ? "\u{FFFD}" : scalar
  }

  /// As many columns as a terminal gives the scalar: two for East Asian wide ones and emoji (Unicode Annex 11), none for marks.
  private static func cells(of scalar: Unicode.Scalar, filledWith mark: String) -> String {
    if scalar == "\t" { return mark == " " ? "\t" : mark }
    switch scalar.properties.generalCategory {
    case .nonspacingMark, .enclosingMark: return ""
    default: break
    }
    let wide: [ClosedRange<UInt32>] = [
      0x1100...0x115F, 0x2E80...0xA4CF, 0xAC00...0xD7A3, 0xF900...0xFAFF, 0xFE30...0xFE6F, 0xFF00...0xFF60, 0x1F300...0x1FAFF,
      0x20000...0x3FFFD,
    ]
    return wide.contains { $0.contains(scalar.value) } ? mark + mark : mark
  }
}
