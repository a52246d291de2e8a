import SlipwayModel
import SlipwayStatistics

/// The watch over a promoted release: with no other slot to compare with, its figures are held against those of the release before.
///
/// Three stretches with blocks that grow: 10 s in the first half hour, a minute until two hours, five minutes until a day. Each gets a
/// third of alpha, so the stated rate of false alarms is that of the whole watch.
package struct BakeWatch: Sendable {
  /// A stretch of the bake, by its age.
  struct Stretch: Hashable, Sendable {
    let until: TimeSpan
    let block: TimeSpan
  }

  static let stretches = [
    Stretch(until: .minutes(30), block: .seconds(10)), Stretch(until: .hours(2), block: .minutes(1)),
    Stretch(until: .hours(24), block: .minutes(5)),
  ]

  /// When the watch began.
  package let start: Timestamp
  private let alpha: Double
  private var watches: [LiveWatch]
  private var blocks = 0

  /// - Returns: `nil` when too little is known of the time before: then there is nothing to hold the figures against.
  package init?(_ reference: ReferenceTaken, _ analysis: AnalysisSpec, start: Timestamp) {
    self.start = start
    alpha = analysis.alpha.ratio / Double(Self.stretches.count)
    let before = reference.blocks.map { SlotCounts($0) }
    var begin = TimeSpan.zero
    watches = []
    for stretch in Self.stretches {
      let horizon = Int((stretch.until - begin).milliseconds / stretch.block.milliseconds)
      // What was tolerated on the way is tolerated afterwards as well.
      var design = LiveWatch.Design(alpha: alpha, horizon: horizon)
      design.errorTolerance *= 1 + (analysis.errorTolerance?.ratio ?? 0)
      design.latencyTolerance *= 1 + (analysis.latencyTolerance?.ratio ?? 0)
      guard let watch = LiveWatch(design: design, blocks: before, bounds: LatencyHistogram.upperBounds) else { return nil }
      watches.append(watch)
      begin = stretch.until
    }
  }

  /// The length of the block that begins at an instant; `nil` once the watch is over.
  func block(at instant: Timestamp) -> TimeSpan? { stretch(at: instant).map { Self.stretches[$0].block } }

  private func stretch(at instant: Timestamp) -> Int? {
    Self.stretches.firstIndex { instant - start < $0.until }
  }

  /// Takes in the block that begins at an instant.
  mutating func take(_ figures: SlotFigures, from instant: Timestamp) {
    guard let stretch = stretch(at: instant) else { return }
    watches[stretch].observe(SlotCounts(figures))
    blocks += 1
  }

  /// ln of the strongest evidence of the stretches that something has become worse; below 0 while there is none.
  package var logEvidence: Double { watches.map(\.logEvidence).max() ?? 0 }
  /// ln of what raises the alarm.
  package var logThreshold: Double { EvidenceScale.logarithm(ofMultiple: 1 / alpha) }
  /// Whether something has become worse than it was before the rollout.
  package var alarms: Bool { watches.contains(where: \.alarms) }

  /// What has become worse, in words.
  var worse: [String] {
    let threshold = logThreshold
    return LiveWatch.Stream.allCases.filter { stream in watches.contains { $0.logEvidence(of: stream) >= threshold } }.map(\.words)
  }
}

extension LiveWatch.Stream {
  fileprivate var words: String {
    switch self {
    case .errors: "its error rate"
    case .median: "its median response time"
    case .percentile95: "its p95"
    }
  }
}

extension LatencyHistogram {
  /// The upper bounds of all buckets but the last, in microseconds.
  static let upperBounds = (0..<bucketCount - 1).map { Double(upperBoundMicroseconds(ofBucket: $0)) }
}

/// The same figures give the same evidence, so a watch is as its inputs are.
extension BakeWatch: Hashable {
  package static func == (one: BakeWatch, other: BakeWatch) -> Bool {
    one.start == other.start && one.alpha == other.alpha && one.blocks == other.blocks && one.logEvidence == other.logEvidence
  }

  package func hash(into hasher: inout Hasher) {
    hasher.combine(start)
    hasher.combine(blocks)
  }
}
