import SlipwayModel

/// Counts the requests of each slot, second by second, as the proxy does.
struct TrafficMeter {
  let traffic: TrafficModel
  /// Until when requests have been counted.
  private(set) var accounted: Timestamp
  private(set) var nextSecond: Timestamp
  /// What a source of figures would have.
  private(set) var kept: KeptFigures
  /// What there was so far.
  private(set) var tally = Tally()
  private var second = Pair(SlotFigures(), SlotFigures())
  private var latency: LatencyTables

  init(_ traffic: TrafficModel, start: Timestamp, hasReadings: Bool) {
    self.traffic = traffic
    kept = KeptFigures(outside: hasReadings ? OutsideReadings() : nil)
    accounted = start
    nextSecond = Timestamp(milliseconds: start.milliseconds / 1000 * 1000 + 1000)
    latency = LatencyTables(traffic)
  }

  /// Counts the requests from ``accounted`` to an instant that is not after the end of the second.
  mutating func account(until end: Timestamp, split: TrafficSplit, places: Pair<Place>, _ random: inout Randoms) {
    let share = Double((end - accounted).milliseconds) / 1000
    if share > 0, split.green != nil {
      for slot in Slot.allCases where split.weight(of: slot) > .zero {
        let arrived = random.traffic.poisson(traffic.requestsPerSecond * share * split.weight(of: slot).ratio)
        answer(arrived, slot, places, &random)
      }
    }
    accounted = end
    if end == nextSecond { close(places, split, &random) }
  }

  /// Requests whose slot has no ready replica go to the other one, as in the proxy; without any they fail.
  private mutating func answer(_ arrived: Int, _ wanted: Slot, _ places: Pair<Place>, _ random: inout Randoms) {
    guard arrived > 0 else { return }
    tally.requests += arrived
    let slot = places[wanted].ready > 0 || places[wanted.other].ready == 0 ? wanted : wanted.other
    let isServed = places[slot].ready > 0
    let exposure = places[slot].exposedSince.map { accounted - $0 } ?? .zero
    let model = places[slot].model
    let errors = isServed ? random.errors.binomial(arrived, model.errorRate(exposedFor: exposure)) : arrived
    second[slot].requests += arrived
    second[slot].errors += errors
    tally.failed += errors
    let factor = isServed ? model.latencyFactor(exposedFor: exposure) : 0.05
    let slow = latency.record(arrived, factor: factor, in: &second[slot].latency, &random.latency)
    tally.answered[slot] = tally.answered[slot] + RequestCounts(requests: arrived, failed: errors, slow: slow)
  }

  private mutating func close(_ places: Pair<Place>, _ split: TrafficSplit, _ random: inout Randoms) {
    let start = nextSecond - .seconds(1)
    nextSecond = nextSecond + .seconds(1)
    let gaps = max(places.blue.model.metricGaps, places.green.model.metricGaps)
    if split.green != nil, gaps == 0 || !random.target.chance(gaps) {
      kept.intervals.append(MetricInterval(start: start, length: .seconds(1), blue: second.blue, green: second.green))
    }
    kept.outside?.read(at: nextSecond - .seconds(1), places, &random)
    second = Pair(SlotFigures(), SlotFigures())
  }

  /// Loses all figures up to now.
  mutating func forget() {
    kept.intervals = []
    kept.outside?.forget()
  }

  /// Makes what is read until an instant a value that is no number.
  mutating func spoil(by value: Double, until end: Timestamp) { kept.outside?.spoiled = (value, end) }
}

/// Requests since the world began.
struct Tally {
  var requests = 0
  var failed = 0
  /// What each slot answered.
  var answered = Pair(RequestCounts(), RequestCounts())
}

/// What a source of figures has. Apart from the meter, which is large: to ask it copies it.
struct KeptFigures {
  /// Seconds that are over, in order, without those whose figures got lost.
  var intervals: [MetricInterval] = []
  /// Readings beside the counts, where a scenario judges by them.
  var outside: OutsideReadings?

  init(outside: OutsideReadings?) { self.outside = outside }

  /// What a source that has nothing says of the readings.
  var silencesOfNothing: [MetricSilence] { outside?.silences(none: true) ?? [] }

  /// The figures of the seconds that began at an instant or later.
  ///
  /// - Parameter onlyTrue: without readings that were made of something that is no number.
  func series(since: Timestamp, onlyTrue: Bool = false) -> MetricSeries {
    var first = intervals.count
    while first > 0, intervals[first - 1].start >= since { first -= 1 }
    guard let outside else { return MetricSeries(intervals: Array(intervals[first...])) }
    return MetricSeries(
      intervals: Array(intervals[first...]), readings: outside.readings(since: since, onlyTrue: onlyTrue),
      silences: outside.silences(none: false))
  }
}
