import Hummingbird
import HummingbirdCore
import Logging
import NIOCore
import ServiceLifecycle
import SlipwayModel
import SlipwayPorts
import SlipwayRuntime
import UnixSignals

/// The engine with its HTTP API, from taking up what is unfinished to closing the journal.
package struct Server: Sendable {
  package struct Options: Sendable {
    /// Path of the Unix socket. A socket file that is already there is replaced: the caller holds the journal's lock, so no
    /// other server can be behind it.
    package let socket: String
    /// Where the API is offered over TCP as well; `nil` for nowhere.
    package let listen: ListenAddress?
    /// Who may come over TCP; needed with ``listen``.
    package let tokens: AccessTokens
    /// Signals that end the server in order.
    package let handlesSignals: Bool

    package init(socket: String, listen: ListenAddress? = nil, tokens: AccessTokens = AccessTokens(texts: []), handlesSignals: Bool = true)
    {
      self.socket = socket
      self.listen = listen
      self.tokens = tokens
      self.handlesSignals = handlesSignals
    }
  }

  /// Where the API can be reached, once it can.
  package enum Ready: Hashable, Sendable {
    case socket(String)
    case address(ListenAddress)
  }

  private let ports: Ports
  private let audit: any AuditLog
  private let options: Options
  private let group: any EventLoopGroup
  private let logger: Logger
  private let station: Station
  private let companion: (@Sendable (Engine) async throws -> Void)?

  /// - Parameters:
  ///   - station: what it may do; one that stands by follows the journal, and offers its API over TCP only: the socket in the
  ///     state folder is the leader's.
  ///   - companion: what else has the engine do things, where it drives. It runs from taking up what is unfinished until it is cancelled,
  ///     which is when nothing is driven any more; an error of its own ends the server.
  package init(
    ports: Ports, audit: any AuditLog, options: Options, eventLoopGroup: any EventLoopGroup, logger: Logger, station: Station = .alone,
    companion: (@Sendable (Engine) async throws -> Void)? = nil
  ) {
    self.companion = companion
    self.ports = ports
    self.station = station
    self.audit = audit
    self.options = options
    group = eventLoopGroup
    self.logger = logger
  }

  /// Serves until a signal, `POST /v1/shutdown` or cancellation. Then it stops accepting, lets open requests end, leaves
  /// rollouts where they are (the next start takes them up), signs a checkpoint and closes the journal.
  ///
  /// - Parameters:
  ///   - end: when it returns, nothing is driven from then on, and the server ends as after a signal; by itself it never returns.
  ///   - onReady: called for each listener that accepts connections.
  /// - Throws: `SlipwayError`: `port-in-use`, `listen-failed`, `token-missing`, and what reading and closing the journal threw.
  package func run(
    until end: @escaping @Sendable () async -> Void, onReady: @escaping @Sendable (Ready) async -> Void
  ) async throws {
    do {
      try await serve(end, onReady)
    } catch {
      await close()
      throw error
    }
    try await audit.close(at: ports.clock.now())
  }

  /// As ``run(until:onReady:)``, without an end of its own.
  package func run(onReady: @escaping @Sendable (Ready) async -> Void = { _ in }) async throws {
    try await run(until: Self.untilCancelled, onReady: onReady)
  }

  /// Waits for the end of the task that it is called in.
  package static let untilCancelled: @Sendable () async -> Void = {
    for await _ in AsyncStream<Void>.makeStream().stream {}
  }

  private func serve(_ end: @escaping @Sendable () async -> Void, _ onReady: @escaping @Sendable (Ready) async -> Void) async throws {
    guard options.listen == nil || !options.tokens.isEmpty else {
      throw SlipwayError(
        .tokenMissing, .input, "the API is not offered over TCP without a token", remedy: "put one into the state folder's file `token`")
    }
    let engine = Engine(ports: ports, logger: logger)
    let shutdown = ShutdownTrigger()
    let api = API(engine: engine, ports: ports, audit: audit, shutdown: shutdown, station: station)
    var services: [any Service] = []
    let socket = SocketFile(options.socket, isShared: station.takesTurns, logger: logger)
    if station.drives {
      try await engine.recover()
      services.append(EngineService(engine: engine, end: end, shutdown: shutdown))
      if let companion { services.append(CompanionService(engine: engine, work: companion)) }
      services.append(
        listener(api, .peer, .unixDomainSocket(path: socket.bindPath)) { _ in
          socket.publish()
          await onReady(.socket(options.socket))
        })
    } else {
      services.append(FollowingService(engine: engine, clock: ports.clock, logger: logger, end: end, shutdown: shutdown))
    }
    if let listen = options.listen {
      services.append(
        listener(api, .token(options.tokens), .hostname(listen.host, port: listen.port)) { channel in
          await onReady(.address(ListenAddress(host: listen.host, port: channel.localAddress?.port ?? listen.port)))
        })
    }
    var configuration = ServiceGroupConfiguration(services: services, logger: logger)
    configuration.gracefulShutdownSignals = options.handlesSignals ? [.sigterm, .sigint] : []
    configuration.maximumGracefulShutdownDuration = .seconds(20)
    let serviceGroup = ServiceGroup(configuration: configuration)
    shutdown.use(serviceGroup)
    do { try await serviceGroup.run() } catch { throw Self.explained(error, options.listen) }
  }

  private func listener(
    _ api: API, _ access: Access, _ address: BindAddress, onRunning: @escaping @Sendable (any Channel) async -> Void
  ) -> any Service {
    Application(
      router: api.router(access),
      server: .http1(configuration: HTTP1Channel.Configuration(idleTimeout: .seconds(90))),
      configuration: ApplicationConfiguration(address: address, availableConnectionsDelegate: MaximumAvailableConnections(512)),
      onServerRunning: onRunning, eventLoopGroupProvider: .shared(group), logger: logger)
  }

  /// After a failure the journal is closed too; the failure is what the caller hears of.
  private func close() async {
    do { try await audit.close(at: ports.clock.now()) } catch {
      logger.error("the journal could not be closed in order", metadata: ["error": "\(error)"])
    }
  }

  private static func explained(_ error: any Error, _ listen: ListenAddress?) -> any Error {
    guard let error = error as? IOError else { return error }
    let place = listen.map { " at \($0)" } ?? ""
    if error.errnoCode == Errno.addressInUse {
      return SlipwayError(
        .portInUse, .broken, "the address\(place) is in use by another program",
        remedy: "stop that program (`ss -ltnp` shows it) or choose another address with --listen", cause: error)
    }
    return SlipwayError(
      .listenFailed, .broken, "the API can't be offered\(place)", remedy: "look at the cause; choose another address with --listen",
      cause: error)
  }
}

extension SlipwayError.Code {
  package static let portInUse = SlipwayError.Code("port-in-use")
  package static let listenFailed = SlipwayError.Code("listen-failed")
  package static let tokenMissing = SlipwayError.Code("token-missing")
}
