import SlipwayModel
import SlipwayStatistics

extension Rollout {
  /// What is to be written down of the figures before anything is judged by them: first a reference, then each block of time that
  /// is over. One block a turn, so that what follows from it follows before the next.
  func measurements(_ observation: Observation, at now: Timestamp) -> [Event] {
    guard phase == .shifting, plan.analysis != nil, let live = plan.live, let from = measuredUntil, let metrics = observation.metrics
    else { return [] }
    let taken = comparison == nil ? reference(metrics, of: live.slot, before: from) : nil
    let base = taken.map { StableComparison($0, plan) } ?? comparison
    guard let length = nextBlock(metrics, from: from, length: comparisonBlock(base), at: now) else { return [] }
    let candidate = metrics.figures(of: candidateSlot, from: from, to: from + length)
    let figures = metrics.figures(of: live.slot, from: from, to: from + length)
    let measured = measured(candidate, figures, from: from, length: length, after: base)
    return (taken.map { [.referenceTaken($0)] } ?? []) + [.measured(measured)]
  }

  /// What the journal gets of a block of time: the same figures after the same comparison give the same bytes.
  func measured(
    _ candidate: SlotFigures, _ live: SlotFigures, from: Timestamp, length: TimeSpan, after comparison: StableComparison?
  ) -> Measured {
    var copy = comparison
    copy?.take(candidate: candidate, live: live, share: checkedShare)
    return Measured(
      from: from, length: length, candidate: candidate, live: live, evidence: copy?.evidence,
      sentence: copy?.sentence(candidate, live, share: checkedShare) ?? "there is no reference to compare by yet")
  }

  /// From here on figures are still to be written down piece by piece; `nil` when nothing is written down of them.
  package var unmeasuredSince: Timestamp? {
    let rows = streaks.values.map { $0.from + $0.length }
    let measured = plan.analysis == nil || plan.live == nil ? nil : measuredUntil.map { $0 - Self.referenceTime }
    return (rows + [measured, unbegunRows].compactMap { $0 }).min()
  }

  /// Where the first interval of a row begins that is to be judged and has none yet.
  private var unbegunRows: Timestamp? {
    let isCriterionOpen = (step?.criteria ?? []).contains { $0.streak != nil && streaks[$0.description] == nil }
    let isTriggerOpen = plan.rollback.triggers.contains { $0.streak != nil && streaks[Self.triggerSubject + $0.description] == nil }
    return [isCriterionOpen ? since : nil, isTriggerOpen ? exposedSince : nil].compactMap { $0 }.min()
  }

  /// How long the next block of time is, once its figures are there, or once it is clear that they won't come: then it is empty, and
  /// as long as the gap is.
  func nextBlock(_ metrics: MetricSeries, from: Timestamp, length: TimeSpan, at now: Timestamp) -> TimeSpan? {
    let to = from + length
    let isThere = metrics.asOf.map { $0 >= to } ?? false
    guard isThere || now - to >= Self.longestDelay + figuresLag else { return nil }
    if metrics.coverage(from: from, to: to) > .zero { return length }
    let next = metrics.intervals.first { $0.start >= to }?.start ?? now
    return length * max(1, (next - from).milliseconds / length.milliseconds)
  }

  /// The live slot's figures of up to five minutes before; `nil` while there are too few requests to place bets by, unless the
  /// candidate has been waiting for a minute.
  private func reference(_ metrics: MetricSeries, of live: Slot, before end: Timestamp) -> ReferenceTaken? {
    let start = end - Self.referenceTime
    let requests = metrics.counts(of: live, from: start, to: end).requests
    guard requests >= Self.fewestForReference || exposedSince.map({ end - $0 >= .minutes(1) }) ?? false else { return nil }
    return ReferenceTaken(metrics, of: live, from: start, to: end, block: comparisonBlock(nil))
  }

  /// The reference that the state before it asks for, with the figures of these blocks: the figures themselves are the source's.
  func reference(with blocks: [SlotFigures]) -> ReferenceTaken? {
    guard comparison == nil, let end = measuredUntil else { return nil }
    return ReferenceTaken(from: end - Self.referenceTime, to: end, block: comparisonBlock(nil), blocks: blocks)
  }

  /// The share that requests should have, where they are assigned one by one: cookies and rules assign them in clusters.
  var checkedShare: Double? {
    plan.routing.sticky || !plan.routing.candidateRules.isEmpty ? nil : weight.ratio
  }

  /// The length of a block of a comparison, or the intervals of the source where those are longer.
  func comparisonBlock(_ comparison: StableComparison?) -> TimeSpan {
    max(comparison?.block ?? StableComparison.referenceBlock, figuresResolution)
  }

  /// Figures that have not come by then are lost.
  private static let longestDelay = TimeSpan.seconds(30)
  private static let referenceTime = TimeSpan.minutes(5)
  private static let fewestForReference = 100
}

extension StableComparison {
  /// The comparison that a plan asks for, by what was known before.
  init(_ taken: ReferenceTaken, _ plan: Plan) {
    let blocks = taken.blocks.map { ReferenceBlock(requests: $0.requests, events: $0.errors, halves: $0.halves) }
    let total = taken.total
    self.init(
      plan.comparisonSetting,
      reference: ComparisonReference(blocks: blocks, histogram: total.latency.counts, reduction: ComparisonDesign.shippedReduction),
      requestsPerSecond: taken.requestsPerSecond)
  }

  /// What the journal gets.
  package var evidence: ComparisonEvidence {
    ComparisonEvidence(
      verdict: isWorse ? .fail : isInDoubt ? .insufficient : .pass, logEvidence: logEvidence, logThreshold: logThreshold,
      families: process.families.map { .init(name: $0.name, logEvidence: $0.logEvidence) },
      worse: isWorse ? worseFamilies : [], leading: process.leading.map { .init(name: $0.name, logEvidence: $0.logWealth) },
      safety: promotions.map { .init(name: "step \($0.step + 1)", logEvidence: $0.logEvidence) })
  }

  private var worseFamilies: [String] {
    let families = process.families
    return eBenjaminiHochberg(logEValues: families.map(\.logEvidence), alpha: setting.alpha).map { families[$0].name }
  }

  /// The verdict in words, with the figures it rests on.
  func sentence(_ candidate: SlotFigures, _ live: SlotFigures, share: Double?) -> String {
    let counts =
      "\(candidate.errors) of \(Rollout.requests(candidate.requests)) failed against \(live.errors) of \(live.requests)"
    if candidate.requests == 0 || live.requests == 0 { return "no evidence in this block: \(counts)" }
    let threshold = EvidenceScale.text(logThreshold)
    let state =
      isWorse
      ? "the candidate is worse than stable" : isInDoubt ? "doubt whether the candidate is worse" : "nothing speaks against the candidate"
    let leading = logEvidence > 0 ? process.leading.map { ", most of it for \($0.name)" } ?? "" : ""
    let split = share.map { splitWords(candidate.requests, live.requests, $0) } ?? ""
    return "\(state): evidence \(EvidenceScale.text(logEvidence)) of \(threshold)\(leading); \(counts)\(split)"
  }

  /// A router that does not keep its shares makes every comparison suspect; the share that was seen is what is compared by.
  private func splitWords(_ candidate: Int, _ live: Int, _ share: Double) -> String {
    guard splitCheck.logEvidence >= EvidenceScale.logarithm(ofMultiple: Self.mismatch) else { return "" }
    let seen = Metric.errorRate.show(Double(candidate) / Double(max(1, candidate + live)))
    return "; sample-ratio mismatch: the candidate got \(seen) of these requests, not \(Metric.errorRate.show(share))"
  }

  /// Evidence from which on shares are called wrong.
  private static let mismatch = 1000.0
}

extension Plan {
  /// What the comparison of this plan is to find out.
  var comparisonSetting: ComparisonSetting {
    let compared = steps.flatMap { $0.compared ?? [] }
    let time = steps.reduce(TimeSpan.zero) { $0 + max($1.hold, $1.advance?.maximum ?? .zero) }
    var next: [Int: Double] = [:]
    for (index, step) in steps.enumerated() where step.advance != nil {
      next[index] = index + 1 < steps.count ? steps[index + 1].weight.ratio : 1
    }
    var tolerances: [ComparedMetric: Double] = [:]
    for metric in ComparedMetric.allCases { tolerances[metric] = analysis?.tolerance(of: metric)?.ratio }
    return ComparisonSetting(
      alpha: (analysis ?? AnalysisSpec()).alpha.ratio, metrics: Set(compared),
      duration: time, nextShares: next, tolerances: tolerances)
  }
}

extension SlotFigures {
  /// The errors by half of the replicas.
  fileprivate var halves: ReferenceBlock.Halves? {
    oddErrors.map { ReferenceBlock.Halves(first: max(0, errors - $0), second: $0) }
  }
}
