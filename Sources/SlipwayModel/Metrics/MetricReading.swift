/// A named figure of one slot at one instant, such as the share of its processor time in use. A reading without a finite value
/// is no data and never made.
package struct MetricReading: Hashable, Sendable, Codable {
  /// See ``Metric/isReadingName(_:)``.
  package let name: String
  /// Whose figure it is.
  package let slot: Slot
  /// The instant that the value is of.
  package let at: Timestamp
  /// Finite. Shares are 0...1, times are in seconds, anything else has its own unit.
  package let value: Double

  /// `nil` for NaN and infinities: they say that nothing is known.
  package init?(name: String, slot: Slot, at: Timestamp, value: Double) {
    guard value.isFinite else { return nil }
    self.name = name
    self.slot = slot
    self.at = at
    self.value = value
  }
}

/// What one source of readings could not say the last time it was asked.
package struct MetricSilence: Hashable, Sendable, Codable {
  /// Which one.
  package let source: MetricSourceKind
  /// The readings that are missing.
  package let names: [String]
  /// In words, without any secret.
  package let sentence: String
  /// Whether the source answered and merely has no value; `false`: it did not answer, or not in a way that can be understood.
  package let isNoData: Bool

  package init(source: MetricSourceKind, names: [String], sentence: String, isNoData: Bool) {
    self.source = source
    self.names = names
    self.sentence = sentence
    self.isNoData = isNoData
  }

  private enum CodingKeys: String, CodingKey {
    case source, names, sentence
    case isNoData = "is_no_data"
  }
}

/// Some readings together.
package struct ReadingSummary: Hashable, Sendable {
  /// Their arithmetic mean.
  package let mean: Double
  /// How many there are, at least 1.
  package let count: Int

  package init(mean: Double, count: Int) {
    self.mean = mean
    self.count = count
  }
}

extension MetricSeries {
  /// The mean of a slot's readings of one name in `from...to`; `nil` when there is none: no data is not zero.
  package func reading(_ name: String, of slot: Slot, from: Timestamp, to: Timestamp) -> ReadingSummary? {
    var (sum, count) = (0.0, 0)
    for reading in readings where reading.slot == slot && reading.name == name && reading.at >= from && reading.at <= to {
      sum += reading.value
      count += 1
    }
    return count > 0 ? ReadingSummary(mean: sum / Double(count), count: count) : nil
  }

  /// Why a reading is missing, if its source said so or did not answer when it was last asked.
  package func silence(about name: String) -> MetricSilence? {
    silences.first { $0.names.contains(name) }
  }
}
