import SlipwayModel

/// Crashes a scenario at every point where it can be cut off, one at a time, and compares where it ends with where it ends when
/// nothing disturbs it.
package struct CrashPoints: Sendable {
  /// A run that did not end where the undisturbed one does.
  package struct Difference: Hashable, Sendable {
    package let fault: Fault
    package let words: String
  }

  /// The points, before and after each append and each effect.
  package static let kinds: [FaultKind] = [.crashBeforeAppend, .tornWrite, .crashAfterAppend, .crashBeforeEffect, .crashAfterEffect]

  package let scenario: Scenario
  /// Runs that were compared.
  package private(set) var runs = 0
  package private(set) var differences: [Difference] = []

  package init(_ scenario: Scenario) {
    self.scenario = scenario
  }

  /// Goes through all of them: of each kind one call after another, until a run has no such call any more.
  package mutating func run(on scheduler: SimulatedScheduler) async {
    let undisturbed = await Simulation.run(scenario, on: scheduler)
    for kind in Self.kinds {
      var call = 0
      while await compare(Fault(kind, at: .call(call), size: 0.05), with: undisturbed, on: scheduler) { call += 1 }
    }
  }

  /// - Returns: whether the fault had an occasion to strike.
  package mutating func compare(_ fault: Fault, with undisturbed: RunReport, on scheduler: SimulatedScheduler) async -> Bool {
    let report = await Simulation.run(scenario, faults: [fault], on: scheduler)
    guard !report.struck.isEmpty else { return false }
    runs += 1
    for violation in report.violations { note(fault, "\(violation.rule.rawValue): \(violation.words)") }
    if report.ending != undisturbed.ending { note(fault, "it ends with \(report.ending), undisturbed with \(undisturbed.ending)") }
    let outcomes = report.rollouts.map(\.outcome)
    let expected = undisturbed.rollouts.map(\.outcome)
    if outcomes != expected { note(fault, "its rollouts end \(outcomes), undisturbed \(expected)") }
    return true
  }

  private mutating func note(_ fault: Fault, _ words: String) { differences.append(Difference(fault: fault, words: words)) }
}
