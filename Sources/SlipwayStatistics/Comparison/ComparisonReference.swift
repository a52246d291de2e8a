/// One block of time of the stable slot before the rollout, commonly 10 s.
package struct ReferenceBlock: Hashable, Sendable {
  /// Requests, or what the events are counted per.
  package var requests: Int
  package var events: Int
  /// The events of two like halves of the slot (one half of its replicas each), where the source can tell them apart.
  package var halves: Halves?

  package init(requests: Int, events: Int, halves: Halves? = nil) {
    self.requests = requests
    self.events = events
    self.halves = halves
  }

  /// Events of the same block of time, by half of the replicas.
  package struct Halves: Hashable, Sendable {
    package let first: Int
    package let second: Int

    package init(first: Int, second: Int) {
      self.first = first
      self.second = second
    }
  }
}

/// How often events came before the rollout, and how unevenly.
package struct ReferenceRate: Hashable, Sendable {
  /// p, events per request.
  package let rate: Double
  /// CV² between the halves of the slot; 0 when the source cannot tell halves apart, and the guard then finds nothing to guard.
  package let squaredVariation: Double

  /// The share of blocks, those with the lowest rates, that the rate is taken from: bursts before the rollout are not the rule.
  static let keptShare = 0.8
  /// Taken when there was no request before the rollout. A wrong rate costs power, not validity.
  static let assumedRate = 0.01

  /// p = (events + 1) / (requests + 1) over the four fifths of the blocks with the lowest rates (30 blocks: 24), earlier ones first
  /// among equals. The additional one keeps p above zero. Blocks without requests are left out.
  ///
  /// Example: blocks 0 of 100, 1 of 100, 2 of 100, 3 of 100, 40 of 100: four are kept, p = 7 / 401.
  ///
  /// - Parameter reduction: standard errors that the estimate of CV² is reduced by.
  package init(blocks: [ReferenceBlock], reduction: Double = 0) {
    let used = blocks.filter { $0.requests > 0 && $0.events >= 0 }
    let ranked = used.enumerated().sorted { a, b in
      let left = Double(a.element.events) / Double(a.element.requests)
      let right = Double(b.element.events) / Double(b.element.requests)
      return left != right ? left < right : a.offset < b.offset
    }
    let kept = ranked.prefix(Int((Double(used.count) * Self.keptShare).rounded(.up)))
    let events = kept.reduce(0) { $0 + $1.element.events }
    let requests = kept.reduce(0) { $0 + $1.element.requests }
    rate = used.isEmpty ? Self.assumedRate : Double(events + 1) / Double(requests + 1)
    let halves = blocks.compactMap(\.halves)
    squaredVariation = Overdispersion.squaredVariation(
      first: halves.map(\.first), second: halves.map(\.second), reduction: reduction)
  }
}

/// What is known of the stable slot from before the rollout. It steers where the bets are placed; a reference that is off costs
/// power and never makes a false alarm likelier.
package struct ComparisonReference: Hashable, Sendable {
  package let errors: ReferenceRate
  /// One per counter of the design, by index.
  package let counters: [ReferenceRate]
  /// Requests per bucket. Empty, or without requests: latency is not compared.
  package let histogram: [Int]
  /// The normal score of each bucket, see ``LatencyShift/scores(ofReference:)``; empty without a histogram.
  package let scores: [Double]

  /// - Parameter reduction: see ``ReferenceRate/init(blocks:reduction:)``.
  package init(blocks: [ReferenceBlock], histogram: [Int], counters: [[ReferenceBlock]] = [], reduction: Double = 0) {
    errors = ReferenceRate(blocks: blocks, reduction: reduction)
    self.counters = counters.map { ReferenceRate(blocks: $0, reduction: reduction) }
    self.histogram = histogram
    scores = LatencyShift.scores(ofReference: histogram)
  }

  /// The first bucket above the response time that about `share` of the requests exceeded; `nil` without a histogram.
  package func slowBucket(share: Double) -> Int? { LatencyShift.slowBucket(ofReference: histogram, share: share) }
}
