import FoundationEssentials

#if canImport(Glibc)
  import Glibc
#else
  import Darwin
#endif

/// Watches one slot, with no other to compare with, against its own time before: after promotion, when all traffic is the new release's.
///
/// Time itself changes traffic, so only what exceeds everything seen before by a stated factor counts. An interval is conspicuous in a stream
/// (error ratio, median, 95th percentile) if its figure exceeds the worst of the n reference blocks times a tolerance. With an
/// independent interval like the blocks that has a probability below q = 1 − (δ/3)^(1/n), save for an unluckily quiet reference, which
/// has probability δ at most over all three streams (the chance that a share q of all blocks has no member among n is (1 − q)ⁿ).
/// The bet "conspicuous in a share θ of intervals" is e = θ/q or (1 − θ)/(1 − q), a bounded one: no single interval decides. The bets,
/// over θ = 0.3, 0.6, 0.95 and the streams, are mixed over onsets as in ``EDetector/Kind/onsets(first:horizon:)``.
///
/// Guarantee: over the whole watch a false alarm has probability at most alpha + δ, if intervals, divided by the tolerance, exceed the worst
/// block no likelier than blocks exceed one another given the past. Drift within the tolerance is covered, and common bursts as far
/// as the reference has seen some; bursts that last for many intervals and of which the reference has none are not.
/// Source: distribution-free tolerance limits (Wilks 1941) for q; the rest is betting, see ``EDetector``.
///
/// Example: 30 blocks: q = 1 − (0.01/3)^(1/30) = 0.1731; θ = 0.95 wins ln(0.95/q) = 1.7023 nats per conspicuous interval.
package struct LiveWatch: Sendable {
  /// What is promised and what is tolerated.
  package struct Design: Hashable, Sendable {
    /// Probability of a false alarm over the whole watch, for a reference that is not unluckily quiet.
    package var alpha: Double
    /// Intervals in which a fault may begin, at least 1: the length of the watch.
    package var horizon: Int
    /// How many times the worst block's error ratio is still like before.
    package var errorTolerance: Double
    /// How many times the worst block's quantiles of response time are still like before.
    package var latencyTolerance: Double
    /// δ, the probability that the reference was unluckily quiet.
    package var unluckyReference: Double

    /// The tolerances cover a reference of 300 s on a daily or hourly swing of ±50 % in errors and ±20 % in response times: from its worst
    /// place, ratios rise to 2 and 4/3 times the highest that it saw.
    package init(
      alpha: Double = 0.01, horizon: Int, errorTolerance: Double = 2, latencyTolerance: Double = 1.4, unluckyReference: Double = 0.01
    ) {
      self.alpha = alpha
      self.horizon = max(1, horizon)
      self.errorTolerance = errorTolerance
      self.latencyTolerance = latencyTolerance
      self.unluckyReference = unluckyReference
    }
  }

  /// What an alarm can be about.
  package enum Stream: Int, CaseIterable, Sendable {
    case errors
    case median
    case percentile95

    /// The quantile that is looked at; `nil` for errors.
    var quantile: Double? {
      switch self {
      case .errors: nil
      case .median: 0.5
      case .percentile95: 0.95
      }
    }
  }

  package let design: Design
  package let bounds: [Double]
  /// Per stream: above this an interval is conspicuous. Errors per request, then in the unit of the bounds; infinite if not watched.
  package let bars: [Double]
  /// q, the largest probability with which an interval like the reference is conspicuous.
  package let conspicuousShare: Double
  /// Fewer requests than this are kept until more have come: half of a usual block.
  package let enoughRequests: Int
  /// Figures of intervals with too few requests, merged.
  private var pending: SlotCounts
  private var detectors: [EDetector]
  /// ln of the evidence that something has become worse; at ln(1/alpha) the alarm.
  package private(set) var logEvidence = -Double.infinity

  /// Fewer blocks than this say too little about what is usual.
  package static let fewestBlocks = 20
  static let conspicuousShares = [0.3, 0.6, 0.95]
  static let streams = Stream.allCases

  /// - Parameters:
  ///   - blocks: of the time before, in intervals as long as those to come, of this release where possible (the bake), else of the one before.
  ///   - bounds: upper bounds of all buckets but the last, in any unit.
  /// - Returns: `nil` with fewer than ``fewestBlocks`` blocks that have requests.
  package init?(design: Design, blocks: [SlotCounts], bounds: [Double]) {
    let used = blocks.filter { $0.isConsistent && $0.requests > 0 }
    guard used.count >= Self.fewestBlocks else { return nil }
    self.design = design
    self.bounds = bounds
    // One more error and request keep the bar above zero after a time without errors.
    let errors = used.map { Double($0.errors + 1) / Double($0.requests + 1) }.max() ?? .infinity
    bars = Self.streams.map { stream in
      guard let share = stream.quantile else { return design.errorTolerance * errors }
      let worst = used.compactMap { histogramQuantile($0.latency, bounds: bounds, share: share) }
      return worst.count == used.count ? design.latencyTolerance * (worst.max() ?? .infinity) : .infinity
    }
    let unlucky = log(design.unluckyReference / Double(Self.streams.count))
    conspicuousShare = -expm1(unlucky / Double(used.count))
    enoughRequests = max(1, used.map(\.requests).sorted()[used.count / 2] / 2)
    pending = SlotCounts(requests: 0, errors: 0, latency: [Int](repeating: 0, count: bounds.count + 1))
    let share = 1 / Double(design.horizon + 1)
    detectors = [EDetector](
      repeating: EDetector(.onsets(first: share, horizon: design.horizon)), count: Self.streams.count * Self.conspicuousShares.count)
  }

  /// Whether the evidence has reached 1/alpha.
  package var alarms: Bool { logEvidence >= -log(design.alpha) }

  /// ln of the evidence of one stream, as if it alone were watched: of the mean of its three detectors' statistics. A stream that is not
  /// watched holds the capital that has entered.
  ///
  /// Example: horizon 9, 30 blocks, one conspicuous interval: ln(0.1 (0.3 + 0.6 + 0.95) / 3 / q) = ln 0.3562.
  package func logEvidence(of stream: Stream) -> Double {
    let count = Self.conspicuousShares.count
    var sum = -Double.infinity
    for index in stream.rawValue * count..<(stream.rawValue + 1) * count { sum = logAddExp(sum, detectors[index].logStatistic) }
    return sum - log(Double(count))
  }

  /// Takes the next interval. Figures that cannot be are left out; few requests wait for more.
  package mutating func observe(_ counts: SlotCounts) {
    guard counts.isConsistent else { return }
    pending.requests += counts.requests
    pending.errors += counts.errors
    if counts.latency.count == pending.latency.count {
      for index in counts.latency.indices { pending.latency[index] += counts.latency[index] }
    }
    guard pending.requests >= enoughRequests else { return }
    logEvidence = -.infinity
    for stream in Self.streams {
      let conspicuous = isConspicuous(stream)
      for index in Self.conspicuousShares.indices {
        detectors[stream.rawValue * Self.conspicuousShares.count + index].observe(
          logEValue: logEValue(conspicuous, share: Self.conspicuousShares[index]))
      }
      logEvidence = logAddExp(logEvidence, logEvidence(of: stream) - log(Double(Self.streams.count)))
    }
    pending.requests = 0
    pending.errors = 0
    for index in pending.latency.indices { pending.latency[index] = 0 }
  }

  /// Whether the pending figures exceed the stream's bar; `nil` if the stream has none or no figure.
  private func isConspicuous(_ stream: Stream) -> Bool? {
    let bar = bars[stream.rawValue]
    guard bar.isFinite else { return nil }
    guard let share = stream.quantile else { return Double(pending.errors) / Double(pending.requests) > bar }
    return histogramQuantile(pending.latency, bounds: bounds, share: share).map { $0 > bar }
  }

  private func logEValue(_ conspicuous: Bool?, share: Double) -> Double {
    guard let conspicuous else { return 0 }
    return conspicuous ? log(share / conspicuousShare) : log((1 - share) / (1 - conspicuousShare))
  }
}
