import SlipwayEngine
import SlipwayModel
import SlipwaySimulation
import Testing

@Suite("Faults of a simulated run")
struct FaultTests {
  @Test("Each kind of fault strikes, gives the same run twice, and leaves every rollout over", arguments: FaultKind.allCases)
  func each(kind: FaultKind) async {
    let scenario = Bench.scenario(seed: 5, [ReleaseModel(), ReleaseModel()])
      .with(gates: kind.family == .gate ? [("freeze", .deploy), ("load", .promotion)] : [])
    let fault = Fault(kind, at: kind.strikesCalls ? .call(kind == .frozenBeforeLease ? 1 : 3) : .instant(.seconds(20)), size: 0.7)
    let (first, second) = await SimulatedScheduler.run { scheduler in
      (
        await Simulation.run(scenario, faults: [fault], tracing: true, on: scheduler),
        await Simulation.run(scenario, faults: [fault], tracing: true, on: scheduler)
      )
    }
    #expect(first == second)
    #expect(first.struck == [fault])
    #expect(first.end == .completed, "\(first.trace.suffix(20).joined(separator: "\n"))")
    #expect(first.violations == [])
  }

  @Test(
    "A server that dies around the second look at a rollout is followed by one that ends it in the same way",
    arguments: [
      FaultKind.crashBeforeAppend, .crashAfterAppend, .crashBeforeEffect, .crashAfterEffect, .tornWrite, .crashAtInstant,
    ])
  func crash(kind: FaultKind) async {
    let scenario = Bench.scenario(seed: 9, [ReleaseModel(), ReleaseModel(), ReleaseModel(errorRate: 0.3)])
    let report = await SimulatedScheduler.run { scheduler in
      let calm = await Simulation.run(scenario, on: scheduler)
      var reports: [RunReport] = []
      for call in 0..<12 {
        let at: Fault.Occasion = kind.strikesCalls ? .call(call) : .instant(.seconds(Int64(call) * 4))
        reports.append(await Simulation.run(scenario, faults: [Fault(kind, at: at, size: 0.1)], on: scheduler))
      }
      return (calm, reports)
    }
    for other in report.1 {
      #expect(other.rollouts.map(\.outcome) == report.0.rollouts.map(\.outcome))
      #expect(other.violations == [])
      #expect(other.counts.servers == 2)
    }
  }

  @Test("An effect whose result can't be journaled is not done again and again in the same instant")
  func fullDisk() async {
    let scenario = Bench.scenario(seed: 1, [ReleaseModel()])
    let faults = (2..<6).map { Fault(.diskFull, at: .call($0), size: 1) }
    let report = await SimulatedScheduler.run { await Simulation.run(scenario, faults: faults, on: $0) }
    #expect(report.end == .completed)
    #expect(report.counts.effects < 200)
  }

  @Test(
    "A server that stood still before it took a lease does not displace the rollout that another one began meanwhile",
    arguments: [0.05, 0.3, 0.6, 1])
  func twoServers(size: Double) async {
    let scenario = Bench.scenario(seed: 2, [ReleaseModel(), ReleaseModel()])
    let fault = Fault(.frozenBeforeLease, at: .call(1), size: size)
    let report = await SimulatedScheduler.run { await Simulation.run(scenario, faults: [fault], on: $0) }
    // Whoever asks again while the other rollout is under way is told so.
    #expect(report.rollouts.map(\.version.description) == ["v1", "unforeseen"] + (size > 0.5 ? ["v2"] : []))
    #expect(report.rollouts.allSatisfy { $0.outcome == .succeeded })
    #expect(report.sightings[.lateLeaseRefused] == 1)
    #expect(report.violations == [])
    #expect(report.end == .completed)
  }

  @Test("Readings that are no number let no step pass while there is nothing else to judge by", arguments: [0, 0.04, 0.08])
  func notANumber(size: Double) async {
    var scenario = Bench.scenario(seed: 6, [ReleaseModel(), ReleaseModel()])
    let criterion = Criterion(metric: .reading("queue"), comparison: .less, bound: .number(14))
    let stage = StageSpec(name: "half", traffic: Percentage(percent: 50)!, duration: .seconds(4), criteria: [criterion])
    let environment = scenario.environment
    scenario.environment = environment.with(
      strategy: .canary(CanarySpec(stages: [stage], keepPrevious: .seconds(3), patience: .seconds(120))))
    // NaN, infinity and minus infinity, one after the other from the beginning of the second rollout on.
    let (calm, report) = await SimulatedScheduler.run { [scenario] scheduler in
      let calm = await Simulation.run(scenario, on: scheduler)
      let begin = (calm.rollouts[1].phases[0].at - scenario.start).milliseconds
      let faults = (0..<30).map {
        Fault(.metricsNotANumber, at: .instant(.milliseconds(begin + $0 * 1000)), size: size)
      }
      return (calm, await Simulation.run(scenario, faults: faults, on: scheduler))
    }
    #expect(calm.rollouts.map(\.outcome) == [.succeeded, .succeeded])
    #expect(report.rollouts.map(\.outcome) == [.succeeded, .succeeded])
    #expect(report.rollouts[1].duration >= .seconds(30), "it waits for a number")
    #expect(calm.rollouts[1].duration < .seconds(20))
    #expect(report.sightings[.readingNotANumber] > 0)
    #expect(report.violations == [])
  }

  @Test("A router that restarts with an older configuration at any moment does not change how rollouts end")
  func router() async {
    let scenario = Bench.scenario(seed: 4, [ReleaseModel(), ReleaseModel(), ReleaseModel(errorRate: 0.3)])
    let (calm, others) = await SimulatedScheduler.run { scheduler in
      let calm = await Simulation.run(scenario, on: scheduler)
      var others: [RunReport] = []
      for instant in stride(from: 2000, to: calm.duration.milliseconds, by: 300) {
        let fault = Fault(.routerRestarts, at: .instant(.milliseconds(instant)))
        others.append(await Simulation.run(scenario, faults: [fault], on: scheduler))
      }
      return (calm, others)
    }
    for other in others {
      #expect(other.rollouts.map(\.outcome) == calm.rollouts.map(\.outcome), "\(other.struck)")
      #expect(other.end == .completed)
    }
  }

  @Test("Any sublist of a list of faults is a run of its own")
  func sublists() async {
    var random = SimulationRandom(seed: 3, purpose: .faults)
    let faults = Fault.random(6, of: FaultKind.allCases, within: .seconds(60), calls: 30, using: &random)
    let scenario = Bench.scenario(seed: 3, [ReleaseModel(), ReleaseModel()])
    let reports = await SimulatedScheduler.run { scheduler in
      var reports: [RunReport] = []
      for length in 0...faults.count {
        reports.append(await Simulation.run(scenario, faults: Array(faults.prefix(length)), on: scheduler))
      }
      return reports
    }
    #expect(reports.map(\.end) == reports.map { _ in .completed })
  }
}
