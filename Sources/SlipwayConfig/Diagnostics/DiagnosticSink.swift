/// Where in the file something stands: what a ``Diagnostic`` needs apart from the file's name.
struct Place: Hashable, Sendable {
  /// From 1.
  let line: Int
  /// From 1, in Unicode scalars.
  let column: Int
  /// At least 1.
  let length: Int

  init(line: Int, column: Int, length: Int = 1) {
    self.line = line
    self.column = column
    self.length = max(1, length)
  }

  static let start = Place(line: 1, column: 1)
}

/// Collects what one reading of one file finds, so that every mistake is reported at once.
///
/// The same tree is read once per environment; a mistake that is found again is kept once.
final class DiagnosticSink {
  /// More than this nobody reads; the rest of a hopeless file is not looked at in vain.
  static let limit = 200

  let file: String
  private var found: [Diagnostic] = []
  private var known: Set<Diagnostic> = []

  init(file: String) {
    self.file = file
  }

  /// How many errors were given so far, also those found again and those beyond the limit.
  private(set) var errorCount = 0
  var hasErrors: Bool { errorCount > 0 }
  /// Whether looking for more mistakes is in vain.
  var isFull: Bool { found.count >= Self.limit && hasErrors }

  /// In the order of the file; at one place in the order found.
  var diagnostics: [Diagnostic] {
    found.enumerated().sorted { a, b in
      let left = a.element.location
      let right = b.element.location
      return (left.line, left.column, a.offset) < (right.line, right.column, b.offset)
    }.map(\.element)
  }

  /// Whether an error was given for exactly this place.
  func hasError(at place: Place) -> Bool {
    found.contains { $0.severity == .error && $0.location.line == place.line && $0.location.column == place.column }
  }

  func error(_ code: DiagnosticCode, at place: Place, _ message: String, remedy: String) {
    add(.error, code, at: place, message, remedy)
  }

  func warning(_ code: DiagnosticCode, at place: Place, _ message: String, remedy: String) {
    add(.warning, code, at: place, message, remedy)
  }

  private func add(_ severity: Diagnostic.Severity, _ code: DiagnosticCode, at place: Place, _ message: String, _ remedy: String) {
    // An error is never dropped when there is none yet: otherwise warnings alone could let a wrong file pass.
    let isFirstError = severity == .error && !hasErrors
    if severity == .error { errorCount += 1 }
    guard found.count < Self.limit || isFirstError else { return }
    let diagnostic = Diagnostic(
      severity: severity, code: code, message: message,
      location: SourceLocation(file: file, line: place.line, column: place.column), length: place.length, remedy: remedy)
    if known.insert(diagnostic).inserted { found.append(diagnostic) }
  }
}
