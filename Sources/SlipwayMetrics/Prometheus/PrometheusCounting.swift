import SlipwayModel

/// Counts the requests of both slots from a Prometheus' counters.
///
/// Nothing is remembered between two looks: counters are read as they are at instants that are multiples of the interval, and
/// differenced here. So a restarted server counts on, and every request is in exactly one interval.
struct PrometheusCounting: Sendable {
  let client: PrometheusClient
  let counts: PrometheusCounts
  /// What placeholders stand for, by slot.
  let values: [Slot: [MetricPlaceholder: String]]

  /// How far back the last value of a counter is looked for: as far as Prometheus itself does.
  private static let lookback = TimeSpan.minutes(5)

  /// The instants that can be asked for: from the first one at or after `since` to the last one whose samples are in.
  func span(since: Timestamp, now: Timestamp) -> (from: Timestamp, to: Timestamp)? {
    let step = client.spec.interval.milliseconds
    let first = (since.milliseconds + step - 1) / step * step
    let last = (now - client.spec.delay).milliseconds / step * step
    return first < last ? (Timestamp(milliseconds: first), Timestamp(milliseconds: last)) : nil
  }

  /// What one slot's queries gave.
  private struct Answers {
    let requests: [CounterSeries]
    let errors: [CounterSeries]
    let latency: [BucketSeries]
    let freshness: [Double?]
    let warnings: [String]
  }

  func series(from: Timestamp, to: Timestamp) async throws(SlipwayError) -> (intervals: [MetricInterval], warnings: [String]) {
    let step = client.spec.interval
    let backSteps = (Self.lookback.milliseconds + step.milliseconds - 1) / step.milliseconds
    let start = from - step * backSteps
    let grid = CounterGrid(
      start: start.milliseconds, step: step.milliseconds, count: Int((to - start).milliseconds / step.milliseconds) + 1)
    async let blueAnswers = answers(.blue, grid)
    async let greenAnswers = answers(.green, grid)
    let (blue, green): (Answers, Answers)
    do { (blue, green) = (try await blueAnswers, try await greenAnswers) } catch { throw SlipwayError.ours(error) }
    let points = Cuts(freshness: [blue.freshness, green.freshness]).points(from: Int(backSteps))
    var intervals: [MetricInterval] = []
    for (begin, end) in zip(points, points.dropFirst()) {
      // Where no slot is known at both ends nothing is known of the time between.
      guard zip(begin.isKnown, end.isKnown).contains(where: { $0 && $1 }) else { continue }
      intervals.append(
        MetricInterval(
          start: grid.instant(begin.index), length: grid.instant(end.index) - grid.instant(begin.index),
          blue: Self.figures(blue, begin.index, end.index, isKnown: begin.isKnown[0]),
          green: Self.figures(green, begin.index, end.index, isKnown: begin.isKnown[1])))
    }
    return (intervals, blue.warnings + green.warnings)
  }

  private func answers(_ slot: Slot, _ grid: CounterGrid) async throws(SlipwayError) -> Answers {
    async let requests = ask(counts.requests, slot, grid)
    async let errors = ask(counts.errors, slot, grid)
    async let latency = ask(counts.latency, slot, grid)
    async let sums = ask(counts.latencySum, slot, grid)
    async let fresh = ask("max(timestamp(\(counts.requests)))", slot, grid)
    do {
      let (counted, failed, buckets, sum, newest) = (
        try await requests, try await errors, try await latency, try await sums, try await fresh
      )
      return Answers(
        requests: counted.series.map { CounterSeries(values: grid.values($0.samples)) },
        errors: failed.series.map { CounterSeries(values: grid.values($0.samples)) },
        latency: BucketSeries.series(of: buckets.series, sums: sum.series, on: grid, unit: counts.unit),
        freshness: newest.series.first.map { grid.values($0.samples) } ?? [Double?](repeating: nil, count: grid.count),
        warnings: [counted, failed, buckets, sum].flatMap(\.warnings))
    } catch { throw SlipwayError.ours(error) }
  }

  private func ask(_ query: String?, _ slot: Slot, _ grid: CounterGrid) async throws(SlipwayError) -> PrometheusClient.Result {
    guard let query else { return PrometheusClient.Result(series: [], warnings: []) }
    let text = MetricTemplate(query).filled(values[slot] ?? [:])
    return try await client.range(text, from: grid.instant(0), to: grid.instant(grid.count - 1), step: client.spec.interval)
  }

  private static func figures(_ answers: Answers, _ from: Int, _ to: Int, isKnown: Bool) -> SlotFigures {
    func sum(_ series: [CounterSeries]) -> Int {
      Int(series.reduce(0) { $0 + $1.growth(after: from, upTo: to, isSlotKnown: isKnown) }.rounded())
    }
    var latency = LatencyHistogram()
    for grown in answers.latency.flatMap({ $0.growth(after: from, upTo: to, isSlotKnown: isKnown) }) {
      if let histogram = grown.buckets.histogram(sumMicroseconds: grown.sum) { latency.merge(histogram) }
    }
    let requests = sum(answers.requests)
    return SlotFigures(requests: requests, errors: min(requests, sum(answers.errors)), latency: latency)
  }
}

extension SlipwayError {
  /// For what the compiler can't see to be one of ours, such as the end of a cancelled child task.
  static func ours(_ error: any Error) -> SlipwayError {
    (error as? SlipwayError) ?? .metricsUnreachable("the look at the figures was broken off", error)
  }
}
