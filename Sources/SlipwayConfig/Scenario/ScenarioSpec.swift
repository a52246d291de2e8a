import SlipwayModel

/// What a scenario file of `slipway simulate` says; what it leaves open is `nil`.
package struct ScenarioSpec: Hashable, Sendable {
  /// What the service gets, and how the live version answers.
  package struct Traffic: Hashable, Sendable {
    package var requestsPerSecond: Double?
    package var p50: TimeSpan?
    package var p95: TimeSpan?
    package var errorRate: Percentage?
    package var slowAfter: TimeSpan?

    package init(
      requestsPerSecond: Double? = nil, p50: TimeSpan? = nil, p95: TimeSpan? = nil, errorRate: Percentage? = nil, slowAfter: TimeSpan? = nil
    ) {
      self.requestsPerSecond = requestsPerSecond
      self.p50 = p50
      self.p95 = p95
      self.errorRate = errorRate
      self.slowAfter = slowAfter
    }

    /// Nothing stated.
    package static let none = Traffic()
  }

  /// What a policy should do with a release.
  package enum Expected: String, Hashable, Sendable {
    case promote
    case goBack = "go_back"
  }

  package struct LateFault: Hashable, Sendable {
    package let after: TimeSpan
    package let errorRate: Percentage
  }

  package struct Leak: Hashable, Sendable {
    package let errorsPerMinute: Percentage
    package let latencyPerMinute: Double
  }

  package struct ColdStart: Hashable, Sendable {
    package let length: TimeSpan
    package let latencyFactor: Double
  }

  package struct Crash: Hashable, Sendable {
    package let beforeBind: Bool
    package let after: TimeSpan
    package let times: Int?

    package init(beforeBind: Bool, after: TimeSpan, times: Int?) {
      self.beforeBind = beforeBind
      self.after = after
      self.times = times
    }
  }

  /// A kind of release of the author's own.
  package struct OwnRelease: Hashable, Sendable {
    package let name: String
    package var expected: Expected?
    package var errorRate: Percentage?
    package var latencyFactor: Double?
    package var lateFault: LateFault?
    package var leak: Leak?
    package var coldStart: ColdStart?
    package var crash: Crash?
    package var startup: TimeSpan?
    package var neverReady = false
    package var metricGaps: Percentage?
    package var trafficFactor: Double?

    package init(name: String) {
      self.name = name
    }
  }

  package let traffic: Traffic
  package let usesCatalogue: Bool
  package let releases: [OwnRelease]

  /// Bounds, for the command line too.
  package static let rates = 0.01...1_000_000
  package static let times = TimeSpan.milliseconds(1)...TimeSpan.minutes(10)
  package static let factors = 0.1...1000
  package static let highestErrorRate = Percentage(basisPoints: 9000) ?? .hundred
}
