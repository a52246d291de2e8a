import SlipwayModel

/// What a route is doing now, as its event loops report it.
package struct RouteStatus: Hashable, Sendable, Codable {
  /// Where requests are taken, with the real port when the configuration asked for port 0.
  package let listen: ListenAddress
  /// The split in force: the same on all event loops, as the newest ``ProxyServer/apply(split:sticky:for:)`` has returned.
  package let split: TrafficSplit
  package let paused: Bool
  package let blue: SlotStatus
  package let green: SlotStatus
  /// Client connections open now.
  package let connections: Int
  /// Requests held by a pause now.
  package let held: Int
  /// Requests that went to the other slot since their own had no ready endpoint, since the route was opened.
  package let failovers: Int
  /// Requests copied to a mirror slot, since the route was opened.
  package let mirrored: Int

  package subscript(slot: Slot) -> SlotStatus {
    switch slot {
    case .blue: blue
    case .green: green
    }
  }
}

/// What one slot is doing now.
package struct SlotStatus: Hashable, Sendable, Codable {
  /// In the order of the configuration.
  package let endpoints: [EndpointStatus]
  /// Requests being answered now, those of endpoints that were removed from the configuration included.
  package let inFlight: Int

  package init(endpoints: [EndpointStatus] = [], inFlight: Int = 0) {
    self.endpoints = endpoints
    self.inFlight = inFlight
  }

  package var readyEndpoints: Int { endpoints.count { $0.ready } }
  /// The longest present run of failures over all endpoints.
  package var consecutiveFailures: Int { endpoints.map(\.consecutiveFailures).max() ?? 0 }
}

/// What one endpoint is doing now.
package struct EndpointStatus: Hashable, Sendable, Codable {
  package let endpoint: Endpoint
  /// Whether it may get requests.
  package let ready: Bool
  /// Failed probes and connection attempts since the last success.
  package let consecutiveFailures: Int
  /// What the newest of these was, in words; `nil` when there is none.
  package let lastFailure: String?
  /// Since when it has been ready without interruption; `nil` when it is not.
  package let readySince: Timestamp?
  /// Requests and tunnels being answered now.
  package let inFlight: Int
  /// Whether anything ever accepted a connection there.
  package let everConnected: Bool
}
