import NIOCore
import NIOHTTP1
import NIOPosix
import SlipwayModel

/// One endpoint as one event loop sees it: whether it may get requests, how many it has, and its idle connections.
final class UpstreamPool: @unchecked Sendable {  // confined to its event loop
  /// Requests that must not be sent twice take a kept connection only when it was used this recently: one that was idle for
  /// longer may be about to be closed by the service, and then nobody can tell whether the request arrived.
  static let freshness = TimeAmount.seconds(1)

  let endpoint: Endpoint
  let slot: Slot
  private let loop: any EventLoop
  /// `nil` for a host name, which is resolved at each connection.
  private let address: SocketAddress?
  private let onConnectFailure: @Sendable () -> Void
  var settings: LoopSettings

  /// Whether the last probes succeeded, as the health monitor says.
  var isReady = false
  /// No new requests: being drained, or no longer in the configuration.
  var isDraining = false
  var isRemoved = false
  private(set) var inFlight = 0
  /// Connections without a request; the one used last is at the end.
  private var idle: [UpstreamConnection] = []

  init(_ endpoint: Endpoint, slot: Slot, loop: any EventLoop, settings: LoopSettings, onConnectFailure: @escaping @Sendable () -> Void) {
    self.endpoint = endpoint
    self.slot = slot
    self.loop = loop
    self.settings = settings
    self.onConnectFailure = onConnectFailure
    address = try? SocketAddress(ipAddress: endpoint.host, port: endpoint.port)
  }

  var isAvailable: Bool { isReady && !isDraining && !isRemoved }

  func requestStarted() { inFlight += 1 }
  func requestEnded() { inFlight -= 1 }

  /// An idle connection, the most recently used first; `nil` when a new one has to be opened.
  func takeIdle(freshAt now: NIODeadline?) -> UpstreamConnection? {
    guard let connection = idle.last else { return nil }
    if let now, now - connection.idleSince > Self.freshness { return nil }
    idle.removeLast()
    connection.isIdle = false
    return connection
  }

  /// Keeps a connection for the next request, or closes it when it is not wanted.
  func park(_ connection: UpstreamConnection) {
    guard !isRemoved, !isDraining, idle.count < settings.limits.idleUpstreamConnections else {
      connection.abandon()
      return
    }
    connection.isIdle = true
    connection.idleSince = .now()
    idle.append(connection)
  }

  func remove(_ connection: UpstreamConnection) {
    connection.isIdle = false
    idle.removeAll { $0 === connection }
  }

  /// Closes the connections that have been idle for too long; all of them when the endpoint gets no more requests.
  func sweep(at now: NIODeadline) {
    let all = isRemoved || isDraining
    var expired = 0
    while expired < idle.count, all || now - idle[expired].idleSince > settings.idleUpstreamTime { expired += 1 }
    let closing = idle.prefix(expired)
    idle.removeFirst(expired)
    for connection in closing {
      connection.isIdle = false
      connection.abandon()
    }
  }

  /// Opens a connection. The handler is called on the event loop, with `nil` when none could be opened.
  func connect(_ opened: @escaping @Sendable (UpstreamConnection?) -> Void) {
    let limits = settings.limits
    let bootstrap = ClientBootstrap(group: loop)
      .connectTimeout(.milliseconds(limits.connectTime.milliseconds))
      .channelOption(.writeBufferWaterMark, value: settings.waterMark)
      .channelOption(.socketOption(.so_keepalive), value: 1)
      .channelInitializer { channel in
        channel.eventLoop.makeCompletedFuture {
          let reader = ResponseReader(limits: self.settings.decoderLimits)
          let connection = UpstreamConnection(reader: reader)
          reader.connection = connection
          connection.pool = self
          try channel.pipeline.syncOperations.addHandlers(reader, connection)
        }
      }
    let connecting = address.map { bootstrap.connect(to: $0) } ?? bootstrap.connect(host: endpoint.host, port: endpoint.port)
    connecting.whenComplete { result in
      // A channel that was closed right away has lost its handlers: there is no connection either.
      let channel = try? result.get()
      let connection = try? channel?.pipeline.syncOperations.handler(type: UpstreamConnection.self)
      if connection == nil { self.onConnectFailure() }
      opened(connection)
    }
  }
}
