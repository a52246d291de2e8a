import SlipwayModel
import SlipwaySimulation
import Testing

@Suite("Notices in a simulated world")
struct NoticeTests {
  private static let chat = NotificationChannel(
    name: Name("chat")!, webhook: .secret(.variable("CHAT")), events: NotificationEvent.allCases)

  /// Two good releases and a bad one.
  private func scenario(seed: UInt64, told: Bool) -> Scenario {
    var scenario = Bench.scenario(seed: seed, [ReleaseModel(), ReleaseModel(), ReleaseModel(errorRate: 0.5)])
    if told { scenario.environment = scenario.environment.with(notify: [Self.chat]) }
    return scenario
  }

  private func run(_ scenario: Scenario, _ faults: [Fault] = [], tracing: Bool = false) async -> RunReport {
    await SimulatedScheduler.run { await Simulation.run(scenario, faults: faults, tracing: tracing, on: $0) }
  }

  @Test("Beginnings, ways back and endings are told at the first try where nothing is wrong")
  func told() async {
    let report = await run(scenario(seed: 4, told: true), tracing: true)
    #expect(report.violations == [] && report.end == .completed)
    let told = report.trace.compactMap { $0.split(separator: " chat is told: ").last.map(String.init) }.filter { $0.contains(", entry ") }
    #expect(
      told.compactMap { $0.split(separator: ",").first.map(String.init) } == [
        "started", "succeeded", "started", "succeeded", "started", "rolling_back", "rolled_back",
      ])
    #expect(report.sightings[.toldAtOnce] == 7)
  }

  @Test("Receivers that are down, hang or refuse change nothing about how and when rollouts end", arguments: 0..<8)
  func differential(seed: Int) async {
    let quiet = await run(scenario(seed: UInt64(seed), told: false))
    for kind in [FaultKind.notifierDown, .notifierHangs, .notifierRefuses] {
      let faults = [Fault(kind, at: .instant(.zero), size: 1)]
      let without = await run(scenario(seed: UInt64(seed), told: false), faults)
      let with = await run(scenario(seed: UInt64(seed), told: true), faults)
      #expect(with.violations == [] && with.end == .completed)
      #expect(with.sightings[.toldAtOnce] < 7)
      #expect(with.rollouts == without.rollouts && with.ending == without.ending)
      #expect(with.rollouts.map(\.outcome) == quiet.rollouts.map(\.outcome))
    }
  }

  @Test("What a receiver that was down did not hear it hears later; what takes too long is given up")
  func later() async {
    let short = await run(scenario(seed: 4, told: true), [Fault(.notifierDown, at: .instant(.zero), size: 0.1)])
    #expect(short.violations == [] && short.sightings[.toldAfterFault] > 0 && short.sightings[.noticeGivenUp] == 0)
    let long = await run(scenario(seed: 4, told: true), [Fault(.notifierDown, at: .instant(.zero), size: 1)])
    #expect(long.violations == [] && long.sightings[.noticeGivenUp] > 0)
  }

  @Test("Whichever entry a server dies after or before, the next one tells what is left")
  func crashes() async {
    var afterCrash = 0
    for kind in [FaultKind.crashBeforeAppend, .crashAfterAppend, .tornWrite] {
      for call in stride(from: 0, to: 60, by: 2) {
        let report = await run(scenario(seed: 4, told: true), [Fault(kind, at: .call(call), size: 0.1)])
        #expect(report.violations == [], "\(kind) at \(call)")
        afterCrash += report.sightings[.toldAfterCrash]
      }
    }
    #expect(afterCrash > 0)
  }

  @Test("A round that tells nobody is the one that its seed made before there were notices")
  func apart() {
    let kinds = FaultKind.allCases
    let old = kinds.filter { $0.family != .notifier }
    var told = 0
    for number in 0..<200 {
      let seed = Round.seed(of: number, in: 2)
      let (round, without) = (Round(seed: seed, kinds: kinds), Round(seed: seed, kinds: old))
      #expect(round.faults.filter { $0.kind.family != .notifier } == without.faults)
      if round.scenario.environment.notify == nil { #expect(round == without) } else { told += 1 }
    }
    #expect((15...50).contains(told))
  }
}
