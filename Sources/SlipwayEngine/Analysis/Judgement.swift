import SlipwayModel

/// Everything that was found about the candidate at one instant.
package struct Judgement: Hashable, Sendable {
  /// What has to pass before the rollout may advance: readiness and the step's criteria.
  package let gates: [Finding]
  /// What may send it back at any time: guardrail and triggers. One that can't tell yet does not hold a rollout up, since
  /// its window may be longer than a step; one whose source is broken does.
  package let alarms: [Finding]
  /// Set when the rollout has to go back now; findings that merely don't pass yet leave it `nil`.
  package let failure: Reason?

  package var findings: [Finding] { gates + alarms }

  /// The verdict on everything together; only `pass` lets a rollout advance.
  package var verdict: Verdict {
    (gates + alarms.filter { $0.verdict != .insufficient }).verdict
  }
}

extension Rollout {
  /// Judges the candidate by what could be seen. Only a candidate that has had traffic is judged by its figures.
  package func judge(_ observation: Observation, at now: Timestamp) -> Judgement {
    let alarms = alarms(observation.metrics, at: now)
    let alarm = alarms.lazy.compactMap(\.failure).first
    guard phase == .shifting && stage == .holding || phase == .baking else {
      // While replicas or routes change the alarms go on: a failing candidate is not spared because the next step began.
      return Judgement(gates: [], alarms: [], failure: exposedSince == nil ? nil : alarm)
    }
    let criteria = phase == .shifting ? step?.criteria ?? [] : []
    let score = phase == .shifting ? step?.score : nil
    let compares = phase == .shifting ? step.flatMap { $0.compared?.isEmpty == false ? $0 : nil } : nil
    let assessments =
      criteria.map { assess($0, observation.metrics, at: now) }
      + (score.map { [assess($0, observation.metrics, at: now)] } ?? [])
      + (compares.map { [assessStep(comparing: $0, observation.metrics, at: now)] } ?? [])
    return Judgement(
      gates: [readiness(observation)] + assessments.map(\.finding), alarms: alarms.map(\.finding),
      failure: alarm ?? assessments.lazy.compactMap(\.failure).first)
  }

  private func alarms(_ metrics: MetricSeries?, at now: Timestamp) -> [Assessment] {
    (plan.rollback.guardrail ? [assessGuardrail(metrics, at: now)] : []) + [assessComparison(), assessWatch()].compactMap { $0 }
      + plan.rollback.triggers.map { assess(trigger: $0, metrics, at: now) }
  }

  private func readiness(_ observation: Observation) -> Finding {
    guard observation.world != nil else {
      return Finding(subject: "readiness", verdict: .broken, sentence: "the target did not answer")
    }
    let wanted = step?.candidateReplicas ?? plan.replicas
    let ready = readyCandidates(observation)
    return Finding(
      subject: "readiness", verdict: ready >= wanted ? .pass : .insufficient,
      sentence: "\(ready) of \(wanted) replicas are ready")
  }

  /// The live slot's figures in a window; when it has no traffic in it, those from when it last had.
  func control(_ metrics: MetricSeries, from: Timestamp, to: Timestamp) -> SlotFigures? {
    guard let live = plan.live else { return nil }
    let present = metrics.figures(of: live.slot, from: from, to: to)
    return present.requests > 0 && weight < .hundred ? present : baseline
  }
}

/// A finding, and whether it sends the rollout back at once.
struct Assessment {
  let finding: Finding
  let failure: Reason?
}
