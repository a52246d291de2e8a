import SlipwayModel

/// Everything that was found about the candidate at one instant.
package struct Judgement: Sendable {
  /// What has to pass before the rollout may advance: readiness and the step's criteria.
  let gates: [Assessment]
  /// What may send it back at any time: guardrail and triggers. One that can't tell yet does not hold a rollout up, since
  /// its window may be longer than a step; one whose source is broken does.
  let alarms: [Assessment]
  /// Set when the rollout has to go back now; findings that merely don't pass yet leave it `nil`.
  package let failure: Reason?

  /// Written out when asked for: most judgements only say again what the one before said.
  package var findings: [Finding] { gates.map(\.finding) + alarms.map(\.finding) }

  /// The verdict on everything together; only `pass` lets a rollout advance.
  package var verdict: Verdict {
    let gates = gates.reduce(Verdict.pass) { $0.weighed(against: $1.verdict) }
    return alarms.reduce(gates) { $1.verdict == .insufficient ? $0 : $0.weighed(against: $1.verdict) }
  }

  /// Whether these findings say the same of the same, whatever their figures are.
  func saysAgain(_ findings: [Finding]) -> Bool {
    guard gates.count + alarms.count == findings.count else { return false }
    return zip(gates, findings).allSatisfy { $0.says(the: $1) }
      && zip(alarms, findings.dropFirst(gates.count)).allSatisfy { $0.says(the: $1) }
  }

  /// Nothing is judged at that time.
  package var isEmpty: Bool { gates.isEmpty && alarms.isEmpty }
}

extension Rollout {
  /// Judges the candidate by what could be seen. Only a candidate that has had traffic is judged by its figures.
  package func judge(_ observation: Observation, at now: Timestamp) -> Judgement {
    let isJudged = phase == .shifting && stage == .holding || phase == .baking
    if !isJudged, exposedSince == nil { return Judgement(gates: [], alarms: [], failure: nil) }
    let alarms = alarms(observation.metrics, at: now)
    let alarm = alarms.lazy.compactMap(\.failure).first
    // While replicas or routes change the alarms go on: a failing candidate is not spared because the next step began.
    guard isJudged else { return Judgement(gates: [], alarms: [], failure: alarm) }
    var gates = [readiness(observation)]
    gates.reserveCapacity(4)
    var failure = alarm
    func take(_ assessment: Assessment) {
      gates.append(assessment)
      failure = failure ?? assessment.failure
    }
    if phase == .shifting, let step {
      for criterion in step.criteria { take(assess(criterion, observation.metrics, at: now)) }
      if let score = step.score { take(assess(score, observation.metrics, at: now)) }
      if step.compared?.isEmpty == false { take(assessStep(comparing: step, observation.metrics, at: now)) }
    }
    return Judgement(gates: gates, alarms: alarms, failure: failure)
  }

  private func alarms(_ metrics: MetricSeries?, at now: Timestamp) -> [Assessment] {
    var alarms: [Assessment] = []
    if plan.rollback.guardrail { alarms.append(assessGuardrail(metrics, at: now)) }
    if let comparison = assessComparison() { alarms.append(comparison) }
    if let watch = assessWatch() { alarms.append(watch) }
    for trigger in plan.rollback.triggers { alarms.append(assess(trigger: trigger, metrics, at: now)) }
    return alarms
  }

  private func readiness(_ observation: Observation) -> Assessment {
    guard observation.world != nil else {
      return Assessment("readiness", .broken) { Finding(subject: $0, verdict: $1, sentence: "the target did not answer") }
    }
    let wanted = step?.candidateReplicas ?? plan.replicas
    let ready = readyCandidates(observation)
    return Assessment("readiness", ready >= wanted ? .pass : .insufficient) {
      Finding(subject: $0, verdict: $1, sentence: "\(ready) of \(wanted) replicas are ready")
    }
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
struct Assessment: Sendable {
  let subject: String
  let verdict: Verdict
  let failure: Reason?
  /// Makes the finding, from its subject and its verdict. Its words cost more than all arithmetic, and most of them nobody reads.
  private let words: @Sendable (String, Verdict) -> Finding

  init(_ subject: String, _ verdict: Verdict, failure: Reason? = nil, _ words: @escaping @Sendable (String, Verdict) -> Finding) {
    self.subject = subject
    self.verdict = verdict
    self.failure = failure
    self.words = words
  }

  /// A finding that is there already.
  init(_ finding: Finding, failure: Reason?) {
    self.init(finding.subject, finding.verdict, failure: failure) { _, _ in finding }
  }

  /// The finding in full.
  var finding: Finding { words(subject, verdict) }

  func says(the finding: Finding) -> Bool { verdict == finding.verdict && subject == finding.subject }
}
