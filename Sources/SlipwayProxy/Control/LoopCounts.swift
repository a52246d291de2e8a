import SlipwayModel

/// What one event loop counts for a route, as one value that can leave the loop.
struct LoopCounts: Sendable {
  let split: TrafficSplit
  let paused: Bool
  let connections: Int
  let held: Int
  let failovers: Int
  let mirrored: Int
  private let inFlight: [Endpoint.Place: Int]
  private let inFlightBySlot: [Slot: Int]

  init(_ route: LoopRoute) {
    split = route.splitter.split
    paused = route.isPaused
    connections = route.fronts.count
    held = route.heldCount
    failovers = route.failovers
    mirrored = route.mirrored
    var places: [Endpoint.Place: Int] = [:]
    var slots: [Slot: Int] = [:]
    for slot in Slot.allCases {
      for pool in route[slot].matching(nil) {
        places[Endpoint.Place(slot: slot, endpoint: pool.endpoint), default: 0] += pool.inFlight
        slots[slot, default: 0] += pool.inFlight
      }
    }
    inFlight = places
    inFlightBySlot = slots
  }

  func inFlight(_ place: Endpoint.Place) -> Int { inFlight[place] ?? 0 }
  func inFlight(_ slot: Slot) -> Int { inFlightBySlot[slot] ?? 0 }
}

extension RouteStatus {
  /// Adds up what the loops report.
  init(_ configuration: RouteConfiguration, listen: ListenAddress, health: [Endpoint.Place: HealthState], counts: [LoopCounts]) {
    func status(_ slot: Slot) -> SlotStatus {
      let endpoints = configuration[slot].endpoints.map { endpoint in
        let place = Endpoint.Place(slot: slot, endpoint: endpoint)
        let state = health[place] ?? HealthState()
        return EndpointStatus(
          endpoint: endpoint, ready: state.isReady, consecutiveFailures: state.consecutiveFailures,
          lastFailure: state.lastFailure, readySince: state.readySince, inFlight: counts.reduce(0) { $0 + $1.inFlight(place) },
          everConnected: state.everConnected)
      }
      return SlotStatus(endpoints: endpoints, inFlight: counts.reduce(0) { $0 + $1.inFlight(slot) })
    }
    self.init(
      listen: listen, split: counts.first?.split ?? configuration.split, paused: counts.allSatisfy(\.paused), blue: status(.blue),
      green: status(.green), connections: counts.reduce(0) { $0 + $1.connections }, held: counts.reduce(0) { $0 + $1.held },
      failovers: counts.reduce(0) { $0 + $1.failovers }, mirrored: counts.reduce(0) { $0 + $1.mirrored })
  }
}
