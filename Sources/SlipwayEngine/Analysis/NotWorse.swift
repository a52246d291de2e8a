import SlipwayModel
import SlipwayStatistics

extension Rollout {
  /// The comparison as an alarm: it sends the rollout back as soon as the candidate is shown to be worse, in whatever step.
  func assessComparison() -> Assessment? {
    guard plan.analysis != nil, plan.live != nil, let comparison, comparison.isWorse else { return nil }
    let names = comparison.evidence.worse
    let what = names.isEmpty ? "taken together" : names.joined(separator: ", ")
    let sentence =
      "the candidate is worse than stable (\(what)): evidence \(EvidenceScale.text(comparison.process.peakLogEvidence)), "
      + "and a release that is no worse reaches \(EvidenceScale.text(comparison.logThreshold)) at most once in \(EvidenceScale.text(comparison.logThreshold)) rollouts"
    return Assessment(finding(.fail, sentence), failure: Reason(Reason.worse, sentence))
  }

  /// Whether a step that compares may be left: nothing speaks against the candidate, all of the step's time was measured, and, for
  /// a step that ends as soon as it is safe, the candidate is shown to be harmless or has had the time that it gets for that.
  func assessStep(comparing step: PlanStep, _ metrics: MetricSeries?, at now: Timestamp) -> Assessment {
    func open(_ why: String) -> Assessment { Assessment(finding(.insufficient, why), failure: nil) }
    guard let metrics, let live = plan.live else {
      return Assessment(finding(.broken, "the metric source did not answer"), failure: nil)
    }
    for (name, slot) in [("candidate", candidateSlot), ("live slot", live.slot)] {
      let requests = metrics.counts(of: slot, from: since, to: now).requests
      if requests < step.minimumRequests { return open("\(requests) of at least \(Self.requests(step.minimumRequests)) of the \(name)") }
    }
    guard let comparison, let measuredUntil else { return open("there are too few figures of the live slot to compare with yet") }
    if comparison.isWorse { return Assessment(finding(.fail, "the candidate is worse than stable"), failure: nil) }
    let figures = "evidence \(EvidenceScale.text(comparison.logEvidence)) of \(EvidenceScale.text(comparison.logThreshold))"
    if comparison.isInDoubt { return open("in doubt: \(figures) that the candidate is worse") }
    let measured = measuredUntil - since
    let block = comparisonBlock(comparison)
    guard measured >= block * (step.hold.milliseconds / block.milliseconds) else { return open("figures of this step are still to come") }
    if isLastCompared, comparison.isLeaning { return open("the evidence leans against the candidate: \(figures)") }
    guard let advance = step.advance, let stepIndex else { return closed("nothing speaks against the candidate: \(figures)") }
    if comparison.isSafe(toLeave: stepIndex) { return closed("shown to be no worse for the next step; \(figures)") }
    guard now - since >= advance.maximum else { return open("not yet shown to be no worse; \(figures)") }
    return closed("not shown to be no worse within \(advance.maximum), but nothing speaks against the candidate: \(figures)")
  }

  /// What follows the step is all of the traffic.
  private var isLastCompared: Bool { stepIndex.map { $0 + 1 >= plan.steps.count || plan.steps[$0 + 1].weight == .hundred } ?? false }

  private func closed(_ sentence: String) -> Assessment { Assessment(finding(.pass, sentence), failure: nil) }

  private func finding(_ verdict: Verdict, _ sentence: String) -> Finding {
    Finding(subject: Self.comparisonSubject, verdict: verdict, requests: 0, sentence: "\(Self.comparisonSubject): \(sentence)")
  }

  /// As findings name it.
  package static let comparisonSubject = "not worse than stable"
}

extension Reason {
  /// The comparison with the live slot says so.
  package static let worse = "worse-than-stable"
}
