import Logging
import SlipwayMetrics
import SlipwayModel
import SlipwayPorts
import SlipwayRuntime

/// Asks the outside sources of figures once, as the server would, so that a query can be tried before a rollout depends on it.
struct SourceProbe: Sendable {
  /// Of the file: where commands run and relative paths start.
  let folder: String

  private static let window = TimeSpan.minutes(5)

  /// One check for each service of each environment that has outside sources. None is `failed`: the server may have variables
  /// and a network that this process has not.
  func checks(_ project: Project) async -> [Check] {
    var checks: [Check] = []
    for environment in project.environments {
      guard let metrics = environment.metrics?.within(folder) else { continue }
      for service in environment.services {
        checks.append(await check(DeploymentKey(service: service.name, environment: environment.name), metrics))
      }
    }
    return checks
  }

  private func check(_ key: DeploymentKey, _ metrics: MetricsSpec) async -> Check {
    let clock = SystemClock(notBefore: nil)
    var logger = Logger(label: "doctor")
    logger.logLevel = .error
    let sources = MetricSources(proxy: NoProxy(), clock: clock, logger: logger)
    let result: Result<MetricSeries, any Error>
    do { result = .success(try await sources.read(key, as: metrics, since: clock.now() - Self.window)) } catch { result = .failure(error) }
    await sources.close()
    switch result {
    case .failure(let error):
      let known = error as? SlipwayError
      return Check(
        "metrics", .warning, "\(key): \(known?.message ?? "\(error)")" + (known?.cause.map { ": \($0)" } ?? ""),
        remedy: known?.remedy ?? "look at `metrics` in the file")
    case .success(let series): return Self.report(key, metrics, series)
    }
  }

  private static func report(_ key: DeploymentKey, _ metrics: MetricsSpec, _ series: MetricSeries) -> Check {
    var parts: [String] = []
    if metrics.source == .prometheus {
      let requests = Slot.allCases.map { slot in "\(slot.rawValue) \(series.intervals.reduce(0) { $0 + $1[slot].requests })" }
      parts.append("requests in \(window): " + (series.intervals.isEmpty ? "none known" : requests.joined(separator: ", ")))
    }
    for name in metrics.readings.flatMap(\.names) {
      let values = Slot.allCases.compactMap { slot in
        series.readings.last { $0.name == name && $0.slot == slot }.map { "\(slot.rawValue) \($0.value)" }
      }
      if !values.isEmpty { parts.append("\(name): " + values.joined(separator: ", ")) }
    }
    let silences = series.silences.map(\.sentence)
    let isCounted = metrics.source != .prometheus || !series.intervals.isEmpty
    return Check(
      "metrics", silences.isEmpty && isCounted ? .ok : .warning,
      "\(key): " + (parts + silences).joined(separator: "; "),
      remedy: silences.isEmpty && isCounted ? "" : "try the query by hand; a slot that does not run has no figures")
  }

  /// Nothing is asked of the proxy here.
  private struct NoProxy: MetricSource {
    func read(_ key: DeploymentKey, as metrics: MetricsSpec?, since: Timestamp) async throws -> MetricSeries {
      MetricSeries(intervals: [])
    }
  }
}
