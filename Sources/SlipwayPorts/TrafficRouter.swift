import SlipwayModel

/// What divides the requests between the slots. Whether a split is in force is observed through
/// ``DeploymentTarget/observe(_:)`` and never slept for.
package protocol TrafficRouter: Sendable {
  /// Makes this split so, in one atomic step. Idempotent.
  ///
  /// - Throws: `SlipwayError` with code `stale-epoch` for an outdated writer.
  func apply(_ split: TrafficSplit, for key: DeploymentKey, listen: ListenAddress?, sticky: Bool, _ operation: Operation) async throws
}

/// Where figures come from.
package protocol MetricSource: Sendable {
  /// The figures of both slots since an instant, as far as known. An empty series means no data, which is never zero.
  /// Answers or throws within two seconds. It throws when the source of counts does not answer; a source of readings that does
  /// not is named in the series' silences, since the counts beside it still protect.
  ///
  /// - Parameter metrics: where the plan has its figures come from; `nil`: from the proxy.
  func read(_ key: DeploymentKey, as metrics: MetricsSpec?, since: Timestamp) async throws -> MetricSeries
}
