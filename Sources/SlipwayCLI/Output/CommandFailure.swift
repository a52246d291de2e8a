import SlipwayModel
import SlipwayServer

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

  init(_ error: SlipwayError, details: String = "") {
    self.error = error
    self.details = details
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
    do { try Output.json(ErrorDocument(error: error)) } catch { Output.note("error: \(error)") }
  }
}
