import FoundationEssentials
import SlipwayModel

/// A round in full, apart from the generator that made it: what once broke a rule and has to stay whole from then on.
package struct FrozenRound: Hashable, Sendable, Codable {
  /// What was wrong, in words.
  package var name: String
  /// The rule that was broken.
  package var rule: Violation.Rule
  package var scenario: Scenario
  package var faults: [Fault]

  package init(name: String, rule: Violation.Rule, round: Round) {
    self.name = name
    self.rule = rule
    scenario = round.scenario
    faults = round.faults
  }

  /// Reads what ``json`` wrote.
  package init(json: Data) throws { self = try JSONDecoder().decode(FrozenRound.self, from: json) }

  /// Sorted, on lines of its own.
  package var json: Data {
    get throws {
      let encoder = JSONEncoder()
      encoder.outputFormatting = [.sortedKeys, .prettyPrinted, .withoutEscapingSlashes]
      // The values are those of a campaign and hide nothing.
      encoder.userInfo[.carriesValues] = true
      return try encoder.encode(self)
    }
  }

  package func run(tracing: Bool = false, on scheduler: SimulatedScheduler) async -> RunReport {
    await Simulation.run(scenario, faults: faults, tracing: tracing, on: scheduler)
  }
}
