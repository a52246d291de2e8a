import SlipwayModel

/// How a slot's figures compare with a bound: the figure itself, and how surprising it is if the truth lay at the bound.
///
/// Every metric but the mean comes down to counting: failed requests for an error rate, requests slower than the bound for
/// a percentile. The number of such requests is then binomial, so chance can be told from evidence at any number of
/// requests.
struct Evidence: Equatable, Sendable {
  /// A ratio for error rates, milliseconds for latencies.
  let value: Double
  let bound: Double
  let requests: Int
  /// How surprising it is if the truth lay at the bound; `nil` for the mean, which has no counts.
  let chance: Chance?
  var surprise: Double? { chance?.probability }

  /// Compares a candidate's figures with a criterion's bound.
  ///
  /// - Parameters:
  ///   - control: the live slot's figures; asked for only by a bound that is a multiple of the baseline.
  /// - Returns: `nil` when there is nothing to compare: no requests, or no control.
  static func compare(_ figures: SlotFigures, with criterion: Criterion, control: @autoclosure () -> SlotFigures?) -> Evidence? {
    switch criterion.metric {
    case .errorRate: errorRate(figures, criterion.bound, control)
    case .responseTime: mean(figures, criterion.bound, control)
    case .p50, .p90, .p95, .p99: quantile(figures, criterion.metric, criterion.bound, control)
    // Readings are no counts: see Readings.swift.
    case .reading: nil
    }
  }

  private static func errorRate(_ figures: SlotFigures, _ bound: Bound, _ control: () -> SlotFigures?) -> Evidence? {
    guard figures.requests > 0 else { return nil }
    let limit: Double
    switch bound {
    case .percentage(let share): limit = share.ratio
    case .time, .number: return nil
    case .baseline(let factor):
      guard let control = control(), control.requests > 0 else { return nil }
      // Half an error more than seen: a control without errors does not make the first error of the candidate a proof.
      limit = min(1, factor * (Double(control.errors) + 0.5) / (Double(control.requests) + 1))
    }
    return Evidence(figures, toleratedErrors: limit)
  }

  private static func quantile(_ figures: SlotFigures, _ metric: Metric, _ bound: Bound, _ control: () -> SlotFigures?) -> Evidence? {
    guard let share = metric.quantile, let value = figures.latency.interpolatedQuantile(share),
      let limit = latencyLimit(bound, { control()?.latency.interpolatedQuantile(share) })
    else { return nil }
    let beyond = figures.latency.count(aboveMicroseconds: limit)
    return Evidence(
      value: value / 1000, bound: limit / 1000, requests: figures.requests,
      chance: Chance(events: beyond, requests: figures.latency.total, tolerated: 1 - share))
  }

  private static func mean(_ figures: SlotFigures, _ bound: Bound, _ control: () -> SlotFigures?) -> Evidence? {
    guard let value = figures.latency.meanMicroseconds, let limit = latencyLimit(bound, { control()?.latency.meanMicroseconds })
    else { return nil }
    return Evidence(value: value / 1000, bound: limit / 1000, requests: figures.requests, chance: nil)
  }

  /// In microseconds.
  private static func latencyLimit(_ bound: Bound, _ control: () -> Double?) -> Double? {
    switch bound {
    case .percentage, .number: nil
    case .time(let time): Double(time.milliseconds) * 1000
    case .baseline(let factor): control().map { $0 * factor }
    }
  }

  /// Failed requests against a tolerated share of them.
  init(_ figures: SlotFigures, toleratedErrors limit: Double) {
    value = figures.errorRatio ?? 0
    bound = limit
    requests = figures.requests
    chance = Chance(events: figures.errors, requests: figures.requests, tolerated: limit)
  }

  private init(value: Double, bound: Double, requests: Int, chance: Chance?) {
    self.value = value
    self.bound = bound
    self.requests = requests
    self.chance = chance
  }

  /// Whether the statement `value <comparison> bound` is true of the figures as they are.
  func satisfies(_ comparison: Comparison) -> Bool {
    switch comparison {
    case .less: value < bound
    case .lessOrEqual: value <= bound
    case .greater: value > bound
    case .greaterOrEqual: value >= bound
    }
  }
}

extension LatencyHistogram {
  /// A quantile in microseconds, as if values were spread evenly within a bucket; `nil` when empty.
  func interpolatedQuantile(_ share: Double) -> Double? {
    let rank = share * Double(total)
    guard rank > 0 else { return nil }
    var below = 0.0
    for (offset, count) in kept.enumerated() where count > 0 {
      let (index, inside) = (firstKept + offset, Double(count))
      if below + inside >= rank {
        let lower = Double(index == 0 ? 0 : Self.upperBoundMicroseconds(ofBucket: index - 1))
        let upper = Double(Self.upperBoundMicroseconds(ofBucket: index))
        return lower + (upper - lower) * (rank - below) / inside
      }
      below += inside
    }
    return nil
  }

  /// How many values lie above a bound, as if spread evenly within a bucket; rounded down.
  func count(aboveMicroseconds bound: Double) -> Int {
    var above = 0.0
    for (offset, count) in kept.enumerated() where count > 0 {
      let index = firstKept + offset
      let lower = Double(index == 0 ? 0 : Self.upperBoundMicroseconds(ofBucket: index - 1))
      let upper = Double(Self.upperBoundMicroseconds(ofBucket: index))
      above += Double(count) * min(1, max(0, (upper - bound) / (upper - lower)))
    }
    return Int(above)
  }
}
