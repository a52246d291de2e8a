import ArgumentParser
import SlipwayEngine
import SlipwayModel
import SlipwayRuntime
import SlipwayServer
import Testing

@testable import SlipwayCLI

@Suite("Texts of the command line")
struct TextTests {
  private func text(_ lines: [String]) -> String { lines.joined(separator: "\n") + "\n" }

  @Test("A plan is told step by step, with how long it takes at least and until when it can be taken back")
  func plan() throws {
    let canary = PlanText(preview: PlanPreview(plan: try Samples.plan(), basis: .journal))
    try Snapshot.expect(text(canary.lines(colour: false)), is: "plan-canary")
    let rolling = PlanText(preview: PlanPreview(plan: try Samples.plan(.rolling(RollingSpec())), basis: .assumed))
    try Snapshot.expect(text(rolling.lines(colour: false)), is: "plan-rolling")
    let first = PlanText(preview: PlanPreview(plan: try Samples.plan(live: nil), basis: .first))
    try Snapshot.expect(text(first.lines(colour: false)), is: "plan-first")
    let judged = PlanText(preview: PlanPreview(plan: try Plan.compile(Samples.judgedRequest(), live: Samples.live), basis: .journal))
    try Snapshot.expect(text(judged.lines(colour: false)), is: "plan-judged")
  }

  @Test("What a plan waits for adds up: readiness, holds, bake")
  func minimum() throws {
    let preview = PlanPreview(plan: try Samples.plan(), basis: .journal)
    #expect(preview.minimumToPromotion == .minutes(15) + .seconds(2))
    #expect(preview.minimumInAll == .minutes(20) + .seconds(2))
    #expect(preview.rollback.instantFor == .minutes(5))
  }

  @Test("An outcome says what has the traffic now and what can be done")
  func outcome() throws {
    let back = try Samples.event(
      "rollback_started", #"{"reason":{"code":"error-rate","message":"too many errors"},"style":"immediate"}"#)
    let rollout = try Samples.rollout(Samples.holding() + [back, .trafficRestored, .rolloutRolledBack])
    let view = RolloutView(rollout, observation: nil, at: Samples.start + .minutes(1))
    #expect(
      Outcome.sentence(view)
        == "v2 of api in local went back after 10s: too many errors\nv1 has the traffic; `slipway history \(Samples.id)` tells each step")
    let running = RolloutView(try Samples.rollout(Samples.prepared()), observation: nil, at: Samples.start + .minutes(1))
    #expect(
      Outcome.sentence(running)
        == "v2 of api in local is validating; `slipway watch \(Samples.id)` follows it, `slipway abort \(Samples.id)` ends it")
  }

  @Test("History lists rollouts, and tells one of them entry by entry")
  func history() throws {
    let view = RolloutView(try Samples.rollout(Samples.holding()), observation: nil, at: Samples.start + .minutes(1))
    let plan = try Samples.plan()
    let entries = [
      Samples.entry("step_started", #"{"index":1}"#, index: 7, plan: plan),
      Samples.entry("effect_succeeded", #"{"id":"3"}"#, index: 8, plan: plan),
    ]
    let news = RolloutNews(at: Samples.start, entries: entries, rollout: view)
    try Snapshot.expect(text(HistoryText.list([view]) + [""] + HistoryText.one(news)), is: "history")
    #expect(HistoryText.list([]) == ["nothing was deployed here yet; `slipway deploy --version v1` does that"])
  }

  @Test("Columns are as wide as their widest cell, and lines have no blanks at the end")
  func table() {
    var table = Table("a", "bb")
    table.add("long", "x")
    table.add("y", "")
    #expect(table.lines == ["a     bb", "long  x", "y"])
  }

  @Test("Figures are short and honest about missing data")
  func figures() {
    #expect([nil, 0, 0.004, 1].map(Figures.share) == ["–", "0.0%", "0.4%", "100.0%"])
    #expect([nil, 0.84, 12.4, 1240].map(Figures.latency) == ["–", "0.8 ms", "12 ms", "1.24 s"])
    #expect(Figures.wait(.milliseconds(1001)) == "2s" && Figures.wait(.milliseconds(-5)) == "0s")
    #expect(Figures.fixed(1.05, 2) == "1.05" && Figures.fixed(.nan, 1) == "–")
  }

  @Test("Colour is for terminals only, and NO_COLOR takes it away")
  func terminal() {
    // Standard output of a test is no terminal.
    #expect(Terminal.current(["TERM": "xterm"]) == Terminal(isInteractive: false, hasColour: false, width: 80))
    #expect(Style(hasColour: false)("x", .red) == "x")
    #expect(Style(hasColour: true)("x", .red) == "\u{1b}[31mx\u{1b}[0m")
  }

  @Test(
    "Each kind of error has its exit status",
    arguments: zip([SlipwayError.Kind.input, .refused, .human, .broken], [Int32(2), 1, 3, 4]))
  func statuses(kind: SlipwayError.Kind, status: Int32) {
    #expect(CommandFailure(SlipwayError(SlipwayError.Code("x"), kind, "m", remedy: "r")).status == status)
  }

  @Test("An error is printed with its code, its cause and its remedy")
  func failure() {
    struct Cause: Error, CustomStringConvertible { let description = "below" }
    let error = SlipwayError(SlipwayError.Code("port-in-use"), .broken, "the port is taken", remedy: "choose another", cause: Cause())
    #expect(
      CommandFailure(error, details: "here\n").text
        == "here\nerror: the port is taken [port-in-use]\ncause: below\nremedy: choose another\n")
  }

  @Test("Every command's help is as recorded")
  func help() throws {
    func pages(_ command: any ParsableCommand.Type, _ path: String) -> [String] {
      let page = "==== \(path)\n" + SlipwayCommand.helpMessage(for: command, columns: 100) + "\n"
      return [page] + command.configuration.subcommands.flatMap { pages($0, path + " " + $0._commandName) }
        + command.configuration.groupedSubcommands.flatMap(\.subcommands).flatMap { pages($0, path + " " + $0._commandName) }
    }
    try Snapshot.expect(pages(SlipwayCommand.self, "slipway").joined(separator: "\n"), is: "help")
  }
}
