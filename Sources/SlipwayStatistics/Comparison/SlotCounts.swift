/// What one slot answered in one interval. Both slots' counts must be cut at the same instants.
package struct SlotCounts: Hashable, Sendable {
  /// Requests that finished in the interval, counted where they are assigned (the router), failed ones included.
  package var requests: Int
  /// Of these, the ones that failed.
  package var errors: Int
  /// Requests per bucket of response time, in the buckets of the reference. Empty: latency is not known.
  package var latency: [Int]
  /// One per counter of the design, by index; those that are missing are not known.
  package var counters: [EventCount]

  package init(requests: Int, errors: Int, latency: [Int] = [], counters: [EventCount] = []) {
    self.requests = requests
    self.errors = errors
    self.latency = latency
    self.counters = counters
  }

  /// Events of a counter, and what they are counted per: requests, sessions, or seconds times share of traffic.
  package struct EventCount: Hashable, Sendable {
    package var events: Int
    /// At least 0, in the same unit for both slots.
    package var exposure: Double

    package init(events: Int, exposure: Double) {
      self.events = events
      self.exposure = exposure
    }
  }

  /// Whether the figures can be of one interval at all.
  var isConsistent: Bool { requests >= 0 && errors >= 0 && errors <= requests }
}
