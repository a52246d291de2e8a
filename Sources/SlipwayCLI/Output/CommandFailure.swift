import SlipwayConfig
import SlipwayModel

/// The exit statuses that scripts rely on.
enum ExitStatus {
  static let done: Int32 = 0
  /// The rollout went back or failed, or the command was refused: a result, not a crash.
  static let failed: Int32 = 1
  static let input: Int32 = 2
  static let human: Int32 = 3
  static let broken: Int32 = 4
  /// 128 and the number of SIGINT, as shells have it.
  static let interrupted: Int32 = 130
}

/// A command that did not do what was asked for, with the exit status of its kind.
struct CommandFailure: Error, Hashable {
  let error: SlipwayError
  /// Text that stands before the error, such as the places in a file; it ends with a line break.
  let details: String
  /// The mistakes in a file that the text tells of.
  let mistakes: [Mistake]

  init(_ error: SlipwayError, details: String = "", mistakes: [Mistake] = []) {
    self.error = error
    self.details = details
    self.mistakes = mistakes
  }

  private struct Document: Encodable {
    let error: SlipwayError
    /// Left out where no file is what is wrong.
    let diagnostics: [Mistake]?
  }

  var status: Int32 {
    switch error.kind {
    case .input: ExitStatus.input
    case .refused: ExitStatus.failed
    case .human: ExitStatus.human
    case .broken: ExitStatus.broken
    }
  }

  /// For people: message, cause and remedy on lines of their own.
  var text: String {
    details + "error: \(error.message) [\(error.code.rawValue)]\n" + (error.cause.map { "cause: \($0)\n" } ?? "")
      + "remedy: \(error.remedy)\n"
  }

  /// To standard error; with `asJSON` the error is also the document on standard output.
  func print(asJSON: Bool) {
    Output.note(text)
    printDocument(asJSON: asJSON)
  }

  /// The error as a document on standard output, when documents are what standard output is for.
  func printDocument(asJSON: Bool) {
    guard asJSON else { return }
    // A flat record of strings always encodes.
    do { try Output.json(Document(error: error, diagnostics: mistakes.isEmpty ? nil : mistakes)) } catch { Output.note("error: \(error)") }
  }
}

/// One mistake or warning of a file, as `--output json` prints it.
struct Mistake: Hashable, Sendable, Encodable {
  let severity: Diagnostic.Severity
  let code: DiagnosticCode
  let file: String
  /// From 1.
  let line: Int
  /// From 1, in Unicode scalars.
  let column: Int
  let message: String
  let remedy: String

  init(_ diagnostic: Diagnostic) {
    severity = diagnostic.severity
    code = diagnostic.code
    file = diagnostic.location.file
    line = diagnostic.location.line
    column = diagnostic.location.column
    message = diagnostic.message
    remedy = diagnostic.remedy
  }
}
