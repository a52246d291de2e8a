import HTTPTypes
import Hummingbird
import Logging
import NIOCore
import NIOPosix
import ServiceLifecycle
import SlipwayModel

/// The API of a cluster over HTTP/1.1 on 127.0.0.1, for as long as a test runs.
package struct ClusterServer: Sendable {
  /// The cluster behind it.
  package let cluster: Cluster
  package let port: Int
  /// `http://127.0.0.1:PORT`.
  package var url: String { "http://127.0.0.1:\(port)" }

  /// Serves a cluster while `body` runs, then stops.
  ///
  /// - Parameters:
  ///   - state: the cluster to begin with.
  ///   - ticksItself: whether controllers act as real time passes, every few milliseconds.
  ///   - bookmarkEvery: how often a watch that wants bookmarks gets one (kube-apiserver: about a minute).
  ///   - onRequest: told of each request when its head has come: method, and path with query.
  package static func run<Result: Sendable>(
    _ state: ClusterState, ticksItself: Bool = true, bookmarkEvery: TimeSpan = .seconds(60),
    onRequest: @escaping @Sendable (_ method: String, _ path: String) -> Void = { _, _ in },
    _ body: @escaping @Sendable (ClusterServer) async throws -> Result
  ) async throws -> Result {
    let cluster = Cluster(state, ticksItself: ticksItself)
    let (ports, port) = AsyncStream.makeStream(of: Int.self)
    let responder = APIResponder(cluster: cluster, bookmarkEvery: bookmarkEvery, onRequest: onRequest)
    var logger = Logger(label: "cluster-double")
    logger.logLevel = .critical
    let application = Application(
      responder: responder, configuration: ApplicationConfiguration(address: .hostname("127.0.0.1", port: 0)),
      onServerRunning: { channel in
        port.yield(channel.localAddress?.port ?? 0)
        port.finish()
      }, eventLoopGroupProvider: .shared(MultiThreadedEventLoopGroup.singleton), logger: logger)
    // Ended in order: a server that is only cancelled lets go of connections that it has taken and not yet looked at, which NIO takes
    // for a mistake of the program and stops it.
    var configuration = ServiceGroupConfiguration(services: [application], logger: logger)
    configuration.maximumGracefulShutdownDuration = .seconds(1)
    let services = ServiceGroup(configuration: configuration)
    return try await withThrowingTaskGroup(of: Void.self) { group in
      group.addTask { try await services.run() }
      group.addTask {
        while ticksItself {
          try await Task.sleep(for: .milliseconds(5))
          await cluster.tick()
        }
      }
      defer { group.cancelAll() }
      var found = 0
      for await number in ports { found = number }
      let outcome: Swift.Result<Result, any Error>
      do { outcome = .success(try await body(ClusterServer(cluster: cluster, port: found))) } catch { outcome = .failure(error) }
      await services.triggerGracefulShutdown()
      // Of the two tasks the server's is the one that ends, unless nothing ticks.
      try await group.next()
      if !ticksItself { try await group.next() }
      return try outcome.get()
    }
  }
}

/// What a request knows of its connection.
struct ConnectionContext: RequestContext {
  var coreContext: CoreRequestContextStorage
  let channel: any Channel

  init(source: ApplicationRequestContextSource) {
    coreContext = CoreRequestContextStorage(source: source)
    channel = source.channel
  }
}
