import FoundationEssentials

#if canImport(Glibc)
  import Glibc
#else
  import Darwin
#endif

/// One alternative of a comparison, for reports: what it bets on and how it fares.
package struct ComponentEvidence: Hashable, Sendable {
  /// What it bets on, such as `errors ×2.5`.
  package let name: String
  /// The family it belongs to.
  package let family: String
  /// ln q, its share of the starting capital.
  package let logPrior: Double
  /// ln e of the latest interval.
  package let latestLogEValue: Double
  /// logW; −∞ before its first interval.
  package let logWealth: Double
}

/// One family of a comparison, for reports.
package struct FamilyEvidence: Hashable, Sendable {
  package let name: String
  /// ln of the family's own e-process: what its capital of 1 has become. 0 before its first interval. Families whose evidence
  /// passes ``eBenjaminiHochberg(logEValues:alpha:)`` are the ones to name.
  package let logEvidence: Double
}

extension SequentialComparison {
  /// All alternatives, in the order of the design.
  package var components: [ComponentEvidence] {
    table.bets.indices.map { index in
      ComponentEvidence(
        name: table.names[index], family: design.families[table.bets[index].family].name, logPrior: table.bets[index].logPrior,
        latestLogEValue: latest[index], logWealth: logWealth[index])
    }
  }

  /// The families that can bet, in the order of the design.
  package var families: [FamilyEvidence] {
    design.families.indices.compactMap { family in
      guard table.familyLogWeights[family] > -.infinity else { return nil }
      let parts = table.bets.indices.filter { table.bets[$0].family == family }.map { table.bets[$0].logPrior + logWealth[$0] }
      let sum = logSumExp(parts)
      return FamilyEvidence(
        name: design.families[family].name, logEvidence: sum > -.infinity ? sum - table.familyLogWeights[family] : 0)
    }
  }

  /// The alternative that carries most of the evidence; the first among equals. `nil` before the first interval.
  package var leading: ComponentEvidence? {
    var best: ComponentEvidence?
    for component in components where component.logWealth > -.infinity {
      if let known = best, known.logPrior + known.logWealth >= component.logPrior + component.logWealth { continue }
      best = component
    }
    return best
  }
}
