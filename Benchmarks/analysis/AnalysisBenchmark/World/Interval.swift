/// What one arm did in a span of time.
struct ArmCounts: Sendable, Equatable {
  var requests = 0
  var errors = 0
  /// Requests by latency, in the buckets of `Latency.bounds`.
  var histogram = [Int](repeating: 0, count: Latency.buckets)

  mutating func clear() {
    requests = 0
    errors = 0
    for index in histogram.indices { histogram[index] = 0 }
  }
}

/// What is lost of an interval on its way to the observer.
enum Gap: Sendable { case none, canary, both }

/// One interval of a rollout: what happened, and what of it can be seen.
struct Interval: Sendable {
  /// Share of the requests that go to the canary, in percent.
  var percent = 0
  var gap = Gap.none
  var canary = ArmCounts()
  var baseline = ArmCounts()

  /// Nothing of the canary was lost.
  var seesCanary: Bool { gap == .none }
  var seesBaseline: Bool { gap != .both }
}

/// What is known of the live version before the rollout starts.
struct Reference: Sendable {
  /// Ten seconds of the live version before the rollout, one of two halves of its replicas each.
  struct Block: Sendable {
    var requests = [0, 0]
    var errors = [0, 0]
  }

  /// Requests per second of both arms together.
  var requestsPerSecond: Double
  /// The last 30 blocks of 10 s.
  var blocks: [Block]
  /// Latencies over 300 s.
  var histogram: [Int]
}
