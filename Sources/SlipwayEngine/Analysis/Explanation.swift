import SlipwayModel
import SlipwayStatistics

/// A verdict of the journal, computed again from what stands beside it and before it.
package struct Explanation: Hashable, Sendable {
  /// Whether the computation gives what the journal has, to the byte.
  package let isSame: Bool
  /// The figures, the statistic and what it is held against, one line each.
  package let lines: [String]

  /// - Parameter rollout: the state before the event.
  /// - Returns: `nil` for an event that is no verdict.
  package init?(_ event: Event, after rollout: Rollout) {
    switch event {
    case .referenceTaken(let value): self.init(value, rollout.plan)
    case .measured(let value): self.init(value, rollout)
    case .watched(let value): self.init(value, rollout)
    case .evaluated(let value): self.init(value)
    case _: return nil
    }
  }

  private init(_ value: ReferenceTaken, _ plan: Plan) {
    let total = value.total
    let comparison = StableComparison(value, plan)
    isSame = true
    lines = [
      "\(value.blocks.count) blocks of \(value.block): \(total.errors) of \(total.requests) requests failed",
      "p of errors, from the four fifths of the blocks with the fewest: \(comparison.process.reference.errors.rate)",
      "alpha \(comparison.setting.alpha), so evidence of \(EvidenceScale.text(comparison.logThreshold)) sends the candidate back",
    ]
  }

  private init(_ value: Measured, _ rollout: Rollout) {
    let again = rollout.measured(
      value.candidate, value.live, from: value.from, length: value.length, after: rollout.comparison)
    isSame = Event.measured(again).body == Event.measured(value).body
    var lines = [
      "candidate: \(value.candidate.errors) of \(value.candidate.requests) failed; live slot: \(value.live.errors) of \(value.live.requests)"
    ]
    if let evidence = value.evidence {
      lines.append("ln evidence \(evidence.logEvidence), held against ln(1/alpha) = \(evidence.logThreshold): \(evidence.verdict.rawValue)")
      let families = evidence.families.map { "\($0.name) \($0.logEvidence)" }.joined(separator: ", ")
      lines.append("ln evidence of each family: \(families)")
      let safety = evidence.safety.map { "\($0.name) \($0.logEvidence)" }.joined(separator: ", ")
      if !safety.isEmpty {
        let enough = EvidenceScale.logarithm(ofMultiple: StableComparison.safety)
        lines.append("ln evidence that it is harmless, held against \(enough): \(safety)")
      }
    }
    self.lines = lines
  }

  private init(_ value: Watched, _ rollout: Rollout) {
    let again = rollout.bakeWatch.map { Rollout.watched(value.figures, from: value.from, length: value.length, after: $0) }
    isSame = again.map { Event.watched($0).body } == Event.watched(value).body
    lines = [
      "release: \(value.figures.errors) of \(value.figures.requests) failed",
      "ln evidence \(value.logEvidence), held against \(value.logThreshold): \(value.verdict.rawValue)",
    ]
  }

  private init(_ value: Evaluated) {
    let chances = value.findings.compactMap(\.chance)
    let again = chances.map { Chance(events: $0.events, requests: $0.requests, tolerated: $0.tolerated) }
    isSame = again == chances
    lines = value.findings.map { finding in
      let chance = finding.chance.map {
        "; P(at least \($0.events) of \($0.requests) | \($0.tolerated)) = \($0.probability)"
      }
      return "\(finding.verdict.rawValue): \(finding.sentence)\(chance ?? "")"
    }
  }
}
