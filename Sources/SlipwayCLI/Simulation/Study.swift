import Foundation
import SlipwayModel
import SlipwaySimulation
import Synchronization

/// How many runs fit into the time that somebody waits at a terminal.
enum RunBudget {
  /// Looks of the engine that two cores of an ordinary machine manage in less than half a minute.
  private static let looks = 1_100_000
  /// Of these, what two deployments take whatever the plan: while replicas start there are five in a second.
  private static let start = 150

  /// The same on every machine, so that the same command gives the same output everywhere.
  static func runs(of experiment: Experiment, trials: Int) -> Int {
    // Bad releases end early; on average a run goes about half the way.
    let fitting = looks / max(1, trials * (start + experiment.looks / 2))
    return [400, 300, 200, 150, 100, 80, 60, 50].first { $0 <= fitting } ?? 40
  }
}

/// The simulations behind one report.
struct Study: Sendable {
  let project: Name
  let experiment: Experiment
  let trials: [Trial]
  let runs: Int
  /// As they were asked for.
  let faults: [String]
  /// One scheduler for each core.
  var workers = max(1, ProcessInfo.processInfo.activeProcessorCount)

  /// What came of one kind of release.
  private struct Outcome {
    let result: TrialResult
    let violations: [String]
    let looks: Int
  }

  /// - Throws: `CancellationError` when the task is cancelled.
  func report() async throws -> PolicyReport {
    let bar = ProgressBar.onTerminal()
    defer { bar?.end() }
    let first = try await results(of: experiment, trials, label: "simulating", bar)
    let results = first.map(\.result)
    let proposal = try await checked(experiment.proposal, results, bar)
    return PolicyReport(
      project: project, experiment: experiment, faults: faults, results: results, runs: runs, proposal: proposal,
      violations: first.flatMap(\.violations), looks: first.reduce(0) { $0 + $1.looks })
  }

  private func checked(_ proposal: Proposal?, _ results: [TrialResult], _ bar: ProgressBar?) async throws -> CheckedProposal? {
    guard let proposal else { return nil }
    let compared = Experiment.compared(results)
    let after = try await self.results(
      of: experiment.with(proposal.environment), compared.map(\.trial), label: "checking the proposal", bar)
    return CheckedProposal(proposal, rows: zip(compared, after).map { .init(before: $0, after: $1.result) })
  }

  private func results(
    of experiment: Experiment, _ trials: [Trial], label: String, _ bar: ProgressBar?
  ) async throws -> [Outcome] {
    let work = SharedWork(count: trials.count * runs)
    bar?.begin(label, of: trials.count * runs)
    try await withThrowingTaskGroup(of: Void.self) { group in
      for _ in 0..<workers {
        group.addTask {
          await SimulatedScheduler.run { scheduler in
            while !Task.isCancelled, let unit = work.take() {
              // Neighbours are different kinds, so that the bar moves evenly.
              let scenario = experiment.scenario(trials[unit % trials.count], run: unit / trials.count)
              let faults = experiment.faults(trials[unit % trials.count], run: unit / trials.count)
              let report = await Simulation.run(scenario, faults: faults, on: scheduler)
              work.put(TrialRun(report, of: Experiment.judged), at: unit)
              bar?.advance()
            }
          }
        }
      }
      try await group.waitForAll()
    }
    try Task.checkCancellation()
    let all = work.results
    return trials.enumerated().map { index, trial in
      let own = stride(from: index, to: all.count, by: trials.count).map { all[$0] }
      let violations = own.enumerated().flatMap { run, outcome in
        outcome.violations.map { "run \(run) of \(trial.id): \($0.rule.rawValue) at \($0.at), \($0.words)" }
      }
      return Outcome(result: TrialResult(trial, own), violations: violations, looks: own.reduce(0) { $0 + $1.looks })
    }
  }
}

/// Runs to be done, taken by several threads, and what came of them.
private final class SharedWork: Sendable {
  private let state: Mutex<(next: Int, results: [TrialRun?])>

  init(count: Int) {
    state = Mutex((0, Array(repeating: nil, count: count)))
  }

  func take() -> Int? {
    state.withLock { state in
      guard state.next < state.results.count else { return nil }
      state.next += 1
      return state.next - 1
    }
  }

  func put(_ result: TrialRun, at unit: Int) {
    state.withLock { $0.results[unit] = result }
  }

  /// In the order of the units; complete once all were taken and put.
  var results: [TrialRun] { state.withLock { $0.results.compactMap { $0 } } }
}
