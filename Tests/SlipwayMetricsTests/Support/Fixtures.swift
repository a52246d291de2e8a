import Foundation
import Logging
import NIOConcurrencyHelpers
import SlipwayModel
import SlipwayPorts
import SlipwayReach

@testable import SlipwayMetrics

/// The machine's clock.
struct WallClock: EngineClock {
  func now() -> Timestamp { Timestamp(milliseconds: Int64(Date().timeIntervalSince1970 * 1000)) }
  func sleep(for span: TimeSpan) async throws { try await Task.sleep(for: span.duration) }
}

/// A clock that stands where a test puts it.
final class HandClock: EngineClock {
  private let instant: NIOLockedValueBox<Timestamp>

  init(_ start: Timestamp) { instant = NIOLockedValueBox(start) }

  func now() -> Timestamp { instant.withLockedValue { $0 } }
  func sleep(for span: TimeSpan) async throws { try await Task.sleep(for: span.duration) }
  func advance(_ span: TimeSpan) { instant.withLockedValue { $0 = $0 + span } }
}

/// A proxy with one interval, or with none that answers.
struct StandInProxy: MetricSource {
  static let interval = MetricInterval(
    start: Timestamp(milliseconds: 0), length: .seconds(1), blue: SlotFigures(requests: 7, errors: 1), green: SlotFigures())
  var isSilent = false

  func read(_ key: DeploymentKey, as metrics: MetricsSpec?, since: Timestamp) async throws -> MetricSeries {
    if isSilent { throw SlipwayError(.init("silent"), .broken, "the proxy does not answer", remedy: "-") }
    return MetricSeries(intervals: [Self.interval])
  }
}

enum Fixture {
  static let key = DeploymentKey(service: Name("api")!, environment: Name("production")!)
  static let start = Timestamp("2026-11-21T12:00:00Z")!

  static let counts = PrometheusCounts(
    requests: #"http_requests_total{service="{{service}}",slot="{{slot}}"}"#,
    errors: #"http_requests_total{service="{{service}}",slot="{{slot}}",code=~"5.."}"#,
    latency: #"http_request_duration_seconds_bucket{service="{{service}}",slot="{{slot}}"}"#,
    latencySum: #"http_request_duration_seconds_sum{service="{{service}}",slot="{{slot}}"}"#)

  /// With more time for an answer than rollouts allow: forty of these begin at once here, and each makes its own connections.
  static func sources(
    _ clock: any EngineClock = WallClock(), proxy: StandInProxy = StandInProxy(), secrets: [String: String] = [:]
  ) -> MetricSources {
    var logger = Logger(label: "test")
    logger.logLevel = .critical
    return MetricSources(proxy: proxy, clock: clock, secrets: SecretReader { secrets[$0] }, logger: logger, limit: .seconds(20))
  }

  static func instant(_ name: String, _ slot: Slot, in series: MetricSeries) -> Double? {
    series.readings.last { $0.name == name && $0.slot == slot }?.value
  }
}
