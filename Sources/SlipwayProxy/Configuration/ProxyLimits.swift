import SlipwayModel

/// What bounds the proxy, per route. Everything that a client or a service can make grow has a limit here.
package struct ProxyLimits: Hashable, Sendable, Codable {
  /// Bytes of all header names and values of a message; default 65 536. A request above it gets 431.
  package var headerBytes = 65_536
  /// Header fields of a message; default 128. A request above it gets 431.
  package var headerFields = 128
  /// Bytes of a request target; default 8192. A request above it gets 414.
  package var targetBytes = 8192
  /// Bytes of one body that are held in either direction before the sender is made to wait; default 65 536.
  package var bufferedBytes = 65_536
  /// Client connections at one time; default 10 000. One above it gets 503 and is closed.
  package var connections = 10_000
  /// Idle connections kept to one endpoint, per event loop; default 64.
  package var idleUpstreamConnections = 64
  /// How long a request head may take from its first byte (of the connection, for the first one); default 10 s, then 408.
  package var headerTime = TimeSpan.seconds(10)
  /// How long a client connection may stay without a request; default 75 s, then it is closed.
  package var idleTime = TimeSpan.seconds(75)
  /// How long a connection to an endpoint may stay unused; default 30 s.
  package var idleUpstreamTime = TimeSpan.seconds(30)
  /// How long connecting to an endpoint may take; default 5 s.
  package var connectTime = TimeSpan.seconds(5)
  /// How long the service may take from the end of the request to the head of its answer; default 60 s, then 504.
  package var responseTime = TimeSpan.seconds(60)
  /// How long a body in either direction may stand still; default 60 s: 408 for a request body, the connection is cut for an answer.
  /// It does not apply to tunnels and to `text/event-stream`.
  package var bodyIdleTime = TimeSpan.seconds(60)
  /// Requests held at one time while the route is paused; default 1000. One above it gets 503.
  package var heldRequests = 1000
  /// How long a request is held; default 30 s, then 503.
  package var heldTime = TimeSpan.seconds(30)
  /// Copies of requests on their way to the mirror slot at one time; default 128. Above it no copy is made.
  package var mirroredRequests = 128
  /// Bytes of a request body that are copied for the mirror slot; default 65 536. A larger request is not mirrored.
  package var mirroredBytes = 65_536

  package init() {}

  /// A limit that is not named has its default, so that a file of an earlier version can be read.
  package init(from decoder: any Decoder) throws {
    let container = try decoder.container(keyedBy: CodingKeys.self)
    func take<T: Decodable>(_ value: inout T, _ key: CodingKeys) throws {
      value = try container.decodeIfPresent(T.self, forKey: key) ?? value
    }
    try take(&headerBytes, .headerBytes)
    try take(&headerFields, .headerFields)
    try take(&targetBytes, .targetBytes)
    try take(&bufferedBytes, .bufferedBytes)
    try take(&connections, .connections)
    try take(&idleUpstreamConnections, .idleUpstreamConnections)
    try take(&headerTime, .headerTime)
    try take(&idleTime, .idleTime)
    try take(&idleUpstreamTime, .idleUpstreamTime)
    try take(&connectTime, .connectTime)
    try take(&responseTime, .responseTime)
    try take(&bodyIdleTime, .bodyIdleTime)
    try take(&heldRequests, .heldRequests)
    try take(&heldTime, .heldTime)
    try take(&mirroredRequests, .mirroredRequests)
    try take(&mirroredBytes, .mirroredBytes)
  }

  private enum CodingKeys: String, CodingKey {
    case headerBytes = "header_bytes"
    case headerFields = "header_fields"
    case targetBytes = "target_bytes"
    case bufferedBytes = "buffered_bytes"
    case connections
    case idleUpstreamConnections = "idle_upstream_connections"
    case headerTime = "header_ms"
    case idleTime = "idle_ms"
    case idleUpstreamTime = "idle_upstream_ms"
    case connectTime = "connect_ms"
    case responseTime = "response_ms"
    case bodyIdleTime = "body_idle_ms"
    case heldRequests = "held_requests"
    case heldTime = "held_ms"
    case mirroredRequests = "mirrored_requests"
    case mirroredBytes = "mirrored_bytes"
  }
}
