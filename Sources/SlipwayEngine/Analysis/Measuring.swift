import FoundationEssentials
import SlipwayModel
import SlipwayStatistics

#if canImport(Glibc)
  import Glibc
#else
  import Darwin
#endif

extension Rollout {
  /// What is to be written down of the figures before anything is judged by them: first a reference, then each block of time that
  /// is over. One block a turn, so that what follows from it follows before the next.
  func measurements(_ observation: Observation, at now: Timestamp) -> [Event] {
    guard plan.analysis != nil, let live = plan.live, let from = measuredUntil, let metrics = observation.metrics else { return [] }
    let reference = comparison == nil ? self.reference(metrics, of: live.slot, before: from) : nil
    guard let block = nextBlock(metrics, of: live.slot, from: from, at: now) else { return [] }
    var copy = comparison
    if let reference { copy = StableComparison(reference, plan) }
    copy?.take(candidate: block.candidate, live: block.live)
    let measured = Measured(
      from: from, length: block.length, candidate: block.candidate, live: block.live, evidence: copy?.evidence,
      sentence: copy?.sentence(block.candidate, block.live) ?? "there is no reference to compare by yet")
    return (reference.map { [.referenceTaken($0)] } ?? []) + [.measured(measured)]
  }

  /// The next block of time, once its figures are there, or once it is clear that they won't come: then it is empty, and as long as
  /// the gap is.
  private func nextBlock(
    _ metrics: MetricSeries, of live: Slot, from: Timestamp, at now: Timestamp
  ) -> (length: TimeSpan, candidate: SlotFigures, live: SlotFigures)? {
    let to = from + StableComparison.block
    let isThere = metrics.asOf.map { $0 >= to } ?? false
    guard isThere || now - to >= Self.longestDelay else { return nil }
    let candidate = metrics.figures(of: candidateSlot, from: from, to: to)
    let figures = metrics.figures(of: live, from: from, to: to)
    if metrics.coverage(from: from, to: to) > .zero { return (StableComparison.block, candidate, figures) }
    let next = metrics.intervals.first { $0.start >= to }?.start ?? now
    let blocks = max(1, (next - from).milliseconds / StableComparison.block.milliseconds)
    return (StableComparison.block * blocks, SlotFigures(), SlotFigures())
  }

  /// The live slot's figures of up to five minutes before; `nil` while there are too few requests to place bets by, unless the
  /// candidate has been waiting for a minute.
  private func reference(_ metrics: MetricSeries, of live: Slot, before end: Timestamp) -> ReferenceTaken? {
    let start = end - Self.referenceTime
    let total = metrics.figures(of: live, from: start, to: end)
    guard total.requests >= Self.fewestForReference || exposedSince.map({ end - $0 >= .minutes(1) }) ?? false else { return nil }
    var blocks: [[Int]] = []
    var from = start
    while from < end {
      let figures = metrics.counts(of: live, from: from, to: from + StableComparison.block)
      if metrics.coverage(from: from, to: from + StableComparison.block) > .zero { blocks.append([figures.requests, figures.errors]) }
      from = from + StableComparison.block
    }
    return ReferenceTaken(from: start, to: end, blocks: blocks, latency: total.latency)
  }

  /// Figures that have not come by then are lost.
  private static let longestDelay = TimeSpan.seconds(30)
  private static let referenceTime = TimeSpan.minutes(5)
  private static let fewestForReference = 100
}

extension StableComparison {
  /// The comparison that a plan asks for, by what was known before.
  init(_ taken: ReferenceTaken, _ plan: Plan) {
    let blocks = taken.blocks.filter { $0.count == 2 }.map { ReferenceBlock(requests: $0[0], events: $0[1]) }
    let requests = blocks.reduce(0) { $0 + $1.requests }
    let seconds = max(1, Double(blocks.count) * Double(Self.block.milliseconds) / 1000)
    self.init(
      plan.comparisonSetting, reference: ComparisonReference(blocks: blocks, histogram: taken.latency.counts),
      requestsPerSecond: Double(requests) / seconds)
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
  func sentence(_ candidate: SlotFigures, _ live: SlotFigures) -> String {
    let counts =
      "\(candidate.errors) of \(Rollout.requests(candidate.requests)) failed against \(live.errors) of \(live.requests)"
    if candidate.requests == 0 || live.requests == 0 { return "no evidence in this block: \(counts)" }
    let threshold = Self.show(logThreshold)
    let state =
      isWorse
      ? "the candidate is worse than stable" : isInDoubt ? "doubt whether the candidate is worse" : "nothing speaks against the candidate"
    let leading = logEvidence > 0 ? process.leading.map { ", most of it for \($0.name)" } ?? "" : ""
    return "\(state): evidence \(Self.show(logEvidence)) of \(threshold)\(leading); \(counts)"
  }

  /// exp of a logarithm, in a few digits: `0.32`, `4.1`, `1200`, `10^15`.
  static func show(_ logarithm: Double) -> String {
    let decimal = logarithm / log(10.0)
    if decimal > 6 { return "10^\(Int(decimal))" }
    let value = exp(logarithm)
    if value >= 10 { return "\(Int(value.rounded()))" }
    return "\((value * 100).rounded() / 100)"
  }
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
    return ComparisonSetting(
      alpha: (analysis ?? AnalysisSpec()).alpha.ratio, metrics: Set(compared),
      horizon: max(60, Int(time.milliseconds / StableComparison.block.milliseconds)), nextShares: next)
  }
}
