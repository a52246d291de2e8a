import SlipwayEngine
import SlipwayModel
import Synchronization

/// Many rounds on all processors, each made from a seed of its own.
package struct Campaign: Sendable {
  /// Rollouts after which it is over; rounds that are under way are finished.
  package var rollouts: Int
  package var seed: UInt64
  /// Schedulers that run side by side.
  package var jobs: Int
  /// What may go wrong.
  package var kinds: [FaultKind]

  package init(rollouts: Int, seed: UInt64, jobs: Int, kinds: [FaultKind]) {
    self.kinds = kinds
    self.rollouts = rollouts
    self.seed = seed
    self.jobs = jobs
  }

  /// What a campaign came to so far.
  package struct Tally: Sendable {
    package var rounds = 0
    package var rollouts = 0
    package var events = 0
    package var servers = 0
    package var requests = 0
    package var sightings = Sightings()
    package var struck: [FaultKind: Int] = [:]
    package var outcomes: [String: Int] = [:]
    /// The rounds that broke a rule, in the order of their numbers: with the first violation of each.
    package var broken: [(number: Int, seed: UInt64, violation: Violation)] = []
  }

  /// Runs it.
  ///
  /// - Parameters:
  ///   - most: broken rounds after which it stops.
  ///   - progress: told after each round, by several threads one after another.
  package func run(stoppingAfter most: Int = 1, progress: @escaping @Sendable (Tally) -> Void = { _ in }) async -> Tally {
    let desk = Desk()
    await withDiscardingTaskGroup { group in
      for _ in 0..<max(1, jobs) {
        group.addTask {
          await SimulatedScheduler.run { scheduler in
            while let number = desk.next(unless: rollouts, most) {
              let round = Round(seed: Round.seed(of: number, in: seed), kinds: kinds)
              let report = await round.run(on: scheduler)
              desk.take(report, round, number, progress)
            }
          }
        }
      }
    }
    return desk.result
  }

  /// Where the rounds are handed out and come back to.
  private final class Desk: Sendable {
    private let state = Mutex((next: 0, tally: Tally()))

    /// The next round; `nil` when there were enough.
    func next(unless rollouts: Int, _ broken: Int) -> Int? {
      state.withLock { state in
        guard state.tally.rollouts < rollouts, state.tally.broken.count < broken else { return nil }
        state.next += 1
        return state.next - 1
      }
    }

    func take(_ report: RunReport, _ round: Round, _ number: Int, _ progress: (Tally) -> Void) {
      state.withLock { state in
        state.tally.take(report, round, number)
        progress(state.tally)
      }
    }

    var result: Tally {
      state.withLock { state in
        state.tally.broken.sort { $0.number < $1.number }
        return state.tally
      }
    }
  }
}

extension Campaign.Tally {
  fileprivate mutating func take(_ report: RunReport, _ round: Round, _ number: Int) {
    rounds += 1
    rollouts += report.rollouts.count
    events += report.counts.events
    servers += report.counts.servers
    requests += report.requests
    sightings.add(report.sightings)
    for fault in report.struck { struck[fault.kind, default: 0] += 1 }
    for rollout in report.rollouts { outcomes[rollout.outcome.rawValue, default: 0] += 1 }
    if let violation = report.violations.first { broken.append((number, round.seed, violation)) }
  }
}
