import SlipwayPorts

/// Everything that the engine touches of the outside world.
package struct Ports: Sendable {
  package let journal: any EventJournal
  package let leases: any LeaseStore
  package let target: any DeploymentTarget
  package let router: any TrafficRouter
  package let metrics: any MetricSource
  package let values: any ValueStore
  package let clock: any EngineClock
  package let ids: any IDSource

  package init(
    journal: any EventJournal, leases: any LeaseStore, target: any DeploymentTarget, router: any TrafficRouter,
    metrics: any MetricSource, values: any ValueStore, clock: any EngineClock, ids: any IDSource
  ) {
    self.journal = journal
    self.leases = leases
    self.target = target
    self.router = router
    self.metrics = metrics
    self.values = values
    self.clock = clock
    self.ids = ids
  }
}
