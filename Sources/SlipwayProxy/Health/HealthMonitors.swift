import NIOCore
import SlipwayModel

/// The health monitors of a route, all on one event loop.
final class HealthMonitors: @unchecked Sendable {  // confined to its event loop
  let loop: any EventLoop
  private let now: @Sendable () -> Timestamp
  private var monitors: [Endpoint.Place: HealthMonitor] = [:]

  init(loop: any EventLoop, now: @escaping @Sendable () -> Timestamp) {
    self.loop = loop
    self.now = now
  }

  var states: [Endpoint.Place: HealthState] { monitors.mapValues(\.state) }

  /// Done when every endpoint was asked once.
  var firstOutcomes: EventLoopFuture<Void> { .andAllSucceed(monitors.values.map(\.firstOutcome), on: loop) }

  /// Watches the endpoints of a configuration and no others; returns those that are ready now.
  func reconcile(
    _ configuration: RouteConfiguration, _ settings: LoopSettings, changed: @escaping @Sendable (Bool, Endpoint.Place) -> Void
  ) -> Set<Endpoint.Place> {
    loop.preconditionInEventLoop()
    var kept: [Endpoint.Place: HealthMonitor] = [:]
    for slot in Slot.allCases {
      let probe = configuration[slot].probe
      for endpoint in configuration[slot].endpoints {
        let place = Endpoint.Place(slot: slot, endpoint: endpoint)
        if let monitor = monitors.removeValue(forKey: place) {
          monitor.probe = probe
          kept[place] = monitor
        } else if kept[place] == nil {
          let monitor = HealthMonitor(place, probe: probe, settings: settings, loop: loop, now: now) { changed($0, place) }
          kept[place] = monitor
          monitor.start()
        }
      }
    }
    for monitor in monitors.values { monitor.stop() }
    monitors = kept
    return Set(kept.values.filter(\.state.isReady).map(\.place))
  }

  /// A request could not connect to an endpoint.
  func connectFailed(_ place: Endpoint.Place) { monitors[place]?.connectFailed() }

  func stop() {
    for monitor in monitors.values { monitor.stop() }
    monitors = [:]
  }
}
