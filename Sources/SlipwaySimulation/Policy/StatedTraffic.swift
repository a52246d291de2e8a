import SlipwayModel

/// The traffic that a user says their service has, and how the version that is live answers it.
///
/// Arrivals are a Poisson process, response times log-normal: two quantiles fix them.
package struct StatedTraffic: Hashable, Sendable {
  /// Mean number of arrivals per second, more than 0.
  package var requestsPerSecond: Double
  /// Median of the response times, more than zero.
  package var p50: TimeSpan
  /// 95th percentile of the response times, more than ``p50``.
  package var p95: TimeSpan
  /// Share of the live version's requests that fail, 0...1.
  package var errorRate: Double
  /// An answer that takes this long counts as slow, and its request as hurt; `nil`: twice ``p95``.
  package var slowAfter: TimeSpan?

  /// Without a word from the user: 50 requests/s, p50 20 ms, p95 46 ms, one request in 1000 fails.
  package init(
    requestsPerSecond: Double = 50, p50: TimeSpan = .milliseconds(20), p95: TimeSpan = .milliseconds(46), errorRate: Double = 0.001,
    slowAfter: TimeSpan? = nil
  ) {
    self.requestsPerSecond = requestsPerSecond
    self.p50 = p50
    self.p95 = p95
    self.errorRate = errorRate
    self.slowAfter = slowAfter
  }

  /// What counts as slow: ``slowAfter``, or twice ``p95``.
  package var slowBound: TimeSpan { slowAfter ?? p95 * 2 }

  /// Standard deviation of the logarithm of the response times.
  var spread: Double { max(0.01, Elementary.log(Double(p95.milliseconds) / Double(p50.milliseconds)) / Self.normal95) }

  /// The standard normal distribution's quantile for 0.95.
  private static let normal95 = 1.6448536269514722

  /// A quantile of the response times in milliseconds.
  func quantile(_ share: Double) -> Double {
    Double(p50.milliseconds) * Elementary.exp(spread * Elementary.normalQuantile(share))
  }

  /// Mean of the response times in milliseconds.
  var mean: Double { Double(p50.milliseconds) * Elementary.exp(spread * spread / 2) }

  /// Standard deviation of the response times in milliseconds.
  var deviation: Double { mean * (Elementary.exp(spread * spread) - 1).squareRoot() }

  /// Share of the answers that take longer than so many milliseconds, of a release with this factor on response times.
  func share(slowerThan milliseconds: Double, factor: Double) -> Double {
    let ratio = milliseconds / (Double(p50.milliseconds) * factor)
    return 1 - Elementary.normalArea(Elementary.log(ratio) / spread)
  }

  /// What a metric shows of a release: a ratio for error rates, milliseconds for response times.
  func figure(_ metric: Metric, of release: Suspect) -> Double {
    switch metric {
    case .errorRate: release.errorRate
    case .responseTime: mean * release.latencyFactor
    case .p50, .p90, .p95, .p99: quantile(metric.quantile ?? 0.5) * release.latencyFactor
    case .reading: 0
    }
  }

  /// The live version, and every release that is as good.
  var healthy: Suspect { Suspect(errorRate: errorRate, latencyFactor: 1) }

  func model(factor: Double = 1) -> TrafficModel {
    TrafficModel(
      requestsPerSecond: requestsPerSecond * factor, medianMicroseconds: Double(p50.milliseconds) * 1000, spread: spread,
      slowMicroseconds: Int(slowBound.milliseconds) * 1000)
  }
}

/// A release with constant faults, for calculations.
struct Suspect: Hashable, Sendable {
  /// Share of its requests that fail, 0...1.
  var errorRate: Double
  /// Factor on the response times.
  var latencyFactor: Double
}
