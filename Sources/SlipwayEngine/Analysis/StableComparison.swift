import SlipwayModel
import SlipwayStatistics

/// What a comparison is to find out, fixed before the candidate gets traffic.
package struct ComparisonSetting: Hashable, Sendable {
  /// How likely it may be at most that a release that is no worse is sent back, 0...1.
  package let alpha: Double
  /// What is compared.
  package let metrics: Set<ComparedMetric>
  /// Time within which a fault may begin to show.
  package let duration: TimeSpan
  /// The shares, 0...1, that the candidate gets after the steps that end as soon as it is safe, by the step's index.
  package let nextShares: [Int: Double]
  /// How much worse the candidate may be, as a share of the live slot's figure; a metric that is missing: not at all.
  package let tolerances: [ComparedMetric: Double]

  package init(
    alpha: Double, metrics: Set<ComparedMetric>, duration: TimeSpan, nextShares: [Int: Double], tolerances: [ComparedMetric: Double] = [:]
  ) {
    self.alpha = alpha
    self.metrics = metrics
    self.duration = duration
    self.nextShares = nextShares
    self.tolerances = tolerances
  }
}

/// Whether the candidate is worse than the live slot, and whether it is shown to be no worse: the evidence so far.
///
/// Two questions, two processes. One gathers evidence that the candidate is worse in any way that matters; when it reaches 1/alpha
/// the release goes back. For each step that ends as soon as it is safe, another gathers evidence that the candidate is no worse
/// than a margin which grows smaller with the share that comes next. Both are valid at every look (docs/statistics.md).
package struct StableComparison: Sendable {
  /// The reference is cut into blocks of this length, and so is time while there is none.
  package static let referenceBlock = TimeSpan.seconds(10)
  /// Evidence is gathered by blocks of this length: shorter ones where there is enough traffic.
  package let block: TimeSpan
  /// Below this many times the starting capital nothing speaks against the candidate; from there on nothing advances.
  package static let doubt = 2.0
  /// Evidence for harmlessness that lets a step end early: one release in twenty that is worse by the margin gets it.
  package static let safety = 20.0

  /// What the comparison is to find out.
  package let setting: ComparisonSetting
  /// The evidence that the candidate is worse.
  package private(set) var process: SequentialComparison
  /// Whether requests are divided as they should be.
  package private(set) var splitCheck = SplitCheck()
  /// The evidence that it is harmless, for each step that waits for that, in order.
  package private(set) var promotions: [PromotionTest]
  /// The bucket that the candidate's requests in each bucket are counted in; empty: the same. See ``LatencyHistogram/buckets(shortenedBy:)``.
  let toleratedBuckets: [Int]

  /// - Parameter requestsPerSecond: of both slots, before the rollout.
  package init(_ setting: ComparisonSetting, reference: ComparisonReference, requestsPerSecond rate: Double) {
    self.setting = setting
    let look = ComparisonDesign.shippedLook(requestsPerSecond: rate)
    block = .seconds(Int64(look))
    var design = ComparisonDesign.shipped(look: look, duration: Double(setting.duration.milliseconds) / 1000)
    design.families.removeAll { family in
      switch family.alternatives {
      case .errors, .counter: !setting.metrics.contains(.errorRate)
      case .shift, .tail: !setting.metrics.contains(.latency)
      }
    }
    design.errorTolerance = setting.tolerances[.errorRate] ?? 0
    toleratedBuckets = setting.tolerances[.latency].map { LatencyHistogram.buckets(shortenedBy: 1 + $0) } ?? []
    process = SequentialComparison(design: design, reference: reference)
    promotions = setting.nextShares.sorted { $0.key < $1.key }.map { step, share in
      PromotionTest(step: step, nextShare: share, requestsPerSecond: rate, setting, reference)
    }
  }

  /// The evidence that the candidate is worse, as a natural logarithm; 0 at the start.
  package var logEvidence: Double { process.logEvidence }
  /// ln(1/alpha): evidence that sends the candidate back.
  package var logThreshold: Double { EvidenceScale.logarithm(ofMultiple: 1 / setting.alpha) }

  /// Shown to be worse: it goes back. What was once shown stays shown.
  package var isWorse: Bool { process.peakLogEvidence >= logThreshold }

  /// Something speaks against the candidate, though not enough to send it back.
  package var isInDoubt: Bool { logEvidence >= EvidenceScale.logarithm(ofMultiple: Self.doubt) }

  /// The evidence leans against the candidate, however little: nothing is promoted to all of the traffic then.
  package var isLeaning: Bool { logEvidence >= 0 }

  /// Shown to be harmless enough for the share that follows a step.
  package func isSafe(toLeave step: Int) -> Bool {
    promotions.first { $0.step == step }.map { $0.logEvidence >= EvidenceScale.logarithm(ofMultiple: Self.safety) } ?? false
  }

  /// Takes in a block of time. One without requests of both slots says nothing.
  ///
  /// - Parameter share: the candidate's share of requests, 0...1, where they are assigned one by one; `nil` otherwise.
  package mutating func take(candidate: SlotFigures, live: SlotFigures, share: Double?) {
    if let share { splitCheck.observe(candidate: candidate.requests, stable: live.requests, share: share) }
    take(candidate: SlotCounts(candidate), live: SlotCounts(live))
  }

  /// The same for counts, with the buckets of the reference.
  package mutating func take(candidate: SlotCounts, live: SlotCounts) {
    let candidate = tolerated(candidate)
    let isWarm = process.intervals >= process.design.latencyWarmup
    process.observe(candidate: candidate, stable: live)
    for index in promotions.indices { promotions[index].take(candidate, live, latency: isWarm) }
  }

  /// The candidate's counts with its response times as much shorter as is tolerated.
  private func tolerated(_ candidate: SlotCounts) -> SlotCounts {
    guard !toleratedBuckets.isEmpty, candidate.latency.count == toleratedBuckets.count else { return candidate }
    var shortened = candidate
    for bucket in shortened.latency.indices { shortened.latency[bucket] = 0 }
    for (bucket, place) in toleratedBuckets.enumerated() { shortened.latency[place] += candidate.latency[bucket] }
    return shortened
  }

  /// Time passes for which figures are missing.
  package mutating func skip() { process.observeGap() }
}

/// Evidence that the candidate is not worse than the live slot by more than a margin, for one step.
package struct PromotionTest: Hashable, Sendable {
  /// Index of the step into the plan's steps.
  package let step: Int
  /// For failed requests; `nil` when they are not compared.
  package private(set) var errors: NonInferiority?
  /// For requests slower than the 95th percentile of the reference; `nil` when latency is not compared or not known.
  package private(set) var slow: NonInferiority?
  private let slowBucket: Int

  fileprivate init(
    step: Int, nextShare: Double, requestsPerSecond rate: Double, _ setting: ComparisonSetting, _ reference: ComparisonReference
  ) {
    self.step = step
    let metrics = setting.metrics
    slowBucket = reference.slowBucket(share: 0.05) ?? .max
    if metrics.contains(.errorRate) {
      errors = NonInferiority(
        margin: PromotionMargin.errors(requestsPerSecond: rate, nextShare: nextShare), tolerance: setting.tolerances[.errorRate] ?? 0)
    }
    if metrics.contains(.latency), slowBucket < .max {
      slow = NonInferiority(margin: PromotionMargin.slowRequests(requestsPerSecond: rate, nextShare: nextShare))
    }
  }

  /// The weakest of them: all have to be shown (an intersection–union test needs no correction).
  package var logEvidence: Double { [errors, slow].compactMap { $0?.logEvidence }.min() ?? 0 }

  fileprivate mutating func take(_ candidate: SlotCounts, _ live: SlotCounts, latency isWarm: Bool) {
    errors?.observe(
      candidateEvents: candidate.errors, candidateRequests: candidate.requests, stableEvents: live.errors,
      stableRequests: live.requests)
    guard isWarm, slow != nil else { return }
    slow?.observe(
      candidateEvents: LatencyShift.slow(candidate.latency, from: slowBucket),
      candidateRequests: LatencyShift.slow(candidate.latency, from: 0),
      stableEvents: LatencyShift.slow(live.latency, from: slowBucket), stableRequests: LatencyShift.slow(live.latency, from: 0))
  }
}

extension LatencyHistogram {
  /// For each bucket the one that its lower bound falls into when times are divided by a factor of at least 1.
  ///
  /// A bucket does not tell where in it a time lies, so the lower bound stands for all: nothing is counted as slower than it may be. What
  /// is tolerated is thereby up to one bucket, an eighth, more than the factor.
  package static func buckets(shortenedBy factor: Double) -> [Int] {
    (0..<bucketCount).map { index in
      let lower = index == 0 ? 0 : upperBoundMicroseconds(ofBucket: index - 1)
      return bucket(ofMicroseconds: Int(Double(lower) / factor))
    }
  }
}

extension SlotCounts {
  init(_ figures: SlotFigures) {
    self.init(requests: figures.requests, errors: figures.errors, latency: figures.latency.counts)
  }
}

/// The same figures give the same evidence, so a comparison is as its inputs are.
extension StableComparison: Hashable {
  package static func == (one: StableComparison, other: StableComparison) -> Bool {
    one.setting == other.setting && one.process.reference == other.process.reference
      && one.process.intervals == other.process.intervals && one.logEvidence == other.logEvidence && one.promotions == other.promotions
      && one.splitCheck == other.splitCheck
  }

  package func hash(into hasher: inout Hasher) {
    hasher.combine(process.intervals)
    hasher.combine(logEvidence)
  }
}
