import Glibc
import SlipwayEngine
import SlipwayModel
import SlipwayRuntime
import SlipwayServer
import Synchronization

/// Shows the news of a rollout: redrawn in place on a terminal, as a line for each entry elsewhere, and on standard error when
/// standard output is for a JSON document.
final class Presenter: Sendable {
  private struct State {
    var recent: [EntryView] = []
    /// Lines that are drawn now and will be drawn over.
    var drawn = 0
  }

  private let format: OutputFormat
  private let terminal: Terminal
  private let plan: Plan?
  private let state = Mutex(State())

  init(format: OutputFormat, terminal: Terminal, plan: Plan?) {
    self.format = format
    self.terminal = terminal
    self.plan = plan
  }

  private var isLive: Bool { terminal.isInteractive && format == .text }

  /// Runs work that shows news; whatever happens, the cursor is visible afterwards.
  func during<Result>(_ work: ((RolloutNews) -> Void) async throws -> Result) async rethrows -> Result {
    if isLive { Output.write("\u{1b}[?25l", to: STDOUT_FILENO) }
    defer { if isLive { Output.write("\u{1b}[?25h", to: STDOUT_FILENO) } }
    return try await work { self.show($0) }
  }

  private func show(_ news: RolloutNews) {
    if isLive { return draw(news) }
    for line in news.entries.compactMap(EntryLine.line) {
      switch format {
      case .text: Output.line(line)
      case .json: Output.note(line)
      }
    }
  }

  private func draw(_ news: RolloutNews) {
    let current = Terminal.current()
    let text = state.withLock { state in
      state.recent = (state.recent + news.entries).suffix(12)
      let screen = RolloutScreen(view: news.rollout, plan: plan, recent: state.recent, now: news.at)
      // One column is left free: a full line would wrap and spoil the count.
      // The line below them is the cursor's; what scrolls off the top can't be drawn over.
      let lines = screen.render(width: max(20, current.width - 1), height: current.height - 1, colour: current.hasColour)
      let back = state.drawn > 0 ? "\u{1b}[\(state.drawn)A\r" : ""
      state.drawn = lines.count
      return back + lines.map { $0 + "\u{1b}[K\n" }.joined() + "\u{1b}[J"
    }
    Output.write(text, to: STDOUT_FILENO)
  }
}
