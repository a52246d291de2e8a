import SlipwayEngine
import SlipwayModel
import SlipwaySimulation
import Testing

@Suite("Gates of a simulated run")
struct GateTests {
  private static let places: [(name: String, before: GateSpec.Place)] = [("freeze", .deploy), ("load", .promotion)]

  private func run(_ scenario: Scenario, faults: [Fault] = []) async -> RunReport {
    await SimulatedScheduler.run { await Simulation.run(scenario, faults: faults, tracing: true, on: $0) }
  }

  @Test("Gates that pass change nothing about how rollouts end, also when they take their time")
  func pass() async {
    let scenario = Bench.scenario(seed: 5, [ReleaseModel(), ReleaseModel(), ReleaseModel(errorRate: 0.5)])
    let models = Self.places.map { GateModel(Name($0.name)!, pendingFor: .seconds(50), latency: .seconds(2)) }
    let (without, with) = (await run(scenario), await run(scenario.with(gates: Self.places, models)))
    #expect(with.rollouts.map(\.outcome) == without.rollouts.map(\.outcome))
    #expect(with.rollouts.map(\.outcome) == [.succeeded, .succeeded, .rolledBack])
    #expect(with.violations == [] && with.end == .completed)
    #expect(with.sightings[.deployGatePending] > 0 && with.sightings[.promotionGatePending] > 0)
    #expect(with.sightings[.gatePassedLater] > 0)
  }

  @Test(
    "What says no, not yet for ever, or nothing at all lets nobody through", arguments: ["freeze", "load"],
    [GateOutcome.failed, .pending, .unanswered])
  func neverPassed(name: String, verdict: GateOutcome) async {
    let model = GateModel(Name(name)!, verdict)
    let scenario = Bench.scenario(seed: 5, [ReleaseModel(), ReleaseModel()]).with(gates: Self.places, [model], timeout: .seconds(40))
    let report = await run(scenario)
    #expect(report.rollouts.map(\.outcome) == [.rolledBack, .rolledBack])
    #expect(report.rollouts.allSatisfy { $0.reason?.code == (verdict == .failed ? "gate-failed" : "gate-timeout") })
    #expect(report.rollouts.allSatisfy { rollout in !rollout.phases.contains { $0.phase == .baking } })
    #expect(report.rollouts.allSatisfy { ($0.candidate.requests > 0) == false || name == "load" })
    #expect(report.violations == [] && report.end == .completed)
  }

  @Test("A way back waits for no gate that is being asked, however long that would take", arguments: ["freeze", "load"])
  func abort(name: String) async {
    let scenario = Bench.scenario(seed: 5, [ReleaseModel()], acts: [Act(.abort, after: .seconds(20))])
    let silent = GateModel(Name(name)!, .unanswered, latency: .seconds(30))
    let report = await run(scenario.with(gates: Self.places, [silent]))
    #expect(report.rollouts.map(\.outcome) == [.rolledBack] && report.rollouts[0].reason?.code == "aborted")
    #expect(report.violations == [] && report.end == .completed)
    let phases = report.rollouts[0].phases
    #expect(phases.suffix(2).map(\.phase) == [.rollingBack, .rolledBack])
    #expect(phases[phases.count - 1].at - phases[phases.count - 2].at < .seconds(3))
  }

  @Test("A server that dies at any point while gates are asked is followed by one that ends the rollout in the same way")
  func crashes() async {
    let models = Self.places.map { GateModel(Name($0.name)!, pendingFor: .seconds(12), latency: .seconds(3)) }
    let scenario = Bench.clear(
      .canary(
        CanarySpec(
          stages: [
            StageSpec(
              name: "half", traffic: Percentage(percent: 50)!, duration: .seconds(3), criteria: [])
          ], keepPrevious: .seconds(2), patience: .seconds(60)))
    )
    .with(gates: Self.places, models)
    let (points, resumed) = await SimulatedScheduler.run { scheduler in
      var points = CrashPoints(scenario)
      let undisturbed = await Simulation.run(scenario, on: scheduler)
      var resumed = 0
      for call in 0..<20 {
        for kind in [FaultKind.crashBeforeAppend, .crashAfterAppend] {
          let fault = Fault(kind, at: .call(call), size: 0.05)
          _ = await points.compare(fault, with: undisturbed, on: scheduler)
          resumed += await Simulation.run(scenario, faults: [fault], on: scheduler).sightings[.resumedAtGate]
        }
      }
      return (points, resumed)
    }
    #expect(points.differences == [] && points.runs == 40)
    #expect(resumed > 10)
  }

  @Test("A seed draws the same world and the same other faults whether or not there are faults of gates")
  func streams() {
    let others = FaultKind.allCases.filter { $0.family != .gate }
    var withGates = 0
    for number in 0..<300 {
      let seed = Round.seed(of: number, in: 3)
      let (all, some) = (Round(seed: seed, kinds: FaultKind.allCases), Round(seed: seed, kinds: others))
      #expect(all.scenario == some.scenario)
      #expect(all.faults.filter { $0.kind.family != .gate } == some.faults)
      if all.scenario.gates != nil { withGates += 1 } else { #expect(all.faults == some.faults) }
    }
    #expect((30...90).contains(withGates))
  }

  @Test("Gates can be left out of a round")
  func reduction() throws {
    let round = try #require(
      (0..<100).map { Round(seed: Round.seed(of: $0, in: 9), kinds: []) }.first { $0.scenario.environment.gates?.count == 2 })
    let gates = try #require(round.scenario.environment.gates)
    let reduced = round.reduced(by: try #require(Reduction("gates=0")))
    #expect(reduced.scenario.environment.gates == [gates[1]])
  }
}
