import SlipwayModel

/// Everything the proxy is told: what it keeps in its file and comes back with after a restart.
package struct ProxyConfiguration: Hashable, Sendable, Codable {
  /// The format that this version writes.
  package static let currentVersion = 1

  package let version: Int
  /// One per service and environment, ordered by key.
  package private(set) var routes: [RouteConfiguration]

  /// Of several routes with the same key, the last counts.
  package init(routes: [RouteConfiguration] = []) {
    version = Self.currentVersion
    self.routes = []
    for route in routes { self[route.key] = route }
  }

  /// The route of a service in an environment; setting it adds, replaces or (with `nil`) removes it.
  package subscript(key: DeploymentKey) -> RouteConfiguration? {
    get { routes.first { $0.key == key } }
    set {
      routes.removeAll { $0.key == key }
      guard let newValue else { return }
      let place = routes.firstIndex { $0.key > key } ?? routes.endIndex
      routes.insert(newValue, at: place)
    }
  }
}

/// How requests to one listen address are divided between the replicas of one service in one environment.
package struct RouteConfiguration: Hashable, Sendable, Codable {
  package let key: DeploymentKey
  /// Where requests are taken; port 0 asks the system for a free port, which ``RouteStatus/listen`` then tells.
  package var listen: ListenAddress
  /// Whether a client stays with its slot (by a cookie that the proxy sets) while both slots have a share; default true.
  /// Without it every request is drawn anew.
  package var sticky: Bool
  package var split: TrafficSplit
  package var blue: SlotConfiguration
  package var green: SlotConfiguration
  package var limits: ProxyLimits
  /// Whether requests are held back instead of forwarded; see ``ProxyLimits/heldRequests`` and ``ProxyLimits/heldTime``.
  package var paused: Bool
  /// Whether answers carry `X-Slipway-Slot: blue|green`; default false: it tells outsiders about a rollout.
  package var exposeSlot: Bool
  /// Whether `X-Forwarded-Proto`, `X-Forwarded-Host` and `Forwarded` of incoming requests are believed and passed on; default
  /// false. True only behind another proxy that sets them.
  package var trustForwarded: Bool
  /// Secret of the sticky hash, so that nobody can predict a client's slot; `nil` lets the proxy choose one at random and keep it.
  package var salt: RouteSalt?

  package init(
    key: DeploymentKey, listen: ListenAddress, sticky: Bool = true, split: TrafficSplit = .none,
    blue: SlotConfiguration = SlotConfiguration(), green: SlotConfiguration = SlotConfiguration(),
    limits: ProxyLimits = ProxyLimits(), paused: Bool = false, exposeSlot: Bool = false, trustForwarded: Bool = false,
    salt: RouteSalt? = nil
  ) {
    self.key = key
    self.listen = listen
    self.sticky = sticky
    self.split = split
    self.blue = blue
    self.green = green
    self.limits = limits
    self.paused = paused
    self.exposeSlot = exposeSlot
    self.trustForwarded = trustForwarded
    self.salt = salt
  }

  package subscript(slot: Slot) -> SlotConfiguration {
    get {
      switch slot {
      case .blue: blue
      case .green: green
      }
    }
    set {
      switch slot {
      case .blue: blue = newValue
      case .green: green = newValue
      }
    }
  }

  private enum CodingKeys: String, CodingKey {
    case key, listen, sticky, split, blue, green, limits, paused, salt
    case exposeSlot = "expose_slot"
    case trustForwarded = "trust_forwarded"
  }
}

/// The replicas of one slot and how their health is asked for.
package struct SlotConfiguration: Hashable, Sendable, Codable {
  package var endpoints: [Endpoint]
  package var probe: HealthProbe

  package init(endpoints: [Endpoint] = [], probe: HealthProbe = HealthProbe()) {
    self.endpoints = endpoints
    self.probe = probe
  }
}

/// One replica: where it listens, under a name that stays the same while it is the same process.
package struct Endpoint: Hashable, Sendable, Codable {
  /// Unique in its slot. The same id with another address is another endpoint, which has to become ready first.
  package let id: String
  /// IP address or host name.
  package let host: String
  /// 1...65535.
  package let port: Int

  package init(id: String, host: String = "127.0.0.1", port: Int) {
    self.id = id
    self.host = host
    self.port = port
  }
}

/// How the readiness of an endpoint is asked for: `GET path`, where only an answer 200...299 within the time-out is a success.
package struct HealthProbe: Hashable, Sendable, Codable {
  /// Starts with `/`; default `/health`.
  package var path: String
  /// Time between the ends of two probes; default 1 s. An endpoint that was never ready is asked at least every 100 ms.
  package var interval: TimeSpan
  /// How long a probe may take, connecting included; default 5 s.
  package var timeout: TimeSpan
  /// Consecutive failures (probes, and connections that requests could not open) after which the endpoint is unready; default 3.
  package var failures: Int

  package init(path: String = "/health", interval: TimeSpan = .seconds(1), timeout: TimeSpan = .seconds(5), failures: Int = 3) {
    self.path = path
    self.interval = interval
    self.timeout = timeout
    self.failures = failures
  }

  /// The readiness part of a service's health settings.
  package init(_ health: HealthSpec) {
    self.init(path: health.readiness, interval: health.interval, timeout: health.timeout, failures: health.failures)
  }

  private enum CodingKeys: String, CodingKey {
    case path, failures
    case interval = "interval_ms"
    case timeout = "timeout_ms"
  }
}
