import NIOCore
import NIOPosix
import SlipwayModel

/// An open port whose connections are spread over the event loops in turn.
struct Listener: Sendable {
  private let channel: any Channel
  /// The address as configured, with the real port.
  let address: ListenAddress
  /// The address as configured.
  let configured: ListenAddress

  /// - Throws: `SlipwayError` with code `port-in-use` or `listen-failed`.
  static func open(_ address: ListenAddress, route: RouteRuntime, group: MultiThreadedEventLoopGroup) async throws -> Listener {
    let loops = route.loops
    let bootstrap = ServerBootstrap(group: group)
      .serverChannelOption(.backlog, value: 1024)
      .serverChannelOption(.socketOption(.so_reuseaddr), value: 1)
      .serverChannelInitializer { channel in
        // Out of file descriptors: accepting stops for a second instead of spinning.
        channel.eventLoop.makeCompletedFuture { try channel.pipeline.syncOperations.addHandler(AcceptBackoffHandler()) }
      }
      .childChannelOption(.socketOption(.so_keepalive), value: 1)
      .childChannelInitializer { channel in
        channel.eventLoop.makeCompletedFuture {
          guard let route = loops.first(where: { $0.loop === channel.eventLoop }) else { throw ChannelError.inappropriateOperationForState }
          let settings = route.settings
          try channel.syncOptions?.setOption(.writeBufferWaterMark, value: settings.waterMark)
          let reader = RequestReader(limits: settings.decoderLimits)
          let front = FrontHandler(route: route, reader: reader, peer: channel.remoteAddress?.ipAddress ?? "unknown")
          try channel.pipeline.syncOperations.addHandlers(reader, front)
        }
      }
    let channel = try await bind(bootstrap, address)
    let port = channel.localAddress?.port ?? address.port
    return Listener(channel: channel, address: ListenAddress(host: address.host, port: port), configured: address)
  }

  /// Says whether an address could be listened at now, by doing so for a moment.
  ///
  /// - Throws: as ``open(_:route:group:)``.
  static func check(_ address: ListenAddress, group: MultiThreadedEventLoopGroup) async throws {
    let bootstrap = ServerBootstrap(group: group).serverChannelOption(.socketOption(.so_reuseaddr), value: 1)
      .childChannelInitializer { $0.close() }
    try await bind(bootstrap, address).close().get()
  }

  private static func bind(_ bootstrap: ServerBootstrap, _ address: ListenAddress) async throws -> any Channel {
    do {
      return try await bootstrap.bind(host: address.host, port: address.port).get()
    } catch let error as IOError where error.errnoCode == EADDRINUSE {
      throw SlipwayError(
        .portInUse, .input, "port \(address.port) of \(address.host) is in use by another program",
        remedy: "choose another `listen` address, or stop the program that has it (`ss -ltnp 'sport = :\(address.port)'` names it)",
        cause: error)
    } catch {
      throw SlipwayError(
        .listenFailed, .input, "the proxy can't listen at \(address)",
        remedy: "use an address of this machine and a port that this user may open (below 1024 needs a privilege)", cause: error)
    }
  }

  func close() async {
    // It fails when the channel is closed already, which is what is wanted.
    try? await channel.close().get()
  }
}

extension SlipwayError.Code {
  /// Another program listens at the address.
  package static let portInUse = SlipwayError.Code("port-in-use")
  /// The address can't be listened at for another reason.
  package static let listenFailed = SlipwayError.Code("listen-failed")
  /// The proxy has no route for the service and environment.
  package static let routeUnknown = SlipwayError.Code("route-unknown")
  /// The proxy was not started, or was stopped.
  package static let proxyNotRunning = SlipwayError.Code("proxy-not-running")
}
