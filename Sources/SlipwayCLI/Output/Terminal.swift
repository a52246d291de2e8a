import Foundation
import Glibc

/// What standard output is connected to.
struct Terminal: Hashable, Sendable {
  /// Whether a person sees the output and lines can be drawn over.
  let isInteractive: Bool
  let hasColour: Bool
  /// Columns; 80 when unknown.
  let width: Int
  /// Lines; 24 when unknown.
  let height: Int

  init(isInteractive: Bool, hasColour: Bool, width: Int, height: Int = 24) {
    self.height = height
    self.isInteractive = isInteractive
    self.hasColour = hasColour
    self.width = width
  }

  /// Standard output as it is now. `NO_COLOR` (set to anything but nothing) takes colour away, `TERM=dumb` drawing too.
  static func current(_ environment: [String: String] = ProcessInfo.processInfo.environment) -> Terminal {
    let isTerminal = isatty(STDOUT_FILENO) == 1 && environment["TERM"] != "dumb"
    let noColour = !(environment["NO_COLOR"] ?? "").isEmpty
    var size = winsize()
    let known = isTerminal && ioctl(STDOUT_FILENO, UInt(TIOCGWINSZ), &size) == 0 && size.ws_col > 0
    return Terminal(
      isInteractive: isTerminal, hasColour: isTerminal && !noColour, width: known ? Int(size.ws_col) : 80,
      height: known && size.ws_row > 0 ? Int(size.ws_row) : 24)
  }
}
