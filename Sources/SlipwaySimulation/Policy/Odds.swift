import SlipwayEngine
import SlipwayModel
import SlipwayStatistics

/// How likely a release is to satisfy a criterion over a number of requests, by the engine's own arithmetic: it counts
/// failed requests for error rates and requests beyond the bound for percentiles, so that the number is binomial.
///
/// The live slot's figures are taken as their expectation. Latencies are taken as exact where the engine has buckets.
struct Odds: Hashable, Sendable {
  let traffic: StatedTraffic

  /// The bound as a number: a ratio, or milliseconds.
  ///
  /// - Parameter control: requests that the live slot answers meanwhile.
  func limit(of criterion: Criterion, control: Double) -> Double {
    switch criterion.bound {
    case .percentage(let share): return share.ratio
    case .time(let time): return Double(time.milliseconds)
    case .baseline(let factor):
      guard criterion.metric == .errorRate else { return factor * traffic.figure(criterion.metric, of: traffic.healthy) }
      return min(1, factor * (control * traffic.errorRate + 0.5) / (control + 1))
    }
  }

  /// P(the figure satisfies a success criterion over `requests`).
  func passes(_ criterion: Criterion, requests: Int, control: Double, _ release: Suspect) -> Double {
    let limit = limit(of: criterion, control: control)
    guard requests > 0 else { return 0 }
    let n = Double(requests)
    switch criterion.metric {
    case .errorRate:
      let isStrict = criterion.comparison == .less
      let most = isStrict ? (n * limit).rounded(.up) - 1 : (n * limit).rounded(.down)
      return Self.atMost(most, of: requests, release.errorRate)
    case .p50, .p90, .p95, .p99:
      let share = criterion.metric.quantile ?? 0.5
      let beyond = traffic.share(slowerThan: limit, factor: release.latencyFactor)
      return Self.atMost((n * (1 - share)).rounded(.down), of: requests, beyond)
    case .responseTime:
      let mean = traffic.mean * release.latencyFactor
      return Elementary.normalArea((limit - mean) / (traffic.deviation * release.latencyFactor / n.squareRoot()))
    }
  }

  /// P(a trigger's window sends the rollout back): its condition holds and chance is unlikely (1 in 100).
  func fires(_ trigger: Criterion, requests: Int, control: Double, _ release: Suspect) -> Double {
    guard requests >= Self.fewest else { return 0 }
    let limit = limit(of: trigger, control: control)
    let (tolerated, actual): (Double, Double)
    switch trigger.metric {
    case .errorRate: (tolerated, actual) = (limit, release.errorRate)
    case .p50, .p90, .p95, .p99:
      tolerated = 1 - (trigger.metric.quantile ?? 0.5)
      actual = traffic.share(slowerThan: limit, factor: release.latencyFactor)
    case .responseTime:
      return 1 - Elementary.normalArea((limit - traffic.mean * release.latencyFactor) / (traffic.deviation / Double(requests).squareRoot()))
    }
    var needed = min(requests, Int(Double(requests) * tolerated) + 1)
    while needed <= requests, binomialUpperTail(atLeast: needed, of: requests, probability: tolerated) >= Self.unlikely { needed += 1 }
    return needed > requests ? 0 : binomialUpperTail(atLeast: needed, of: requests, probability: actual)
  }

  /// The mildest release of a kind that a criterion stops with 95 % certainty: its error rate, or its factor on response
  /// times; `nil` when not even one that fails always, or is 1000 times slower, is stopped.
  func detects(_ criterion: Criterion, requests: Int, control: Double) -> Double? {
    let isErrors = criterion.metric == .errorRate
    func passes(_ value: Double) -> Double {
      let release = isErrors ? Suspect(errorRate: value, latencyFactor: 1) : Suspect(errorRate: 0, latencyFactor: value)
      return self.passes(criterion, requests: requests, control: control, release)
    }
    var (mild, severe) = isErrors ? (0.0, 1.0) : (1.0, 1000.0)
    guard requests > 0, passes(severe) <= Self.tolerated else { return nil }
    for _ in 0..<40 {
      let middle = isErrors ? (mild + severe) / 2 : (mild * severe).squareRoot()
      if passes(middle) <= Self.tolerated { severe = middle } else { mild = middle }
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
  func fewestRequests(_ criterion: Criterion, against bad: Suspect) -> Int? {
    var requests = 10
    while requests <= 1_000_000 {
      let isSafe = passes(criterion, requests: requests, control: Double(requests), bad) <= Self.tolerated
      if isSafe, passes(criterion, requests: requests, control: Double(requests), traffic.healthy) >= Self.certain { return requests }
      requests += max(5, requests / 50)
    }
    return nil
  }

  /// How often a release that is clearly beyond a bound may pass.
  static let tolerated = 0.05
  /// How often a healthy release has to pass.
  static let certain = 0.99
  private static let fewest = 5
  private static let unlikely = 0.01

  private static func atMost(_ count: Double, of total: Int, _ probability: Double) -> Double {
    if count < 0 { return 0 }
    let next = Int(min(Double(total), count)) + 1
    return next > total ? 1 : 1 - binomialUpperTail(atLeast: next, of: total, probability: min(1, max(0, probability)))
  }
}
