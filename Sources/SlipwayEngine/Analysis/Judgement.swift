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
    alarms.reduce(gates.verdict) { $1.verdict == .insufficient ? $0 : $0.weighed(against: $1.verdict) }
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
    var gates = [readiness(observation)]
    var failure = alarm
    func take(_ assessment: Assessment) {
      gates.append(assessment.finding)
      failure = failure ?? assessment.failure
    }
    if phase == .shifting, let step {
      for criterion in step.criteria { take(assess(criterion, observation.metrics, at: now)) }
      if let score = step.score { take(assess(score, observation.metrics, at: now)) }
      if step.compared?.isEmpty == false { take(assessStep(comparing: step, observation.metrics, at: now)) }
    }
    return Judgement(gates: gates, alarms: alarms.map(\.finding), failure: failure)
  }

  private func alarms(_ metrics: MetricSeries?, at now: Timestamp) -> [Assessment] {
    var alarms: [Assessment] = []
    if plan.rollback.guardrail { alarms.append(assessGuardrail(metrics, at: now)) }
    if let comparison = assessComparison() { alarms.append(comparison) }
    if let watch = assessWatch() { alarms.append(watch) }
    for trigger in plan.rollback.triggers { alarms.append(assess(trigger: trigger, metrics, at: now)) }
    return alarms
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
  ///
  /// - Parameter countsOnly: whether the response times may be left out.
  func control(_ metrics: MetricSeries, from: Timestamp, to: Timestamp, countsOnly: Bool) -> SlotFigures? {
    guard let slot = plan.live?.slot else { return nil }
    let present = metrics.figures(of: slot, from: from, to: to, countsOnly: countsOnly)
    return present.requests > 0 && weight < .hundred ? present : baseline
  }
}

extension MetricSeries {
  /// The figures of a slot over all intervals that start in `from..<to`, without the response times when nobody needs them: to add
  /// those up is most of the work.
  func figures(of slot: Slot, from: Timestamp, to: Timestamp, countsOnly: Bool) -> SlotFigures {
    countsOnly ? counts(of: slot, from: from, to: to) : figures(of: slot, from: from, to: to)
  }
}

/// A finding, and whether it sends the rollout back at once.
struct Assessment {
  let finding: Finding
  let failure: Reason?
}
