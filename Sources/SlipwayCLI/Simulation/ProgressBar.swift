import Foundation
import Glibc
import Synchronization

/// How far long work has come, in one line of standard error that is drawn over; only where a person looks at it.
final class ProgressBar: Sendable {
  private struct State {
    var label = ""
    var total = 1
    var done = 0
    var began = ContinuousClock.now
    var drawn = ContinuousClock.now - .seconds(1)
  }

  private let state = Mutex(State())

  /// `nil` where standard error is no terminal.
  static func onTerminal(_ environment: [String: String] = ProcessInfo.processInfo.environment) -> ProgressBar? {
    isatty(STDERR_FILENO) == 1 && environment["TERM"] != "dumb" ? ProgressBar() : nil
  }

  func begin(_ label: String, of total: Int) {
    state.withLock { $0 = State(label: label, total: max(1, total)) }
  }

  func advance() {
    let line = state.withLock { state -> String? in
      state.done += 1
      let now = ContinuousClock.now
      guard now - state.drawn > .milliseconds(100) else { return nil }
      state.drawn = now
      let spent = now - state.began
      let left = spent / state.done * (state.total - state.done)
      return Self.line(state.label, done: state.done, of: state.total, secondsLeft: Int(left.components.seconds))
    }
    if let line { Output.write("\r\u{1b}[K" + line, to: STDERR_FILENO) }
  }

  /// Takes the line away.
  func end() { Output.write("\r\u{1b}[K", to: STDERR_FILENO) }

  static func line(_ label: String, done: Int, of total: Int, secondsLeft: Int) -> String {
    let width = 24
    let filled = min(width, done * width / max(1, total))
    let bar = String(repeating: "█", count: filled) + String(repeating: "░", count: width - filled)
    return "\(label) \(bar) \(done * 100 / max(1, total)) %  \(done) of \(total) runs  \(secondsLeft) s left"
  }
}
