/// What one slot answered in an interval. All figures are sums, so intervals can be added.
package struct SlotFigures: Hashable, Sendable, Codable {
  /// Requests that were finished in the interval, failed ones included.
  package var requests: Int
  /// Of these, the ones that count as errors: status 500...599, or no complete answer (refused, reset, timed out).
  package var errors: Int
  /// Time from the first byte of the request head to the last byte of the answer.
  package var latency: LatencyHistogram
  /// Of the errors, those that every second replica answered; `nil` where the source can't tell, or there is only one.
  package var oddErrors: Int?

  package init(requests: Int = 0, errors: Int = 0, latency: LatencyHistogram = LatencyHistogram(), oddErrors: Int? = nil) {
    self.requests = requests
    self.errors = errors
    self.latency = latency
    self.oddErrors = oddErrors
  }

  /// Errors per request, 0...1; `nil` when there was no request: no data is not zero.
  package var errorRatio: Double? { requests > 0 ? Double(errors) / Double(requests) : nil }

  /// Adds the counts of another stretch of time, or of another replica.
  package mutating func add(_ other: SlotFigures) {
    if other.requests == 0 { return }
    if let mine = requests == 0 ? 0 : oddErrors, let others = other.oddErrors { oddErrors = mine + others } else { oddErrors = nil }
    requests += other.requests
    errors += other.errors
    latency.merge(other.latency)
  }

  private enum CodingKeys: String, CodingKey {
    case requests, errors, latency
    case oddErrors = "odd_errors"
  }
}

/// The figures of both slots for one interval of time.
///
/// A value that never changes, shared by all who keep it: series of hundreds of them are copied at each look.
package final class MetricInterval: Hashable, Sendable, Codable {
  package let start: Timestamp
  package let length: TimeSpan
  package let blue: SlotFigures
  package let green: SlotFigures

  package init(start: Timestamp, length: TimeSpan, blue: SlotFigures, green: SlotFigures) {
    self.start = start
    self.length = length
    self.blue = blue
    self.green = green
  }

  package static func == (one: MetricInterval, other: MetricInterval) -> Bool {
    one === other || one.start == other.start && one.length == other.length && one.blue == other.blue && one.green == other.green
  }

  package func hash(into hasher: inout Hasher) {
    hasher.combine(start)
    hasher.combine(length)
    hasher.combine(blue)
    hasher.combine(green)
  }

  /// The first instant after the interval.
  package var end: Timestamp { start + length }

  /// The figures of one slot.
  package subscript(slot: Slot) -> SlotFigures {
    switch slot {
    case .blue: blue
    case .green: green
    }
  }
}

/// What is known about a stretch of time: intervals in order of time, without overlap. A gap between two intervals means that
/// nothing is known about it, which is not the same as an interval without requests.
///
/// Beside the counts stand the readings of outside sources, each of an instant of its own. They are not added up: of one name,
/// slot and instant there is one.
package struct MetricSeries: Hashable, Sendable {
  package let intervals: [MetricInterval]
  /// In order of time for each name and slot.
  package let readings: [MetricReading]
  /// What sources could not say the last time they were asked.
  package let silences: [MetricSilence]

  package init(intervals: [MetricInterval], readings: [MetricReading] = [], silences: [MetricSilence] = []) {
    self.intervals = intervals
    self.readings = readings
    self.silences = silences
  }

  /// Until when the data reaches; `nil` when there is none.
  package var asOf: Timestamp? { intervals.last?.end }

  /// The figures of a slot over all intervals that start in `from..<to`.
  package func figures(of slot: Slot, from: Timestamp, to: Timestamp) -> SlotFigures {
    var sum = SlotFigures()
    for interval in intervals[range(from: from, to: to)] {
      switch slot {
      case .blue: sum.add(interval.blue)
      case .green: sum.add(interval.green)
      }
    }
    return sum
  }

  /// As ``figures(of:from:to:)`` without the response times, for questions that need only counts.
  package func counts(of slot: Slot, from: Timestamp, to: Timestamp) -> SlotFigures {
    var sum = SlotFigures()
    for index in range(from: from, to: to) {
      sum.requests += slot == .blue ? intervals[index].blue.requests : intervals[index].green.requests
      sum.errors += slot == .blue ? intervals[index].blue.errors : intervals[index].green.errors
    }
    return sum
  }

  /// The intervals that start in `from..<to`. Asked for are mostly the newest ones, so the search begins there.
  private func range(from: Timestamp, to: Timestamp) -> Range<Int> {
    var end = intervals.count
    while end > 0, intervals[end - 1].start >= to { end -= 1 }
    var first = end
    while first > 0, intervals[first - 1].start >= from { first -= 1 }
    return first..<end
  }

  /// This series followed by what a later read brought, without what ended before `oldest`. Intervals that are here already
  /// are not taken twice.
  package func continued(by later: MetricSeries, keeping oldest: Timestamp) -> MetricSeries {
    // Intervals are in order, so what is kept of each series is its end.
    let isOld = intervals.first.map { $0.end <= oldest } ?? false
    var kept = isOld ? Array(intervals.drop { $0.end <= oldest }) : intervals
    let news = later.intervals.drop { $0.start < asOf ?? $0.start || $0.end <= oldest }
    // To append nothing copies too.
    if !news.isEmpty { kept.append(contentsOf: news) }
    return MetricSeries(
      intervals: kept,
      readings: readings.isEmpty && later.readings.isEmpty ? [] : readings(with: later.readings, keeping: oldest),
      silences: later.silences)
  }

  /// The same series with what is so old that nobody asks for parts of it added up: the intervals from `from` up to `to` become one sum,
  /// which begins with the first of them and is as long as all of them together: gaps are not in it. Figures over any time that begins at or
  /// before `from` and ends at or after `to` stay the same, and so does how much of it was measured; what is kept no longer grows with the
  /// length of a stage.
  package func folded(from: Timestamp, to: Timestamp) -> MetricSeries {
    guard let first = intervals.firstIndex(where: { $0.start >= from }) else { return self }
    var end = first
    // The newest stays as it is: where it ends the next question goes on.
    while end < intervals.count - 1, intervals[end].end <= to { end += 1 }
    // A sum is made now and then, not for each new interval.
    guard end - first >= Self.fewestToFold else { return self }
    var (blue, green, length) = (SlotFigures(), SlotFigures(), TimeSpan.zero)
    for interval in intervals[first..<end] {
      blue.add(interval.blue)
      green.add(interval.green)
      length = length + interval.length
    }
    let sum = MetricInterval(start: intervals[first].start, length: length, blue: blue, green: green)
    return MetricSeries(intervals: intervals[..<first] + [sum] + intervals[end...], readings: readings, silences: silences)
  }

  private static let fewestToFold = 10

  private func readings(with later: [MetricReading], keeping oldest: Timestamp) -> [MetricReading] {
    let kept = readings.filter { $0.at > oldest }
    return kept
      + later.filter { new in
        new.at > oldest && !kept.contains { $0.at >= new.at && $0.slot == new.slot && $0.name == new.name }
      }
  }

  /// How much of `from..<to` is covered by intervals.
  package func coverage(from: Timestamp, to: Timestamp) -> TimeSpan {
    intervals.lazy.filter { $0.end > from && $0.start < to }
      .reduce(TimeSpan.zero) { $0 + (min($1.end, to) - max($1.start, from)) }
  }
}

extension MetricSeries: Codable {
  private enum CodingKeys: String, CodingKey { case intervals, readings, silences }

  package init(from decoder: any Decoder) throws {
    let container = try decoder.container(keyedBy: CodingKeys.self)
    intervals = try container.decode([MetricInterval].self, forKey: .intervals)
    readings = try container.decodeIfPresent([MetricReading].self, forKey: .readings) ?? []
    silences = try container.decodeIfPresent([MetricSilence].self, forKey: .silences) ?? []
  }

  /// Readings and silences are left out where there are none.
  package func encode(to encoder: any Encoder) throws {
    var container = encoder.container(keyedBy: CodingKeys.self)
    try container.encode(intervals, forKey: .intervals)
    if !readings.isEmpty { try container.encode(readings, forKey: .readings) }
    if !silences.isEmpty { try container.encode(silences, forKey: .silences) }
  }
}
