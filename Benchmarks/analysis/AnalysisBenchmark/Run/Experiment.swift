/// The rows of the table: every scenario under every policy that applies to it.
struct Experiment: Sendable {
  /// A scenario's runs under the policies, in their order.
  struct Row: Sendable {
    var scenario: Scenario
    var policy: String
    var tally: Tally
  }

  private static let runsPerTask = 50

  var scenarios: [Scenario]
  var policies: [NamedPolicy]
  var runs: Int
  /// Runs of scenarios without a fault under the policies that are judged, at least `runs`: a rate below 1 % needs many.
  var nullRuns: Int
  var seed: UInt64
  /// Tasks at a time; the figures do not depend on it.
  var jobs: Int

  /// One task: some runs of one scenario.
  private struct Part: Sendable {
    var number: Int
    var scenario: Scenario
    var runs: Range<Int>
  }

  /// Runs everything.
  /// - Parameter progress: told how many runs out of how many are done, from time to time.
  func rows(progress: @Sendable (Int, Int) -> Void) async -> [Row] {
    let parts = parts
    var results = [[Tally]](repeating: [], count: parts.count)
    let all = parts.reduce(0) { $0 + $1.runs.count }
    var done = 0
    await withTaskGroup(of: (Int, [Tally]).self) { group in
      var waiting = parts.makeIterator()
      for _ in 0..<max(1, jobs) {
        guard let part = waiting.next() else { break }
        group.addTask { (part.number, tallies(part)) }
      }
      while let (number, tallies) = await group.next() {
        results[number] = tallies
        done += parts[number].runs.count
        progress(done, all)
        guard let part = waiting.next() else { continue }
        group.addTask { (part.number, self.tallies(part)) }
      }
    }
    return merged(parts, results)
  }

  private var parts: [Part] {
    let pairs = scenarios.flatMap { scenario in
      let count = scenario.kind == .faulty ? runs : max(runs, nullRuns)
      return stride(from: 0, to: count, by: Self.runsPerTask).map { (scenario, $0..<min($0 + Self.runsPerTask, count)) }
    }
    return pairs.enumerated().map { Part(number: $0.offset, scenario: $0.element.0, runs: $0.element.1) }
  }

  private func tallies(_ part: Part) -> [Tally] {
    let base = Self.seed(of: part.scenario, seed)
    var traffic = Traffic(part.scenario, seed: base)
    var tallies = [Tally](repeating: Tally(), count: policies.count)
    for run in part.runs {
      traffic.start(seed: mixed(base, run, 0))
      let reference = traffic.reference()
      for (index, policy) in policies.enumerated() where run < limit(policy) && policy.applies(part.scenario) {
        tallies[index].add(Trial.run(policy, &traffic, reference))
      }
    }
    return tallies
  }

  private func limit(_ policy: NamedPolicy) -> Int {
    policy.role == .own ? Int.max : min(runs, policy.maximumRuns)
  }

  private func merged(_ parts: [Part], _ results: [[Tally]]) -> [Row] {
    scenarios.flatMap { scenario in
      let own = parts.filter { $0.scenario == scenario }.map(\.number)
      return policies.enumerated().compactMap { place, policy -> Row? in
        var tally = Tally()
        for part in own { tally.add(results[part][place]) }
        return tally.runs > 0 ? Row(scenario: scenario, policy: policy.name, tally: tally) : nil
      }
    }
  }

  /// A seed of its own for each scenario, from its name (FNV-1a): leaving one out does not change the others.
  static func seed(of scenario: Scenario, _ seed: UInt64) -> UInt64 {
    scenario.name.utf8.reduce(0xcbf2_9ce4_8422_2325 ^ seed) { ($0 ^ UInt64($1)) &* 0x0100_0000_01b3 }
  }
}
