import SlipwayModel

/// The intervals of the last hour: a ring, so that memory is bounded whatever the traffic.
struct MetricRing: Sendable {
  private let capacity: Int
  private var intervals: [MetricInterval] = []
  /// Place of the oldest interval once the ring is full.
  private var oldest = 0

  init(capacity: Int = 3600) {
    self.capacity = capacity
  }

  /// Takes an interval that is not earlier than those before it; the oldest makes room.
  mutating func append(_ interval: MetricInterval) {
    if intervals.count < capacity {
      intervals.append(interval)
    } else {
      intervals[oldest] = interval
      oldest = (oldest + 1) % capacity
    }
  }

  /// The intervals that end after an instant, in order of time.
  func series(since: Timestamp) -> MetricSeries {
    var found: [MetricInterval] = []
    for step in intervals.indices.reversed() {
      let interval = intervals[(oldest + step) % intervals.count]
      if interval.end <= since { break }
      found.append(interval)
    }
    return MetricSeries(intervals: found.reversed())
  }
}
