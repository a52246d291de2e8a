import Logging
import NIOCore
import NIOPosix
import SlipwayLocal
import SlipwayModel
import SlipwayPorts
import SlipwayRuntime
import SlipwayServer
import SlipwayStore

/// The server of a state folder, put together from the adapters of one machine.
struct ServeComposition: Sendable {
  let stateFolder: String
  let listen: ListenAddress?
  /// A token that counts besides those of the file.
  let extraToken: String?
  let logger: Logger

  /// Serves until a signal or a shutdown request.
  func run(onReady: @escaping @Sendable (Server.Ready) async -> Void = { _ in }) async throws {
    let state = try StateFolder(stateFolder)
    let tokens = listen == nil ? AccessTokens(texts: []) : try AccessTokens.load(stateFolder: state.path, extra: extraToken)
    // The journal's lock comes first: whoever has it is the only server of the folder.
    let store = try await JournalStore.open(folder: state.path)
    let clock = SystemClock(notBefore: try await store.newestInstant())
    let target = LocalTarget(socketPath: try SocketPath.agent(stateFolder: state.path))
    let ports = Ports(
      journal: store, leases: store, target: target, router: target, metrics: target, clock: clock, ids: SystemIDs())
    let options = Server.Options(
      socket: try SocketPath.serve(stateFolder: state.path), listen: listen, tokens: tokens)
    let group = MultiThreadedEventLoopGroup(numberOfThreads: 1)
    let server = Server(ports: ports, audit: JournalAudit(store: store), options: options, eventLoopGroup: group, logger: logger)
    let result: Result<Void, any Error>
    do {
      try await server.run(onReady: onReady)
      result = .success(())
    } catch {
      result = .failure(error)
    }
    try await group.shutdownGracefully()
    try result.get()
  }
}

extension JournalStore {
  /// When the newest entry was made: the clock goes on from there when the machine's clock was set back.
  fileprivate func newestInstant() async throws -> Timestamp? {
    try await entries(after: try await count - 2, limit: 1).last?.at
  }
}
