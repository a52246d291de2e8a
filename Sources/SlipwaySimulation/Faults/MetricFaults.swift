import SlipwayModel

/// What the metric source answers when something is wrong with it.
extension World {
  /// The size: how long, up to 40 seconds; of `metrics-late` also how late the figures are, up to 20 seconds. `metrics-reset`
  /// forgets all figures up to now. `metrics-not-a-number` makes readings NaN, or infinite, for that time.
  func strikeMetrics(_ fault: Fault) {
    switch fault.kind {
    case .metricsReset: meter.forget()
    case .metricsNotANumber:
      let values = [Double.nan, .infinity, -.infinity]
      meter.spoil(by: values[Int(fault.size * 30) % 3], until: now + fault.share(of: .seconds(40)))
    case _: last(fault, longest: .seconds(40))
    }
  }

  /// The figures as the source gives them now.
  func figures(since: Timestamp) async throws -> MetricSeries {
    if lasts(.metricsDown) != nil { throw Self.noAnswer("the metric source refuses connections") }
    if lasts(.metricsHang) != nil {
      try await scheduler.sleep(until: now + .seconds(2))
      throw Self.noAnswer("the metric source did not answer")
    }
    if lasts(.metricsEmpty) != nil { return MetricSeries(intervals: [], silences: meter.kept.silencesOfNothing) }
    var since = since - targetClock
    if lasts(.metricsRepeated) != nil { since = since - .seconds(30) }
    let series = meter.kept.series(since: since)
    var (intervals, readings) = (series.intervals, series.readings)
    if let fault = lasts(.metricsLate) {
      let newest = now - fault.share(of: .seconds(20))
      intervals.removeAll { $0.end > newest }
      readings.removeAll { $0.at > newest }
    }
    let isSwapped = lasts(.metricsMislabelled) != nil
    guard isSwapped || targetClock != .zero else {
      return MetricSeries(intervals: intervals, readings: readings, silences: series.silences)
    }
    return MetricSeries(
      intervals: intervals.map {
        MetricInterval(
          start: $0.start + targetClock, length: $0.length, blue: isSwapped ? $0.green : $0.blue,
          green: isSwapped ? $0.blue : $0.green)
      },
      readings: readings.compactMap {
        MetricReading(name: $0.name, slot: isSwapped ? $0.slot.other : $0.slot, at: $0.at + targetClock, value: $0.value)
      }, silences: series.silences)
  }
}
