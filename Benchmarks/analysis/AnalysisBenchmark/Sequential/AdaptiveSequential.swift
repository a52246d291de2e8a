import SlipwayStatistics

#if canImport(Glibc)
  import Glibc
#else
  import Darwin
#endif

/// Evidence against the new version, and a climb that goes on when evidence allows it: up a step when harm is shown absent or the
/// step has lasted long enough, not while there is doubt, and at half of the traffic, where most is learnt, until the end.
struct AdaptiveSequential: Policy {
  /// What the climb depends on.
  struct Climb: Sendable {
    var percents = [5, 10, 25, 50]
    /// Seconds that a step lasts at least, and after which it ends without proof.
    var shortest = 20.0
    var longest = 60.0
    /// Seconds before which nothing is promoted.
    var bake = 300.0
    /// Seconds after which a human is asked.
    var patience = 600.0
    /// Evidence from which on the climb stands still.
    var hold = 2.0
    /// Evidence from which on nothing is promoted.
    var gate = 2.0
    /// Level of the proof that harm is absent.
    var beta = 0.05
  }

  private let climb: Climb
  private let threshold: Double
  private let look: Double
  private let warmup: Int
  private let slow: Int
  private var comparison: SequentialComparison
  private var errors: [NonInferiority]
  private var latency: [NonInferiority]
  private var step = 0
  private var stepStart = 0.0
  private var time = 0.0

  init(_ reference: Reference, alpha: Double, design: ComparisonDesign, climb: Climb = Climb(), looks: Int = 1) {
    self.climb = climb
    threshold = -log(alpha)
    look = Conditions.seconds / Double(looks)
    warmup = design.latencyWarmup
    let known = reference.comparison
    comparison = SequentialComparison(design: design, reference: known)
    slow = known.slowBucket(share: 0.05) ?? Latency.buckets
    let next = (climb.percents.dropFirst() + [100]).map { Double($0) / 100 }
    let load = reference.requestsPerSecond
    errors = next.map { NonInferiority(margin: PromotionMargin.errors(requestsPerSecond: load, nextShare: $0)) }
    latency = next.map { NonInferiority(margin: PromotionMargin.slowRequests(requestsPerSecond: load, nextShare: $0)) }
  }

  var percent: Int { climb.percents[step] }

  mutating func observe(_ interval: Interval) -> Decision {
    time += look
    comparison.observe(interval)
    if interval.seesCanary, interval.seesBaseline { learn(interval) }
    if comparison.logEvidence >= threshold { return .rollBack }
    if comparison.logEvidence < log(climb.hold), mayGoOn {
      if step + 1 < climb.percents.count {
        step += 1
        stepStart = time
      } else if time >= climb.bake - 1e-9, comparison.logEvidence < log(climb.gate) {
        return .promote
      }
    }
    return time >= climb.patience - 1e-9 ? .undecided : .wait
  }

  private var mayGoOn: Bool {
    let lasted = time - stepStart + 1e-9
    if lasted >= climb.longest { return true }
    let needed = -log(climb.beta)
    return lasted >= climb.shortest && errors[step].logEvidence >= needed && latency[step].logEvidence >= needed
  }

  private mutating func learn(_ interval: Interval) {
    let (canary, baseline) = (interval.canary, interval.baseline)
    for index in step..<errors.count {
      errors[index].observe(
        candidateEvents: canary.errors, candidateRequests: canary.requests, stableEvents: baseline.errors,
        stableRequests: baseline.requests)
    }
    guard comparison.intervals > warmup else { return }
    let above = (LatencyShift.slow(canary.histogram, from: slow), LatencyShift.slow(baseline.histogram, from: slow))
    for index in step..<latency.count {
      latency[index].observe(
        candidateEvents: above.0, candidateRequests: canary.requests, stableEvents: above.1, stableRequests: baseline.requests)
    }
  }
}
