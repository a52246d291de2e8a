import SlipwayModel

/// A figure of each slot that an outside source reads every two seconds: how many jobs wait. Like a real source it may answer with
/// something that is no number, which is no reading.
struct OutsideReadings {
  static let name = "queue"
  /// What waits at a good release, at most.
  static let most = 14.0
  private static let interval: Int64 = 2000

  /// Whether each is what the source has counted, and not made of something that is no number.
  private var readings: [(reading: MetricReading, isTrue: Bool)] = []
  /// What the source says instead of a number, and until when.
  var spoiled: (value: Double, until: Timestamp)?
  private var isSilent = false

  /// Reads both slots, when it is time.
  mutating func read(at now: Timestamp, _ places: Pair<Place>, _ random: inout Randoms) {
    guard now.milliseconds % Self.interval == 0 else { return }
    isSilent = false
    for slot in Slot.allCases {
      guard places[slot].ready > 0 else { continue }
      let exposure = places[slot].exposedSince.map { now - $0 } ?? .zero
      let model = places[slot].model
      let burden = model.latencyFactor(exposedFor: exposure) + 5 * model.errorRate(exposedFor: exposure)
      let value = 10 * burden + Double(random.target.whole(in: 0...3))
      let spoiled = spoiled.flatMap { $0.until > now ? $0.value : nil }
      if let reading = MetricReading(name: Self.name, slot: slot, at: now, value: spoiled ?? value) {
        readings.append((reading, spoiled == nil))
      } else {
        isSilent = true
      }
    }
  }

  mutating func forget() { readings = [] }

  /// Those of an instant or later.
  ///
  /// - Parameter onlyTrue: without those that were made of something that is no number.
  func readings(since: Timestamp, onlyTrue: Bool) -> [MetricReading] {
    var first = readings.count
    while first > 0, readings[first - 1].reading.at >= since { first -= 1 }
    return readings[first...].filter { $0.isTrue || !onlyTrue }.map(\.reading)
  }

  /// What the source could not say.
  ///
  /// - Parameter none: whether it says nothing at all.
  func silences(none: Bool) -> [MetricSilence] {
    guard none || isSilent else { return [] }
    let why = none ? "the answer is empty" : Self.notANumber
    return [MetricSilence(source: .http, names: [Self.name], sentence: why, isNoData: true)]
  }

  static let notANumber = "the answer is not a number"
}
