import SlipwayModel

/// How a release behaves once it runs: what a simulation knows of it and the engine has to find out.
package struct ReleaseModel: Hashable, Sendable, Codable {
  /// A release that turns bad after it has had traffic for a while.
  package struct LateFault: Hashable, Sendable, Codable {
    /// Time with traffic until then.
    package var after: TimeSpan
    /// Share of the requests that fail from then on, 0...1.
    package var errorRate: Double

    package init(after: TimeSpan, errorRate: Double) {
      self.after = after
      self.errorRate = errorRate
    }
  }

  /// A release that gets worse with each minute of traffic.
  package struct Leak: Hashable, Sendable, Codable {
    /// Added to the share of failing requests each minute, 0...1.
    package var errorsPerMinute: Double
    /// Added to the factor on response times each minute.
    package var latencyPerMinute: Double

    package init(errorsPerMinute: Double, latencyPerMinute: Double) {
      self.errorsPerMinute = errorsPerMinute
      self.latencyPerMinute = latencyPerMinute
    }
  }

  /// A release that is slow at first.
  package struct ColdStart: Hashable, Sendable, Codable {
    /// Time with traffic until it is as fast as it can be.
    package var length: TimeSpan
    /// Factor on response times at the very start; falls evenly to the release's own.
    package var latencyFactor: Double

    package init(length: TimeSpan, latencyFactor: Double) {
      self.length = length
      self.latencyFactor = latencyFactor
    }
  }

  /// Processes that end by themselves.
  package struct Crash: Hashable, Sendable, Codable {
    /// Whether a process opens its port before it ends.
    package enum Moment: String, Hashable, Sendable, Codable {
      case beforeBind = "before_bind"
      case afterBind = "after_bind"
    }

    package var moment: Moment
    /// From the start of the process, or from when it was ready.
    package var after: TimeSpan
    /// Ends per replica; `nil` when it goes on for ever.
    package var times: Int?

    package init(_ moment: Moment, after: TimeSpan, times: Int? = nil) {
      self.moment = moment
      self.after = after
      self.times = times
    }
  }

  /// From the start of a process to its first passed readiness probe; `nil` when it never is ready.
  package var startup: TimeSpan?
  /// Share of its requests that fail, 0...1.
  package var errorRate: Double
  /// Factor on the response times of the scenario's traffic.
  package var latencyFactor: Double
  package var lateFault: LateFault?
  package var leak: Leak?
  package var coldStart: ColdStart?
  package var crash: Crash?
  /// Whether it goes on after SIGTERM, so that stopping it takes the whole grace time.
  package var ignoresTermination: Bool
  /// How long preparing it takes.
  package var build: TimeSpan
  /// Whether preparing it fails: its build does not compile.
  package var buildFails: Bool
  /// Share of the seconds in which its figures get lost, 0...1.
  package var metricGaps: Double

  /// A release without any fault of its own.
  package init(
    startup: TimeSpan? = .milliseconds(600), errorRate: Double = 0.001, latencyFactor: Double = 1, lateFault: LateFault? = nil,
    leak: Leak? = nil, coldStart: ColdStart? = nil, crash: Crash? = nil, ignoresTermination: Bool = false,
    build: TimeSpan = .milliseconds(500), buildFails: Bool = false, metricGaps: Double = 0
  ) {
    self.startup = startup
    self.errorRate = errorRate
    self.latencyFactor = latencyFactor
    self.lateFault = lateFault
    self.leak = leak
    self.coldStart = coldStart
    self.crash = crash
    self.ignoresTermination = ignoresTermination
    self.build = build
    self.buildFails = buildFails
    self.metricGaps = metricGaps
  }
}

extension ReleaseModel {
  /// Share of failing requests after it has had traffic for a while.
  func errorRate(exposedFor exposure: TimeSpan) -> Double {
    var rate = errorRate
    if let lateFault, exposure >= lateFault.after { rate = max(rate, lateFault.errorRate) }
    if let leak { rate += leak.errorsPerMinute * exposure.seconds / 60 }
    return min(1, rate)
  }

  /// Factor on response times after it has had traffic for a while, in steps of 1/16: tables are kept for each.
  func latencyFactor(exposedFor exposure: TimeSpan) -> Double {
    if leak == nil && coldStart == nil { return latencyFactor }
    var factor = latencyFactor
    if let coldStart, exposure < coldStart.length {
      factor += max(0, coldStart.latencyFactor - latencyFactor) * (1 - exposure.seconds / coldStart.length.seconds)
    }
    if let leak { factor += leak.latencyPerMinute * exposure.seconds / 60 }
    return max(1, (min(factor, 1000) * 16).rounded()) / 16
  }
}
