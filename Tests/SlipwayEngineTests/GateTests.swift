import SlipwayEngine
import SlipwayModel
import Testing

@Suite("Gates")
struct GateTests {
  private static let freeze = gate("freeze", .deploy)
  private static let load = gate("load", .promotion)

  private static func gate(_ name: String, _ before: GateSpec.Place, timeout: TimeSpan = .seconds(30)) -> GateSpec {
    GateSpec(name: Name(name)!, before: before, timeout: timeout, means: .command(["./\(name)"]))
  }

  private func world(
    _ gates: [GateSpec]? = [freeze, load], stages: [StageSpec] = [Fixture.stage(50, 5)], live: LiveRelease? = Fixture.live(),
    answers: [String: [GateAnswer]] = ["freeze": [GateAnswer(.passed)], "load": [GateAnswer(.passed)]]
  ) throws -> World {
    let spec = CanarySpec(stages: stages, keepPrevious: .seconds(5), patience: .seconds(20))
    var world = World(try Fixture.started(Fixture.request(strategy: .canary(spec), gates: gates), live: live))
    world.gates = answers
    return world
  }

  private func kinds(_ world: World) -> [EventKind] { world.events.map(\.event.kind) }

  private func answers(_ world: World) -> [GateAnswered] {
    world.events.compactMap { if case .gateAnswered(let value) = $0.event { value } else { nil } }
  }

  /// From each answer to the next question.
  private func pauses(_ world: World) -> [TimeSpan?] {
    world.events.compactMap { event, at -> TimeSpan?? in
      guard case .gateAnswered(let value) = event else { return nil }
      return .some(value.retryAt.map { $0 - at })
    }
  }

  /// Events that begin what gates stand before, each with the passes that are in the journal by then.
  private func passes(before kind: EventKind, _ world: World) -> [[String]] {
    var passed: [String] = []
    var found: [[String]] = []
    for (event, _) in world.events {
      if case .gateAnswered(let value) = event, value.outcome == .passed { passed.append(value.gate.description) }
      if event.kind == kind { found.append(passed) }
    }
    return found
  }

  @Test("Nothing is begun, and nothing promoted, before each gate's pass is in the journal")
  func order() throws {
    var world = try world([Self.freeze, Self.load, Self.gate("late", .promotion), Self.gate("early", .deploy)])
    for name in ["late", "early"] { world.gates[name] = [GateAnswer(.passed)] }
    world.run(120)
    #expect(world.rollout.phase == .succeeded && world.violations == [])
    #expect(world.asked == ["freeze", "early", "load", "late"])
    #expect(passes(before: .buildStarted, world) == [["freeze", "early"]])
    #expect(passes(before: .stepStarted, world) == [["freeze", "early"], ["freeze", "early", "load", "late"]])
    #expect(passes(before: .promoted, world) == [["freeze", "early", "load", "late"]])
    #expect(
      answers(world).first
        == GateAnswered(
          id: "0", gate: Name("freeze")!, before: .deploy, outcome: .passed, words: "", attempt: 1, took: .milliseconds(20), retryAt: nil))
  }

  @Test("Without gates a plan has the bytes that it had, and a rollout the events")
  func none() throws {
    var world = try world(nil)
    #expect(!String(decoding: canonicalJSON(world.rollout.plan), as: UTF8.self).contains("gates"))
    world.run(120)
    #expect(world.rollout.phase == .succeeded && world.rollout.gates == nil)
    #expect(!kinds(world).contains(.gatesStarted))
  }

  @Test("A gate that fails before the deployment ends it before anything was begun, in its own words")
  func failsBeforeDeployment() throws {
    var world = try world(answers: ["freeze": [GateAnswer(.failed, "no changes on a Friday")]])
    world.run(10)
    #expect(world.rollout.phase == .rolledBack)
    #expect(world.rollout.reason == Reason("gate-failed", "gate freeze failed: no changes on a Friday"))
    #expect(!kinds(world).contains(.buildStarted) && !kinds(world).contains(.deployStarted))
    #expect(world.slots[.green]?.replicas == 0)
  }

  @Test("A gate that fails before the promotion sends the candidate back from the share that it has")
  func failsBeforePromotion() throws {
    var world = try world(answers: ["freeze": [GateAnswer(.passed)], "load": [GateAnswer(.failed, "p95 is 900 ms")]])
    world.run(60)
    #expect(world.rollout.phase == .rolledBack)
    #expect(world.rollout.reason == Reason("gate-failed", "gate load failed: p95 is 900 ms"))
    #expect(world.highestWeight.max() == Fixture.percent(50) && world.split == .all(to: .blue))
    #expect(world.violations == [])
  }

  @Test("“Not yet” is asked again after five seconds, silence after a pause that doubles")
  func again() throws {
    var world = try world([Self.gate("freeze", .deploy, timeout: .minutes(5))])
    world.gates = ["freeze": [GateAnswer(.pending, "busy"), GateAnswer(.pending, "busy"), GateAnswer(.passed)]]
    world.run(20)
    #expect(pauses(world) == [.seconds(5), .seconds(5), nil])
    #expect(answers(world).map(\.attempt) == [1, 2, 3])
    var silent = try self.world([Self.gate("freeze", .deploy, timeout: .minutes(5))])
    silent.gates = ["freeze": [GateAnswer(.unanswered, "refused")]]
    silent.run(100)
    #expect(pauses(silent).prefix(7) == [.seconds(1), .seconds(2), .seconds(4), .seconds(8), .seconds(16), .seconds(30), .seconds(30)])
    #expect(silent.rollout.phase == .pending)
  }

  @Test(
    "What is not a pass within its time sends the rollout back, naming gate, outcome and words",
    arguments: [
      ([GateAnswer(.pending, "running")], "it says not yet: running"), ([GateAnswer(.unanswered, "refused")], "it did not answer: refused"),
      ([], "it has not answered at all"),
    ])
  func timeout(given: [GateAnswer], words: String) throws {
    for place in GateSpec.Place.allCases {
      var world = try world([Self.gate("slow", place)])
      world.gates = ["slow": given]
      world.run(150)
      #expect(world.rollout.phase == .rolledBack)
      #expect(world.rollout.reason == Reason("gate-timeout", "gate slow has not passed within 30s; \(words)"))
      #expect(!kinds(world).contains(.promoted) && world.violations == [])
      let (began, ended) = (
        world.events.first { $0.event.kind == .gatesStarted }!.at, world.events.first { $0.event.kind == .rollbackStarted }!.at
      )
      #expect(ended - began > .seconds(30) && ended - began <= .seconds(32))
    }
  }

  @Test("An error on the way, and an effect that was merely done, are no pass")
  func noAnswer() throws {
    var world = try world([Self.freeze])
    world.gates = [:]
    world.run(1)
    let id = try #require(world.rollout.due).id
    world.tell(.effectSucceeded(id: id, .done))
    world.tell(.effectFailed(id: id, SlipwayError(.init("broken"), .input, "no such file", remedy: "-")))
    #expect(answers(world).map(\.outcome) == [.unanswered, .unanswered])
    #expect(answers(world).map(\.words) == ["", "no such file"])
    #expect(world.rollout.phase == .pending && world.rollout.gates?.passed == [])
  }

  @Test("A candidate that fails while a gate is asked goes back at once")
  func verdictWins() throws {
    var world = try world([Self.gate("load", .promotion, timeout: .minutes(10))], answers: ["load": [GateAnswer(.pending)]])
    world.run(20)
    #expect(world.rollout.askedGate?.name == Name("load"))
    let now = world.now
    world.errorPercent = [.green: 100]
    world.run(20)
    #expect(world.rollout.phase == .rolledBack && world.rollout.reason?.code == "guardrail")
    #expect(world.events.first { $0.event.kind == .rollbackStarted }!.at - now <= .seconds(4))
  }

  @Test("An abort waits for no gate", arguments: [1, 20])
  func abort(seconds: Int) throws {
    var world = try world(answers: seconds == 1 ? [:] : ["freeze": [GateAnswer(.passed)]])
    world.run(seconds)
    #expect(world.rollout.askedGate != nil)
    try world.intend(.abort)
    #expect(world.rollout.phase == .rollingBack && world.rollout.askedGate == nil)
    world.run(10)
    #expect(world.rollout.phase == .rolledBack && world.violations == [])
  }

  @Test("A rollback to an earlier release asks nothing")
  func rollbackPlan() throws {
    let spec = CanarySpec(stages: [], keepPrevious: .zero, patience: .seconds(20))
    let request = Fixture.request(strategy: .canary(spec), gates: [Self.freeze, Self.load])
    #expect(Plan.rollback(to: Fixture.live("1", slot: .green), from: Fixture.live("2"), request: request).gates == nil)
  }

  @Test("A paused rollout asks nothing, and the pause uses up none of a gate's time")
  func paused() throws {
    var world = try world([Self.gate("freeze", .deploy)])
    world.gates = ["freeze": [GateAnswer(.pending)]]
    world.run(10)
    try world.intend(.pause)
    let asked = world.asked.count
    world.run(100)
    #expect(world.asked.count == asked && world.rollout.phase == .pending)
    try world.intend(.resume)
    world.gates = ["freeze": [GateAnswer(.passed)]]
    world.run(10)
    #expect(world.rollout.gates?.passed == [Name("freeze")!] && world.rollout.phase != .pending)
  }

  @Test("A person's promotion opens no gate: it is kept, and counts as soon as the gates have passed")
  func promote() throws {
    var early = try world(stages: [Fixture.stage(50, 600)], answers: ["freeze": [GateAnswer(.passed)]])
    early.run(10)
    #expect(early.rollout.stage == .holding && early.rollout.askedGate == nil)
    try early.intend(.promote)
    #expect(early.rollout.askedGate?.name == Name("load") && early.rollout.stepIndex == 0)
    early.run(10)
    #expect(early.rollout.stepIndex == 0)
    early.gates["load"] = [GateAnswer(.passed)]
    early.run(10)
    #expect(early.rollout.isPromoted && early.violations == [])
    let passed = early.events.compactMap { if case .stepPassed(let value) = $0.event { value } else { nil } }
    #expect(passed.first?.promotedByIntent == true)
  }

  @Test("Promoting while gates are asked, and past all stages, ends in the same way", arguments: [Intent.Kind.promote, .promoteFully])
  func promoteMeanwhile(kind: Intent.Kind) throws {
    var world = try world(stages: [Fixture.stage(10, 600), Fixture.stage(50, 600)], answers: ["freeze": [GateAnswer(.passed)]])
    world.run(10)
    try world.intend(.promoteFully)
    try world.intend(kind)
    world.run(10)
    #expect(world.rollout.stepIndex == 0 && world.rollout.askedGate?.name == Name("load"))
    world.gates["load"] = [GateAnswer(.passed)]
    world.run(5)
    #expect(world.rollout.stepIndex == 2)
  }

  @Test("The first release, which gets all traffic in one step, waits for both kinds of gates")
  func firstRelease() throws {
    var world = try world(live: nil, answers: ["freeze": [GateAnswer(.passed)], "load": [GateAnswer(.pending)]])
    world.startup = .seconds(1)
    world.run(20)
    #expect(world.rollout.phase == .validating && world.rollout.askedGate?.name == Name("load"))
    world.gates["load"] = [GateAnswer(.passed)]
    world.run(20)
    #expect(world.rollout.phase == .succeeded && world.violations == [])
  }

  @Test("The time that a gate takes is none in which evidence or readiness is missing")
  func otherBounds() throws {
    // Longer than the patience of 20 s after a stage of 5 s, and than the 60 s in which a candidate has to be ready.
    var held = try world([Self.gate("load", .promotion, timeout: .minutes(10))], answers: ["load": [GateAnswer(.pending)]])
    held.run(100)
    #expect(held.rollout.phase == .shifting)
    held.requestsPerSecond = 0
    held.gates["load"] = [GateAnswer(.passed)]
    held.run(15)
    #expect(held.rollout.phase == .shifting || held.rollout.isPromoted)
    var first = try world([Self.gate("load", .promotion, timeout: .minutes(10))], live: nil, answers: ["load": [GateAnswer(.pending)]])
    first.run(100)
    #expect(first.rollout.phase == .validating)
  }

  @Test("A split that is changed while a gate is asked is put back first, and the gate is asked again")
  func drift() throws {
    var world = try world(answers: ["freeze": [GateAnswer(.passed)], "load": [GateAnswer(.pending)]])
    world.run(15)
    #expect(world.rollout.askedGate?.name == Name("load"))
    world.split = .all(to: .blue)
    world.run(2)
    #expect(world.split == .share(Fixture.percent(50), to: .green))
    #expect(world.rollout.askedGate?.name == Name("load"))
    world.gates["load"] = [GateAnswer(.passed)]
    world.run(30)
    #expect(world.rollout.phase == .succeeded && world.violations == [])
  }

  @Test("What the journal says of gates gives the same rollout again")
  func replay() throws {
    var world = try world(answers: ["freeze": [GateAnswer(.pending), GateAnswer(.passed)], "load": [GateAnswer(.unanswered, "x")]])
    for seconds in [3, 10, 10] {
      world.run(seconds)
      let events = try world.events.map { (event: try Event(kind: $0.event.kind.rawValue, body: $0.event.body), at: $0.at) }
      #expect(Rollout(replaying: events) == world.rollout)
    }
    #expect(world.rollout.gates?.passed == [Name("freeze")!], "a pass of the journal counts after a restart")
  }

  @Test("A server that was away does not hold its absence against a gate")
  func restarted() throws {
    var world = try world([Self.gate("freeze", .deploy)])
    world.gates = ["freeze": [GateAnswer(.unanswered)]]
    world.run(20)
    world.now = world.now + .minutes(10)
    world.run(20)
    #expect(world.rollout.phase == .pending)
    world.run(20)
    #expect(world.rollout.phase == .rolledBack)
  }

  @Test("Requests from elsewhere are refused when their gates make no sense")
  func bounds() throws {
    let spec = StrategySpec.canary(CanarySpec(stages: [], keepPrevious: .zero, patience: .seconds(20)))
    for gates in [
      [Self.freeze, Self.gate("freeze", .promotion)], [Self.gate("x", .deploy, timeout: .zero)],
      [Self.gate("x", .deploy, timeout: .hours(25))], (0...20).map { Self.gate("g\($0)", .deploy) },
      [GateSpec(name: Name("x")!, means: .command([]))],
      [GateSpec(name: Name("x")!, means: .webhook(url: "file:///x", access: MetricAccess()))],
    ] {
      #expect(throws: SlipwayError.self) { try Fixture.request(strategy: spec, gates: gates).requireBounds() }
    }
    try Fixture.request(strategy: spec, gates: [Self.freeze, Self.load]).requireBounds()
  }

  @Test("An answer is one bounded line")
  func words() {
    #expect(GateAnswer(.failed, "  one\n\ttwo\u{7}three \n").words == "one two three")
    let long = GateAnswer(.failed, String(repeating: "a", count: 10_000)).words
    #expect(long.count == GateAnswer.wordLimit + 1 && long.hasSuffix("…"))
  }
}
