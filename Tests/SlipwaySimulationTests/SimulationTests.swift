import SlipwayEngine
import SlipwayModel
import SlipwaySimulation
import Testing

@Suite("A simulated run")
struct SimulationTests {
  @Test("The same scenario gives the same run, line by line")
  func repeatable() async {
    let scenario = Bench.scenario(seed: 7, [ReleaseModel(), ReleaseModel(), ReleaseModel(errorRate: 0.2)])
    let first = await SimulatedScheduler.run { await Simulation.run(scenario, tracing: true, on: $0) }
    let second = await SimulatedScheduler.run { scheduler in
      // A scheduler that has been used before makes no difference.
      _ = await Simulation.run(Bench.scenario(seed: 8, [ReleaseModel()]), on: scheduler)
      return await Simulation.run(scenario, tracing: true, on: scheduler)
    }
    #expect(first == second)
    #expect(first.trace.count > 50)
  }

  @Test("Tracing changes nothing but the trace")
  func tracing() async {
    let scenario = Bench.scenario(seed: 3, [ReleaseModel(), ReleaseModel(errorRate: 0.1)])
    let (traced, plain) = await SimulatedScheduler.run { scheduler in
      (await Simulation.run(scenario, tracing: true, on: scheduler), await Simulation.run(scenario, on: scheduler))
    }
    #expect(traced.rollouts == plain.rollouts)
    #expect(traced.counts == plain.counts)
    #expect(plain.trace == [])
  }

  @Test("Another seed gives other traffic")
  func seeds() async {
    let (first, second) = await SimulatedScheduler.run { scheduler in
      (
        await Simulation.run(Bench.scenario(seed: 1, [ReleaseModel()]), on: scheduler),
        await Simulation.run(Bench.scenario(seed: 2, [ReleaseModel(), ReleaseModel()]), on: scheduler)
      )
    }
    #expect(first.requests != second.requests)
  }

  @Test("A good release is promoted, one that fails its requests goes back, and both end without a rule broken")
  func outcomes() async {
    let scenario = Bench.scenario(seed: 11, [ReleaseModel(), ReleaseModel(), ReleaseModel(errorRate: 0.3)])
    let report = await SimulatedScheduler.run { await Simulation.run(scenario, on: $0) }
    #expect(report.end == .completed)
    #expect(report.rollouts.map(\.outcome) == [.succeeded, .succeeded, .rolledBack])
    #expect(report.violations == [])
  }
}
