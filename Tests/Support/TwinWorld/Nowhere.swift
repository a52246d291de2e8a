import SlipwayModel
import SlipwayPorts

/// This machine for rollouts in a cluster: nothing is to happen here, and no source counts requests.
package struct Nowhere: DeploymentTarget, TrafficRouter, MetricSource {
  package init() {}

  private func refuse() -> SlipwayError {
    SlipwayError(
      SlipwayError.Code("not-here"), .broken, "a rollout in a cluster has turned to this machine", remedy: "look for what sent it here")
  }

  package func check(_ request: PrepareRequest, listen: ListenAddress?) async throws { throw refuse() }
  package func prepare(_ request: PrepareRequest, _ operation: Operation) async throws -> Digest { throw refuse() }
  package func ensure(_ workload: Workload, _ operation: Operation) async throws { throw refuse() }
  package func observe(_ key: DeploymentKey) async throws -> WorldObservation { throw refuse() }
  package func retire(_ key: DeploymentKey, slot: Slot, _ operation: Operation) async throws { throw refuse() }

  package func apply(
    _ split: TrafficSplit, for key: DeploymentKey, listen: ListenAddress?, sticky: Bool, _ operation: Operation
  ) async throws { throw refuse() }

  package func read(_ key: DeploymentKey, as metrics: MetricsSpec?, since: Timestamp) async throws -> MetricSeries {
    MetricSeries(intervals: [])
  }
}
