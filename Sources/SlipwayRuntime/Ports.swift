import SlipwayEngine
import SlipwayModel
import SlipwayPorts

/// Everything that the engine touches of the outside world. Shared, so that who goes on with it has one reference to count and not one
/// for each port.
package final class Ports: Sendable {
  package let journal: any EventJournal
  package let leases: any LeaseStore
  package let target: any DeploymentTarget
  package let router: any TrafficRouter
  package let metrics: any MetricSource
  package let values: any ValueStore
  package let clock: any EngineClock
  package let ids: any IDSource
  package let gates: any GateProbe
  /// Finds the target of a plan that runs in a cluster; `nil` where there are none, as in a simulation.
  package let clusters: (any ClusterDirectory)?

  package init(
    journal: any EventJournal, leases: any LeaseStore, target: any DeploymentTarget, router: any TrafficRouter,
    metrics: any MetricSource, values: any ValueStore, clock: any EngineClock, ids: any IDSource,
    clusters: (any ClusterDirectory)? = nil, gates: any GateProbe = NoGateProbe()
  ) {
    self.journal = journal
    self.leases = leases
    self.target = target
    self.router = router
    self.metrics = metrics
    self.values = values
    self.clock = clock
    self.ids = ids
    self.clusters = clusters
    self.gates = gates
  }

  /// The same ports with the target and the router of a plan.
  package func at(_ plan: Plan) -> Ports {
    guard let kubernetes = plan.kubernetes, let clusters else { return self }
    let place = clusters.place(kubernetes)
    return Ports(
      journal: journal, leases: leases, target: place, router: place, metrics: metrics, values: values, clock: clock, ids: ids,
      clusters: clusters, gates: gates)
  }
}
