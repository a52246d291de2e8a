import Foundation

/// Calls that a module must do without, and what to use in their place.
struct BannedCall: Sendable {
  /// Found at the start of a word in code, not in comments or text.
  let call: String
  let instead: String

  static let pureCore = [
    BannedCall(call: "Date(", instead: "take a Timestamp as an argument"),
    BannedCall(call: ".now", instead: "take a Timestamp as an argument"),
    BannedCall(call: "ContinuousClock", instead: "take a Timestamp as an argument; waiting belongs to EngineClock"),
    BannedCall(call: "SuspendingClock", instead: "take a Timestamp as an argument; waiting belongs to EngineClock"),
    BannedCall(call: "Task.sleep", instead: "waiting belongs to EngineClock, outside of the pure core"),
    BannedCall(call: "SystemRandomNumberGenerator", instead: "take a generator as an argument"),
    BannedCall(call: ".random(", instead: "take a generator as an argument"),
    BannedCall(call: ".randomElement(", instead: "take a generator as an argument"),
    BannedCall(call: ".shuffled(", instead: "take a generator as an argument"),
    BannedCall(call: "UUID(", instead: "take the identifier as an argument; IDSource makes them"),
    BannedCall(call: "FileManager", instead: "take bytes as an argument; files belong to an adapter"),
    BannedCall(call: "FileHandle", instead: "take bytes as an argument; files belong to an adapter"),
    BannedCall(call: "contentsOf: URL", instead: "take bytes as an argument; files belong to an adapter"),
    BannedCall(call: "ProcessInfo", instead: "take the environment as an argument"),
    BannedCall(call: "Process(", instead: "return a value that asks for it; processes belong to SlipwayLocal"),
    BannedCall(call: "DispatchQueue", instead: "the pure core has no threads"),
    BannedCall(call: "print(", instead: "return the text; only SlipwayCLI prints"),
  ]

  /// For every module but the command line.
  static let everywhere = [
    BannedCall(call: "print(", instead: "use the Logger that was passed in; only SlipwayCLI prints"),
    BannedCall(call: "NSLog(", instead: "use the Logger that was passed in"),
    BannedCall(call: "exit(", instead: "throw; only SlipwayCLI decides the exit status"),
    BannedCall(call: "sleep(", instead: "await Task.sleep or the clock that was passed in; a blocked thread blocks others"),
    BannedCall(call: "DispatchSemaphore", instead: "await; a blocked thread blocks others"),
  ]

  /// For tests: they share a few threads, and one that waits keeps all others from running.
  static let tests = [
    BannedCall(call: "sleep(", instead: "await Task.sleep"),
    BannedCall(call: "Thread.sleep", instead: "await Task.sleep"),
    BannedCall(call: "waitUntilExit", instead: "await the terminationHandler"),
    BannedCall(call: "DispatchSemaphore", instead: "await an AsyncStream or a continuation"),
    BannedCall(call: ".wait()", instead: "await .get()"),
  ]

  static func violations(in file: SwiftFile, _ banned: [BannedCall]) -> [Violation] {
    let present = banned.filter { file.code.contains($0.call) }
    if present.isEmpty { return [] }
    return file.codeLines.enumerated().flatMap { number, line in
      present.filter { line.contains($0.call) && occurs($0.call, in: line) }.map {
        Violation(path: file.path, line: number + 1, message: "\($0.call) is not for \(file.module): \($0.instead)")
      }
    }
  }

  /// Whether the call stands there as a word of its own: `Process(` is not in `TestProcess(`, `sleep(` not in `Task.sleep(`,
  /// `exit(` not in `func exit(`.
  static func occurs(_ call: String, in line: String) -> Bool {
    var rest = line[...]
    while let range = rest.firstRange(of: call) {
      let before = rest[..<range.lowerBound].last
      let after = rest[range.upperBound...].first
      let startsWord = call.hasPrefix(".") || !(before.map { $0.isLetter || $0.isNumber || $0 == "_" || $0 == "." } ?? false)
      let endsWord = call.hasSuffix("(") || !(after.map { $0.isLetter || $0.isNumber || $0 == "_" } ?? false)
      let isDeclaration = rest[..<range.lowerBound].hasSuffix("func ")
      if startsWord && endsWord && !isDeclaration { return true }
      rest = rest[range.upperBound...]
    }
    return false
  }
}
