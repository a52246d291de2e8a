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
    case .referenceTaken(let value): self.init(value, rollout)
    case .measured(let value): self.init(value, rollout)
    case .intervalJudged(let value): self.init(value, rollout)
    case .watched(let value): self.init(value, rollout)
    case .evaluated(let value): self.init(value, rollout)
    case _: return nil
    }
  }

  /// Nothing in the journal gives the figures of a reference again. What can be computed is of what time they have to be, and whether they
  /// can be figures of that.
  private init(_ value: ReferenceTaken, _ rollout: Rollout) {
    let plan = rollout.plan
    let total = value.total
    let again = rollout.reference(with: value.blocks)
    let mostBlocks = (value.to - value.from).milliseconds / max(1, value.block.milliseconds)
    isSame =
      again.map { Event.referenceTaken($0).body } == Event.referenceTaken(value).body && value.blocks.count <= mostBlocks
      && value.blocks.allSatisfy { (0...$0.requests).contains($0.errors) }
    let comparison = StableComparison(value, plan)
    let tolerances = ComparedMetric.allCases.compactMap { metric in
      plan.analysis?.tolerance(of: metric).map { "\(metric.rawValue) may be \($0) higher than the live slot's" }
    }
    lines =
      [
        "figures of the source, from \(value.from) to \(value.to); only their time can be computed again",
        "\(value.blocks.count) blocks of \(value.block): \(total.errors) of \(total.requests) requests failed",
        "p of errors, from the four fifths of the blocks with the fewest: \(comparison.process.reference.errors.rate)",
        "alpha \(comparison.setting.alpha), so evidence of \(EvidenceScale.text(comparison.logThreshold)) sends the candidate back",
      ] + tolerances
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

  private init(_ value: IntervalJudged, _ rollout: Rollout) {
    let again = IntervalJudged(
      value.finding, from: value.from, length: value.length, limit: value.limit, after: rollout.streaks[value.subject])
    isSame = value.finding.isReproducible(after: rollout) && Event.intervalJudged(again).body == Event.intervalJudged(value).body
    lines = value.finding.explained + ["\(value.failures) of \(value.limit) failures in a row, \(value.unjudged) not judged since"]
  }

  private init(_ value: Evaluated, _ rollout: Rollout) {
    isSame = value.findings.allSatisfy { $0.isReproducible(after: rollout) }
    lines = value.findings.flatMap(\.explained)
  }
}

extension Finding {
  /// Whether the figures that stand in the finding give the probabilities and the score that stand beside them.
  fileprivate func isReproducible(after rollout: Rollout) -> Bool {
    if let chance, chance != Chance(events: chance.events, requests: chance.requests, tolerated: chance.tolerated) { return false }
    guard let parts else { return true }
    let score = rollout.step?.score
    return parts.allSatisfy { $0.finding.isReproducible(after: rollout) }
      && score?.score { parts.indices.contains($0) && parts[$0].finding.verdict == .pass } == value
  }

  /// The finding and what it rests on, a line for each part.
  fileprivate var explained: [String] {
    let chance = chance.map { "; P(at least \($0.events) of \($0.requests) | \($0.tolerated)) = \($0.probability)" }
    return ["\(verdict.rawValue): \(sentence)\(chance ?? "")"]
      + (parts ?? []).flatMap { part in part.finding.explained.map { "  weight \(ScoreSpec.text(part.weight)), \($0)" } }
  }
}
