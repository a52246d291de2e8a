import SlipwayEngine
import SlipwayModel
import SlipwayStatistics

/// What a criterion of a step is judged by.
struct Basis: Hashable, Sendable {
  /// Requests of the candidate at the end of the hold.
  var requests: Int
  /// Requests of the live slot meanwhile.
  var control: Double
  /// Requests of the candidate per second after that.
  var rate: Double
  /// How long a figure that neither passes nor fails is waited for after the hold.
  var patience: TimeSpan
}

/// How likely a release is to satisfy a criterion, by the engine's own arithmetic: it counts failed requests for error rates
/// and requests beyond the bound for percentiles, so that the number is binomial; at the end of the hold it passes the
/// release, fails it when chance is unlikely, or looks again each second until its patience ends.
///
/// The live slot's figures are taken as their expectation. Latencies are taken as exact where the engine has buckets. That a
/// release may fail before the hold is over is left out: what is said to pass is an upper bound there.
struct Odds: Hashable, Sendable {
  let traffic: StatedTraffic

  /// The bound as a number: a ratio, or milliseconds.
  ///
  /// - Parameter control: requests that the live slot answers meanwhile.
  func limit(of criterion: Criterion, control: Double) -> Double {
    switch criterion.bound {
    case .percentage(let share): return share.ratio
    case .time(let time): return Double(time.milliseconds)
    case .number(let number): return number
    case .baseline(let factor):
      guard criterion.metric == .errorRate else { return factor * traffic.figure(criterion.metric, of: traffic.healthy) }
      return min(1, factor * (control * traffic.errorRate + 0.5) / (control + 1))
    }
  }

  /// P(the release passes a success criterion, at the end of the hold or later).
  func passes(_ criterion: Criterion, _ basis: Basis, _ release: Suspect) -> Double {
    let limit = limit(of: criterion, control: basis.control)
    guard basis.requests > 0 else { return 0 }
    if let streak = criterion.streak { return passes(streak, of: criterion, limit, basis, release) }
    // A window does not grow with time: waiting brings other requests, not more of them.
    let later = criterion.window == nil ? basis.patience : .zero
    switch criterion.metric {
    case .errorRate:
      let gate = CountingGate(tolerated: limit, isStrict: criterion.comparison == .less)
      return gate.passes(release.errorRate, basis, for: later)
    case .p50, .p90, .p95, .p99:
      let gate = CountingGate(tolerated: 1 - (criterion.metric.quantile ?? 0.5), isStrict: false)
      return gate.passes(traffic.share(slowerThan: limit, factor: release.latencyFactor), basis, for: later)
    case .responseTime:
      let mean = traffic.mean * release.latencyFactor
      let deviation = traffic.deviation * release.latencyFactor / Double(basis.requests).squareRoot()
      return Elementary.normalArea((limit - mean) / deviation)
    // What is read elsewhere is not simulated, and left out before: see EnvironmentSpec.withoutReadings.
    case .reading: return 1
    }
  }

  /// P(a trigger's window sends the rollout back): its condition holds and chance is unlikely (1 in 100).
  func fires(_ trigger: Criterion, requests: Int, control: Double, _ release: Suspect) -> Double {
    guard requests >= Self.fewest else { return 0 }
    let limit = limit(of: trigger, control: control)
    if let streak = trigger.streak {
      let odds = fails(trigger, limit, requests: requests / max(1, streak.failures), release)
      return (0..<streak.failures).reduce(1) { product, _ in product * odds }
    }
    let (tolerated, actual): (Double, Double)
    switch trigger.metric {
    case .errorRate: (tolerated, actual) = (limit, release.errorRate)
    case .p50, .p90, .p95, .p99:
      tolerated = 1 - (trigger.metric.quantile ?? 0.5)
      actual = traffic.share(slowerThan: limit, factor: release.latencyFactor)
    case .responseTime:
      return 1 - Elementary.normalArea((limit - traffic.mean * release.latencyFactor) / (traffic.deviation / Double(requests).squareRoot()))
    case .reading: return 0
    }
    var needed = min(requests, Int(Double(requests) * tolerated) + 1)
    while needed <= requests, binomialUpperTail(atLeast: needed, of: requests, probability: tolerated) >= Self.unlikely { needed += 1 }
    return needed > requests ? 0 : binomialUpperTail(atLeast: needed, of: requests, probability: actual)
  }

  /// The mildest release of a kind that a criterion stops with 95 % certainty: its error rate, or its factor on response
  /// times; `nil` when not even one that fails always, or is 1000 times slower, is stopped.
  func detects(_ criterion: Criterion, _ basis: Basis) -> Double? {
    guard basis.requests > 0 else { return nil }
    return mildest(isErrors: criterion.metric == .errorRate) { passes(criterion, basis, $0) <= Self.tolerated }
  }

  /// The mildest release with more errors, or with longer response times, that is stopped; `nil` when the severest isn't.
  func mildest(isErrors: Bool, _ isStopped: (Suspect) -> Bool) -> Double? {
    func stops(_ value: Double) -> Bool {
      isStopped(isErrors ? Suspect(errorRate: value, latencyFactor: 1) : Suspect(errorRate: 0, latencyFactor: value))
    }
    var (mild, severe) = isErrors ? (0.0, 1.0) : (1.0, 1000.0)
    guard stops(severe) else { return nil }
    for _ in 0..<20 {
      let middle = isErrors ? (mild + severe) / 2 : (mild * severe).squareRoot()
      if stops(middle) { severe = middle } else { mild = middle }
    }
    return severe
  }

  /// A release that is clearly beyond a criterion: twice the tolerated errors, or half as slow again as tolerated.
  func beyond(_ criterion: Criterion, control: Double) -> Suspect {
    let limit = limit(of: criterion, control: control)
    if criterion.metric == .errorRate { return Suspect(errorRate: min(1, 2 * limit), latencyFactor: 1) }
    let factor = max(1, limit / traffic.figure(criterion.metric, of: traffic.healthy))
    return Suspect(errorRate: traffic.errorRate, latencyFactor: 1.5 * factor)
  }

  /// The fewest requests over which a criterion passes a healthy release (99 %) and stops a bad one (95 %); `nil` when not
  /// even a million are enough.
  ///
  /// - Parameter basis: how fast requests come, and how long they are waited for.
  func fewestRequests(_ criterion: Criterion, against bad: Suspect, _ basis: Basis) -> Int? {
    func suffice(_ requests: Int) -> Bool {
      var basis = basis
      basis.requests = requests
      basis.control = Double(requests)
      return passes(criterion, basis, bad) <= Self.tolerated && passes(criterion, basis, traffic.healthy) >= Self.certain
    }
    guard var enough = (4...20).lazy.map({ 1 << $0 }).first(where: suffice) else { return nil }
    // More requests can tell more, but for the odd step of whole numbers: to within a fiftieth is near enough.
    var few = enough / 2
    while enough - few > max(1, enough / 50) {
      let middle = (few + enough) / 2
      if suffice(middle) { enough = middle } else { few = middle }
    }
    return enough
  }

  /// How often a release that is clearly beyond a bound may pass.
  static let tolerated = 0.05
  /// How often a healthy release has to pass.
  static let certain = 0.99
  private static let fewest = 5
  private static let unlikely = 0.01
}
