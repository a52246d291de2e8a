import Logging
import NIOCore
import NIOPosix
import SlipwayModel

/// The embedded reverse proxy: one listener per service and environment, requests divided between two slots.
///
/// Every change is written to the file before it takes effect, and is in force on all event loops when its call returns.
package final class ProxyServer: Sendable {
  private let plane: ControlPlane

  /// - Parameters:
  ///   - configuration: the routes to begin with when there is no file yet.
  ///   - file: path where the configuration is kept; `nil` keeps it in memory only.
  ///   - group: event loops to run on, which the caller stops; `nil` starts one per processor and stops them in ``shutdown(within:)``.
  ///   - now: wall time, for intervals and `readySince`.
  package init(
    configuration: ProxyConfiguration = ProxyConfiguration(), file: String? = nil, logger: Logger,
    group: MultiThreadedEventLoopGroup? = nil, now: @escaping @Sendable () -> Timestamp = systemTime
  ) {
    plane = ControlPlane(configuration: configuration, file: file, logger: logger, group: group, now: now)
  }

  /// Reads the file, asks every endpoint once for its health (at most one second), and opens all listeners. A route that
  /// can't be read or opened is in ``problems`` and logged; the others serve.
  ///
  /// - Throws: `SlipwayError`: `proxy-file-unreadable` when the file exists and can't be read at all, `proxy-file-not-saved`.
  package func start() async throws { try await plane.start() }

  /// Stops accepting, closes idle connections, lets requests finish for at most `limit`, then cuts what is left. No call
  /// after it changes anything.
  ///
  /// - Returns: how many requests and tunnels were cut.
  @discardableResult
  package func shutdown(within limit: TimeSpan) async -> Int { await plane.shutdown(within: limit) }

  /// Adds a route or replaces the one with the same key. Requests in flight go on; the listener is kept when its address
  /// is the same, and the salt when the new configuration has none.
  ///
  /// - Throws: `SlipwayError`: `route-invalid`, `port-in-use`, `listen-failed`, `proxy-file-not-saved`; nothing is changed then.
  package func update(route: RouteConfiguration) async throws { try await plane.update(route: route) }

  /// Says whether a route could listen at an address: it does already, or the port is free. Nothing is changed.
  ///
  /// - Throws: `SlipwayError`: `port-in-use`, `listen-failed`.
  package func check(listen address: ListenAddress, for key: DeploymentKey) async throws {
    try await plane.check(listen: address, for: key)
  }

  /// Closes the listener and the idle connections of a route and returns when its requests are finished, at most after 30 s; what
  /// is then left is cut. Does nothing for an unknown key.
  package func remove(route key: DeploymentKey) async throws { try await plane.remove(route: key) }

  /// Replaces the endpoints of a slot, and its health probe when one is given. Endpoints that were there before (same id
  /// and address) keep their state; new ones get requests once a probe has succeeded; removed ones get no new requests.
  ///
  /// - Throws: `SlipwayError`: `route-unknown`, `route-invalid`, `proxy-file-not-saved`; nothing is changed then.
  package func setEndpoints(_ endpoints: [Endpoint], probe: HealthProbe? = nil, slot: Slot, for key: DeploymentKey) async throws {
    try await plane.change(key, named: [slot]) {
      $0[slot].endpoints = endpoints
      if let probe { $0[slot].probe = probe }
    }
  }

  /// Puts a split in force on all event loops, each by one assignment. Requests that have been given a slot keep it.
  ///
  /// - Throws: `SlipwayError`: `route-unknown`, `proxy-file-not-saved`; nothing is changed then.
  package func apply(split: TrafficSplit, sticky: Bool, for key: DeploymentKey) async throws {
    try await plane.change(key) {
      $0.split = split
      $0.sticky = sticky
    }
  }

  /// Holds back new requests, bounded in number and time by the route's limits.
  package func pause(_ key: DeploymentKey) async throws { try await plane.change(key) { $0.paused = true } }

  /// Lets the held requests go, in the order in which they came on each connection's event loop.
  package func resume(_ key: DeploymentKey) async throws { try await plane.change(key) { $0.paused = false } }

  /// Waits until a slot, or one endpoint of it, has no request and no tunnel in flight; at the deadline cuts the rest. From
  /// the call on, what is drained gets no new request until ``setEndpoints(_:probe:slot:for:)`` names it again. Endpoints
  /// already removed from the configuration are found too. Cancelling the task counts as the deadline.
  ///
  /// - Returns: how many requests and tunnels were cut; 0 for an unknown route or endpoint.
  ///
  /// - Parameter cutting: whether what is still open then is ended here; otherwise it is left to the service, which may end a
  ///   websocket better than the proxy can.
  package func drain(
    _ key: DeploymentKey, slot: Slot, endpoint id: String? = nil, within limit: TimeSpan, cutting: Bool = true
  ) async -> Int {
    await plane.drain(key, slot: slot, endpoint: id, within: limit, cutting: cutting)
  }

  /// What a route is doing now; `nil` when there is none, or its listener could not be opened.
  package func status(_ key: DeploymentKey) async -> RouteStatus? { await plane.status(key) }

  /// The figures of both slots per second, for intervals that end after `since`, at most the last hour. An unknown route
  /// has an empty series.
  package func metrics(_ key: DeploymentKey, since: Timestamp) -> MetricSeries { plane.metrics(key, since: since) }

  /// What the proxy is told at present.
  package var configuration: ProxyConfiguration { plane.configuration }

  /// What went wrong in ``start()`` without stopping it: routes that could not be read from the file or opened.
  package var problems: [SlipwayError] { plane.problems }
}
