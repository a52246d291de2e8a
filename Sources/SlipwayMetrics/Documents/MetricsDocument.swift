import Foundation
import SlipwayModel

/// The document that a URL answers with or a command prints; its format is described in docs/metrics.md.
struct MetricsDocument: Equatable, Sendable {
  let root: JSONValue

  /// - Throws: `SlipwayError` with code `metrics-answer`.
  init(_ bytes: [UInt8], from source: String) throws(SlipwayError) {
    do { root = try JSONDecoder().decode(JSONValue.self, from: Data(bytes)) } catch {
      throw .metricsAnswer("what \(source) gives is not JSON", error)
    }
  }

  /// The instant that the document is of, if it says so.
  func at(from source: String) throws(SlipwayError) -> Timestamp? {
    guard let value = root["at"] else { return nil }
    guard case .text(let text) = value, let instant = Timestamp(text) else {
      throw .metricsAnswer("`at` of what \(source) gives is not an instant such as 2026-01-31T12:00:00.000Z")
    }
    return instant
  }

  /// What a slot has counted since whenever it began; `nil` when the document does not speak of it.
  func totals(of slot: Slot, from source: String) throws(SlipwayError) -> SlotTotals? {
    guard let value = root["slots"]?[slot.rawValue], value != .null else { return nil }
    func count(_ name: String) throws(SlipwayError) -> Double {
      guard let number = value[name]?.number, number >= 0, number.isFinite else {
        throw .metricsAnswer("`\(name)` of \(slot.rawValue) in what \(source) gives is \(value[name]?.words ?? "missing"), not a count")
      }
      return number
    }
    let (requests, errors) = (try count("requests"), try count("errors"))
    guard let latency = value["latency"], latency != .null else { return SlotTotals(requests: requests, errors: errors, latency: nil) }
    guard case .list(let items)? = latency["buckets"] else {
      throw .metricsAnswer("`latency` of \(slot.rawValue) in what \(source) gives has no list of `buckets`")
    }
    let scale = latency["unit"] == .text("s") ? LatencyUnit.seconds.microseconds : LatencyUnit.milliseconds.microseconds
    var pairs: [(bound: Double, count: Double)] = []
    for item in items {
      guard case .list(let pair) = item, pair.count == 2, let count = pair[1].number, count >= 0,
        let bound = pair[0] == .null ? .infinity : pair[0].number
      else {
        throw .metricsAnswer("a bucket of \(slot.rawValue) in what \(source) gives is not [upper bound or null, count]")
      }
      pairs.append((bound * scale, count))
    }
    return SlotTotals(
      requests: requests, errors: errors,
      latency: BucketSeries.Value(buckets: CumulativeBuckets(pairs), sum: latency["sum"]?.number.map { $0 * scale }))
  }

  /// One reading; no data when the pointer leads nowhere or to null.
  func reading(_ name: String, at pointer: String, _ slot: Slot, _ source: MetricSourceKind, now: Timestamp) -> Looked {
    switch root.value(at: pointer) {
    case let found? where found.number != nil:
      guard let reading = found.number.flatMap({ MetricReading(name: name, slot: slot, at: now, value: $0) }) else {
        return .noData(source, name, "`\(name)` of \(slot.rawValue) is not a finite number")
      }
      return Looked(readings: [reading])
    case nil, .null?: return .noData(source, name, "the document has nothing for `\(name)` of \(slot.rawValue) at \(pointer)")
    case let other?:
      return .broken(source, [name], .metricsAnswer("`\(name)` at \(pointer) is \(other.words), not a number"))
    }
  }
}

/// Counts since some beginning.
struct SlotTotals: Equatable, Sendable {
  let requests: Double
  let errors: Double
  let latency: BucketSeries.Value?

  /// What came since an earlier look. Fewer requests than before are a count that began anew.
  func since(_ earlier: SlotTotals) -> SlotFigures {
    let isReset = requests < earlier.requests
    let requests = Int((isReset ? self.requests : self.requests - earlier.requests).rounded())
    let errors = Int((isReset || self.errors < earlier.errors ? self.errors : self.errors - earlier.errors).rounded())
    let series = BucketSeries(values: [isReset ? nil : earlier.latency, latency])
    let grown = series.growth(after: 0, upTo: 1, isSlotKnown: true)
    var histogram = LatencyHistogram()
    for value in grown { value.buckets.histogram(sumMicroseconds: value.sum).map { histogram.merge($0) } }
    return SlotFigures(requests: requests, errors: min(requests, errors), latency: histogram)
  }
}

/// Intervals made from the totals of one look after another.
struct TotalsLog: Sendable {
  /// As far back as a rollout asks that has just begun: five minutes to compare with, and what a source lags. Whoever reads again and
  /// again keeps what it read.
  static let memory = TimeSpan.minutes(6)

  private(set) var intervals: [MetricInterval] = []
  private var last: Timestamp?
  private var known: [Slot: SlotTotals] = [:]

  /// Takes the totals of an instant. A document that is no newer than the last one brings nothing. Both slots are cut at the
  /// same instant; one that is missing this time is counted with the next.
  mutating func take(_ totals: [Slot: SlotTotals], at now: Timestamp) {
    if let last, now <= last { return }
    // A slot without an earlier look: nobody knows since when it counts.
    let isAnyKnown = totals.keys.contains { known[$0] != nil }
    if let last, isAnyKnown {
      func figures(_ slot: Slot) -> SlotFigures {
        guard let total = totals[slot], let earlier = known[slot] else { return SlotFigures() }
        return total.since(earlier)
      }
      intervals.append(MetricInterval(start: last, length: now - last, blue: figures(.blue), green: figures(.green)))
      intervals.removeAll { $0.end + Self.memory < now }
    }
    known.merge(totals) { $1 }
    last = now
  }
}
