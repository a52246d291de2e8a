import SlipwayModel
import SlipwayStatistics

extension Rollout {
  /// The next block of the watch over a promoted release, once its figures are there.
  func watchings(_ observation: Observation, at now: Timestamp) -> [Event] {
    guard phase == .baking, !isBakeOver, let bakeWatch, let from = measuredUntil, let metrics = observation.metrics,
      let length = bakeWatch.block(at: from), let block = nextBlock(metrics, from: from, length: length, at: now)
    else { return [] }
    let figures = metrics.figures(of: candidateSlot, from: from, to: from + block)
    return [.watched(Self.watched(figures, from: from, length: block, after: bakeWatch))]
  }

  /// What the journal gets of a block of the watch.
  static func watched(_ figures: SlotFigures, from: Timestamp, length: TimeSpan, after watch: BakeWatch) -> Watched {
    var copy = watch
    if figures.requests > 0 { copy.take(figures, from: from) }
    let evidence = max(copy.logEvidence, -Self.leastEvidence)
    let state = copy.alarms ? "the release has become worse than what was live before" : "nothing has become worse than before the rollout"
    let sentence =
      "\(state): evidence \(EvidenceScale.text(evidence)) of \(EvidenceScale.text(copy.logThreshold)); "
      + "\(figures.errors) of \(Self.requests(figures.requests)) failed"
    return Watched(
      from: from, length: length, figures: figures, verdict: copy.alarms ? .fail : figures.requests > 0 ? .pass : .insufficient,
      logEvidence: evidence, logThreshold: copy.logThreshold, sentence: sentence)
  }

  /// The watch as an alarm, while the previous slot is warm.
  func assessWatch() -> Assessment? {
    guard phase == .baking, let bakeWatch, bakeWatch.alarms else { return nil }
    let what = bakeWatch.worse.isEmpty ? "taken together" : bakeWatch.worse.joined(separator: ", ")
    let sentence = "the release has become worse than what was live before (\(what)): evidence \(EvidenceScale.text(bakeWatch.logEvidence))"
    return Assessment(
      Finding(subject: Reason.anomaly, verdict: .fail, sentence: sentence), failure: Reason(Reason.anomaly, sentence))
  }

  /// Evidence below this is told as this: it means none, and minus infinity is no number for a journal.
  private static let leastEvidence = 50.0
}

extension Reason {
  /// The watch over a promoted release says so.
  package static let anomaly = "anomaly"
}
