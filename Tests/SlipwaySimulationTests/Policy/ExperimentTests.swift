import SlipwayModel
import Testing

@testable import SlipwaySimulation

@Suite("Trying a policy")
struct ExperimentTests {
  private let environment = PolicyBench.canary([PolicyBench.stage(30, .seconds(10), errors: 2)], bake: .seconds(10))

  private func run(_ trial: Trial, _ experiment: Experiment, runs: Int) async -> TrialResult {
    await SimulatedScheduler.run { scheduler in
      var all: [TrialRun] = []
      for number in 0..<runs {
        let report = await Simulation.run(
          experiment.scenario(trial, run: number), faults: experiment.faults(trial, run: number), on: scheduler)
        all.append(TrialRun(report, of: Experiment.judged))
      }
      return TrialResult(trial, all)
    }
  }

  @Test("A healthy release is promoted, a broken one goes back, and only the judged release counts")
  func outcomes() async throws {
    let experiment = try PolicyBench.experiment(environment, StatedTraffic())
    let trials = Catalogue(plan: experiment.plan, traffic: experiment.traffic).trials
    let healthy = await run(try #require(trials.first { $0.id == "healthy" }), experiment, runs: 5)
    #expect(healthy.promoted.count == 5 && healthy.verdict == .right && healthy.sentence == "promotes all healthy releases")
    // Readiness, 10 s of hold, and moving the traffic.
    #expect((10_000...16_000).contains(healthy.medianDecision?.value ?? 0))
    let broken = await run(try #require(trials.first { $0.id == "broken" }), experiment, runs: 5)
    #expect(broken.wentBack.count == 5 && broken.takenBackInBake == 0 && broken.verdict == .right)
    #expect(broken.failed.mean > 3 && broken.failed.mean < 200 && broken.hurt.mean >= broken.failed.mean)
    let slow = await run(try #require(trials.first { $0.id == "slower_3" }), experiment, runs: 2)
    #expect(slow.trial.expectation == .either && slow.promoted.count == 2 && slow.slow.mean > healthy.slow.mean * 5)
  }

  @Test("A fault after promotion is taken back in the bake")
  func bake() async throws {
    let experiment = try PolicyBench.experiment(environment, StatedTraffic())
    let late = Trial(
      id: "late", title: "late", plural: "late ones",
      release: ReleaseModel(lateFault: .init(after: .seconds(14), errorRate: 0.9)), expectation: .goBack)
    let result = await run(late, experiment, runs: 3)
    #expect(result.takenBackInBake == 3 && result.wentBack.count == 3 && result.reasons.map(\.count) == [3])
  }

  @Test("Seed, kind and number choose the run; the same ones give the same")
  func seeds() throws {
    let experiment = try PolicyBench.experiment(environment, StatedTraffic())
    let trials = Catalogue(plan: experiment.plan, traffic: experiment.traffic, faults: [.mixed]).trials
    let seeds = trials.flatMap { trial in (0..<20).map { experiment.scenario(trial, run: $0).seed } }
    #expect(Set(seeds).count == seeds.count)
    #expect(Set(trials.map(\.id)).count == trials.count && Set(trials.map(\.title)).count == trials.count)
    #expect(experiment.scenario(trials[3], run: 4) == experiment.scenario(trials[3], run: 4))
    let faulty = try #require(trials.first { $0.faults != nil })
    #expect(experiment.faults(faulty, run: 1).count == FaultGroup.perRun)
    #expect(experiment.faults(faulty, run: 1) == experiment.faults(faulty, run: 1))
    #expect(experiment.faults(trials[0], run: 1) == [])
  }

  @Test("What should happen follows from the plan's own bounds")
  func expectations() throws {
    let experiment = try PolicyBench.experiment(environment, StatedTraffic())
    let trials = Catalogue(plan: experiment.plan, traffic: experiment.traffic).trials
    func expectation(_ id: String) -> Trial.Expectation? { trials.first { $0.id == id }?.expectation }
    // The stage tolerates 2 %: 1.1 % is permitted, 2.1 % close, 3.1 % too much. Nothing looks at response times.
    #expect((1...5).map { expectation("errors_plus_\($0)") } == [.either, .either, .goBack, .goBack, .goBack])
    #expect(expectation("slower_3") == .either)
    #expect(expectation("healthy") == .promote && expectation("never_ready") == .goBack)
    let rolling = try PolicyBench.experiment(PolicyBench.environment(.rolling(RollingSpec())), StatedTraffic())
    let blind = Catalogue(plan: rolling.plan, traffic: rolling.traffic).trials
    #expect(blind.first { $0.id == "errors_plus_5" }?.expectation == .either, "only the guardrail acts, above 10 %")
    #expect(blind.first { $0.id == "broken" }?.expectation == .goBack)
  }

  @Test("An environment that only another target can honour is simulated without that, and says so")
  func leftOut() throws {
    let service = ServiceSpec(name: Name("api")!, image: "ghcr.io/x/api")
    let environment = EnvironmentSpec(
      name: Name("production")!, target: .kubernetes, listen: [:], replicas: 3, services: [service, ServiceSpec(name: Name("other")!)],
      strategy: PolicyBench.environment(.rolling(RollingSpec())).strategy, rollback: RollbackSpec(), unsupported: ["approvals"])
    let experiment = try Experiment(environment, service: service, traffic: StatedTraffic(), seed: 1)
    #expect(experiment.leftOut == ["approvals", "target: kubernetes"])
    #expect(experiment.environment.services.map(\.name) == [service.name])
  }
}
