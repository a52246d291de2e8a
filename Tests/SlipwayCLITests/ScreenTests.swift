import SlipwayEngine
import SlipwayModel
import SlipwayRuntime
import Testing

@testable import SlipwayCLI

@Suite("The live view")
struct ScreenTests {
  private func screen(_ events: [Event], green: Double = 10, after: TimeSpan = .seconds(42), watched: Bool = true) throws -> RolloutScreen {
    let rollout = try Samples.rollout(events)
    let now = rollout.since + after
    let plan = try Samples.plan()
    let view = RolloutView(rollout, observation: watched ? Samples.observation(at: now, green: green) : nil, at: now)
    let recent = [
      Samples.entry("step_started", #"{"index":0}"#, index: 5, plan: plan),
      Samples.entry("effect_succeeded", #"{"id":"3"}"#, index: 6, plan: plan),
      Samples.entry("hold_started", "{}", index: 7, plan: plan),
    ]
    return RolloutScreen(view: view, plan: plan, recent: recent, now: now)
  }

  private func text(_ screen: RolloutScreen, width: Int = 100, colour: Bool = false) -> String {
    screen.render(width: width, colour: colour).joined(separator: "\n") + "\n"
  }

  @Test("A canary's stage: steps with marks, traffic bar, figures of both slots, verdict, time left")
  func holding() throws {
    let evaluated = try Samples.event(
      "evaluated",
      #"{"findings":[{"requests":14,"sentence":"error_rate < 1%: 14 of at least 20 requests","subject":"error_rate < 1%","verdict":"insufficient"}],"verdict":"insufficient"}"#
    )
    let screen = try screen(Samples.holding() + [evaluated])
    try Snapshot.expect(text(screen), is: "screen-holding")
    try Snapshot.expect(text(screen, width: 56), is: "screen-holding-narrow")
    try Snapshot.expect(text(screen, colour: true), is: "screen-holding-colour")
  }

  @Test("Of a slot that is not ready it is told what the newest probe found")
  func notReady() throws {
    let rollout = try Samples.rollout(Samples.prepared())
    let seen = SlotObservation(desiredReplicas: 2, readyReplicas: 0, failedProbe: "GET /health answered 404 on replica 0")
    let world = WorldObservation(at: rollout.since, blue: SlotObservation(), green: seen, split: .all(to: .blue))
    let observation = Observation(world: world, metrics: nil, watch: Watch(from: rollout.since))
    let view = RolloutView(rollout, observation: observation, at: rollout.since)
    #expect(view.slots.map(\.notReadyBecause) == [nil, "GET /health answered 404 on replica 0"])
    let screen = RolloutScreen(view: view, plan: nil, recent: [], now: rollout.since)
    #expect(text(screen).contains("\ngreen is not ready: GET /health answered 404 on replica 0\n"))
  }

  @Test("A terminal with few lines keeps the title, the step under way and the verdict, and drops the rest from the least important on")
  func fewLines() throws {
    let screen = try screen(Samples.holding())
    let whole = screen.render(width: 100, colour: false)
    #expect(screen.render(width: 100, height: whole.count, colour: false) == whole)
    let twelve = screen.render(width: 100, height: 12, colour: false)
    #expect(twelve.count == 12 && !twelve.contains(""))
    let three = screen.render(width: 100, height: 3, colour: false)
    #expect(three == [whole[0], try #require(whole.first { $0.contains("●") }), try #require(whole.first { $0.hasPrefix("verdict") })])
    #expect(screen.render(width: 100, height: 0, colour: false).count == 2)
  }

  @Test("Before any traffic moves, it says what is awaited")
  func validating() throws {
    try Snapshot.expect(text(try screen(Samples.prepared(), green: 0)), is: "screen-validating")
  }

  @Test("A paused rollout says why, and that no time is left to wait for")
  func paused() throws {
    let intent = Intent(kind: .pause, actor: Actor(.person, "ada"), reason: "look first", planDigest: try Samples.plan().digest)
    let lines = text(try screen(Samples.holding() + [.intentRecorded(intent)]))
    #expect(lines.contains("verdict    paused: look first\n") && lines.contains("time left  none while it is paused\n"))
  }

  @Test("While going back, the failed step is marked and the reason is shown")
  func goingBack() throws {
    let back = try Samples.event(
      "rollback_started", #"{"reason":{"code":"error-rate","message":"error_rate < 1%: 20.0 % over 50 requests"},"style":"immediate"}"#)
    try Snapshot.expect(text(try screen(Samples.holding() + [back], green: 0)), is: "screen-going-back")
  }

  @Test("After promotion it says until when going back takes one switch")
  func baking() throws {
    let passed = try Samples.event("step_passed", #"{"findings":[],"index":2,"promoted_by_intent":true}"#)
    let last = try Samples.event("step_started", #"{"index":2}"#)
    try Snapshot.expect(text(try screen(Samples.holding() + [last, passed, .promoted], green: 100)), is: "screen-baking")
  }

  @Test("No line is wider than asked for, with or without colour", arguments: [20, 40, 64, 200])
  func widths(width: Int) throws {
    let screen = try screen(Samples.holding())
    for line in screen.render(width: width, colour: false) { #expect(line.count <= width, "\(line)") }
    let plain = screen.render(width: width, colour: true).map { line in
      line.split(separator: "\u{1b}", omittingEmptySubsequences: false).enumerated()
        .map { $0.offset == 0 ? String($0.element) : String($0.element.drop { $0 != "m" }.dropFirst()) }.joined()
    }
    for line in plain { #expect(line.count <= width, "\(line)") }
  }

  @Test("A slot with any traffic at all has at least one cell of the bar, and one with none has none")
  func bar() throws {
    func cells(_ green: Double) throws -> (blue: Int, green: Int) {
      let line = TrafficBar(slots: try screen(Samples.holding(), green: green).view.slots).line(width: 100, colour: false)
      let text = line.rendered(width: 100, colour: false)
      return (text.filter { $0 == "█" }.count, text.filter { $0 == "░" }.count)
    }
    #expect(try cells(0) == (50, 0))
    #expect(try cells(0.1) == (49, 1))
    #expect(try cells(10) == (45, 5))
    #expect(try cells(99.9) == (1, 49))
    #expect(try cells(100) == (0, 50))
  }

  @Test("Entries that tell a reader nothing are left out of the lines, the others begin with the time of day")
  func lines() throws {
    let plan = try Samples.plan()
    #expect(EntryLine.line(Samples.entry("effect_succeeded", #"{"id":"3"}"#, plan: plan)) == nil)
    #expect(EntryLine.line(Samples.entry("step_started", #"{"index":0}"#, plan: plan)) == "09:14:07 UTC  step 1 of 3 (10%) begins")
  }
}
