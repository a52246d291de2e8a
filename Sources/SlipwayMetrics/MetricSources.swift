import Logging
import SlipwayModel
import SlipwayPorts
import SlipwayReach

/// Every source of figures behind one port: the proxy, and whatever outside sources a plan names.
package actor MetricSources: MetricSource {
  private struct Subject: Hashable {
    let key: DeploymentKey
    let metrics: MetricsSpec
  }

  private let proxy: any MetricSource
  private let clock: any EngineClock
  private let connections = WebConnections()
  private let secrets: SecretReader
  private let logger: Logger
  /// What `MetricSource.read` promises, with something to spare.
  private let limit: TimeSpan
  private var feeds: [Subject: Feed] = [:]
  private var warned: Set<String> = []

  /// - Parameter proxy: answers for plans that name no outside source, and counts for those that want readings only.
  package init(proxy: any MetricSource, clock: any EngineClock, logger: Logger) {
    self.init(proxy: proxy, clock: clock, secrets: .process, logger: logger)
  }

  init(
    proxy: any MetricSource, clock: any EngineClock, secrets: SecretReader, logger: Logger, limit: TimeSpan = .milliseconds(1950)
  ) {
    (self.proxy, self.clock, self.secrets, self.logger, self.limit) = (proxy, clock, secrets, logger, limit)
  }

  package nonisolated func read(_ key: DeploymentKey, as metrics: MetricsSpec?, since: Timestamp) async throws -> MetricSeries {
    guard let metrics else { return try await proxy.read(key, as: nil, since: since) }
    let feed = await feed(Subject(key: key, metrics: metrics))
    do {
      let series = try await within(limit) { try await feed.read(since: since) }
      await report(await feed.warnings, key)
      return series
    } catch is TimeLimit {
      throw SlipwayError.metricsUnreachable("the sources of figures have not answered within \(limit)")
    }
  }

  /// Ends all connections. Nothing can be read any more then.
  package func close() async {
    feeds = [:]
    await connections.close()
  }

  private func feed(_ subject: Subject) async -> Feed {
    if let feed = feeds[subject] { return feed }
    let feed = Feed(
      subject.key, subject.metrics, proxy: proxy, clock: clock, web: WebClient(connections: connections, secrets: secrets))
    // What nobody has read for long belongs to a rollout that is over.
    for (other, old) in feeds where await old.lastUse + .minutes(30) < clock.now() { feeds[other] = nil }
    feeds[subject] = feed
    return feed
  }

  /// A warning is logged once; Prometheus repeats it with every answer.
  private func report(_ warnings: [String], _ key: DeploymentKey) {
    for warning in warnings where warned.count < 1000 && warned.insert("\(key) \(warning)").inserted {
      logger.warning("a metric source warns", metadata: ["key": "\(key)", "warning": "\(warning)"])
    }
  }
}
