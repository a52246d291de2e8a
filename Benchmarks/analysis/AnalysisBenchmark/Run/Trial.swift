/// What one run under one policy came to.
struct Outcome: Sendable, Equatable {
  var decision: Decision
  /// Seconds from the start to the decision.
  var time: Double
  /// Bad requests that the new version cost, until the rollback or until 300 s after the promotion.
  var hurt: Double
  /// The same with the time after a promotion charged at the mean share of errors, without the wave: so the reference charges
  /// policies that set their own pace.
  var hurtAtMeanErrors: Double
  /// Requests that the canary got before the decision.
  var canaryRequests: Int
  /// Seconds until half of the traffic went to the canary, when it came to that.
  var timeToHalf: Double?
}

/// One run of a scenario under one policy.
enum Trial {
  private static let watch = 300.0
  /// Enough for every policy: the slowest decides after 2500 s.
  private static let limit = 400

  static func run(_ named: NamedPolicy, _ traffic: inout Traffic, _ reference: Reference) -> Outcome {
    var policy = named.make(reference)
    var outcome = Outcome(decision: .undecided, time: 0, hurt: 0, hurtAtMeanErrors: 0, canaryRequests: 0)
    let look = Conditions.seconds / Double(named.looks)
    for number in 0..<(limit * named.looks) {
      let (interval, part) = number.quotientAndRemainder(dividingBy: named.looks)
      let percent = policy.percent
      if percent >= 50, outcome.timeToHalf == nil { outcome.timeToHalf = outcome.time }
      let seen = traffic.interval(interval, percent: percent, part: part, of: named.looks)
      outcome.hurt += Double(seen.canary.requests) * traffic.conditions[interval].excess
      outcome.canaryRequests += seen.canary.requests
      outcome.time = Double(number + 1) * look
      outcome.decision = policy.observe(seen)
      if outcome.decision != .wait { break }
    }
    outcome.hurtAtMeanErrors = outcome.hurt
    if outcome.decision == .promote {
      let after = afterPromotion(at: outcome.time, &traffic)
      outcome.hurt += after.withWave
      outcome.hurtAtMeanErrors += after.atMeanErrors
    }
    return outcome
  }

  /// Expected bad requests of all traffic while a promoted version is watched.
  private static func afterPromotion(at time: Double, _ traffic: inout Traffic) -> (withWave: Double, atMeanErrors: Double) {
    var hurt = (withWave: 0.0, atMeanErrors: 0.0)
    var from = time
    while from < time + watch - 1e-9 {
      let interval = Int((from + 1e-9) / Conditions.seconds)
      let to = min(Double(interval + 1) * Conditions.seconds, time + watch)
      let moment = traffic.conditions[interval]
      let requests = (to - from) * traffic.scenario.requestsPerSecond * moment.load
      hurt.withWave += requests * moment.excess
      hurt.atMeanErrors += requests * traffic.conditions.meanExcess
      from = to
    }
    return hurt
  }
}
