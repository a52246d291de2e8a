import ArgumentParser
import Logging
import NIOCore
import NIOPosix
import SlipwayEngine
import SlipwayGates
import SlipwayKubernetes
import SlipwayLocal
import SlipwayMetrics
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
  /// The namespaces whose Releases count; empty: no cluster is asked for any.
  let releaseNamespaces: [Name]
  let logger: Logger

  /// The Lease that has to be held for driving anything; `nil`: none.
  let seat: LeaseSeat?

  typealias OnReady = @Sendable (Server.Ready) async -> Void

  /// Serves until a signal or a shutdown request.
  func run(onReady: @escaping OnReady = { _ in }) async throws {
    guard let seat else { return try await drive(in: nil, until: Server.untilCancelled, onReady) }
    try await LedServer(composition: self, seat: seat).run(onReady)
  }

  /// Drives the rollouts of the state folder, and serves the API.
  ///
  /// - Parameters:
  ///   - leadership: by which right; `nil`: this is the only server there can be.
  ///   - end: when it returns nothing is driven any more, and the server ends.
  func drive(in leadership: Leadership?, until end: @escaping @Sendable () async -> Void, _ onReady: @escaping OnReady) async throws {
    let state = try StateFolder(stateFolder)
    let tenure = leadership?.tenure
    // The journal's lock comes first: whoever has it is the only server of the folder.
    let store = try await JournalStore.open(folder: state.path, options: JournalStore.Options(term: leadership?.journalTerm))
    let values = try await ValueFolder.open(folder: state.path)
    let clock = SystemClock(notBefore: try await store.newestInstant())
    let target = LocalTarget(socketPath: try SocketPath.agent(stateFolder: state.path))
    let metrics = MetricSources(proxy: target, clock: clock, logger: logger)
    let gates = Gates()
    let clusters = ClusterComposition.clusters(clock: clock, tenure: tenure, logger: logger)
    let journal: any EventJournal & LeaseStore = tenure.map { TenuredJournal(store: store, tenure: $0) } ?? store
    let desk = NewsDesk()
    let ports = Ports(
      journal: NewsJournal(journal, desk: desk), leases: journal, target: target, router: target, metrics: metrics, values: values,
      clock: clock, ids: SystemIDs(), clusters: clusters, gates: gates)
    let group = MultiThreadedEventLoopGroup(numberOfThreads: 1)
    let releases = ReleaseComposition(namespaces: releaseNamespaces, clock: clock, tenure: tenure, logger: logger)
    let notices = NoticeComposition(journal: journal, desk: desk, values: values, clock: clock, tenure: tenure, logger: logger)
    let server = Server(
      ports: ports, audit: JournalAudit(store: store), options: try options(state), eventLoopGroup: group, logger: logger,
      station: leadership?.station ?? .alone,
      companion: { try await notices.run($0, beside: releaseNamespaces.isEmpty ? nil : releases.run) })
    let keeper = AgentKeeper(stateFolder: state.path, executable: try Backstage.executable(), logger: logger)
    let result: Result<Void, any Error>
    do {
      try await run(server, until: end, keeping: keeper, watching: clusters, onReady: onReady)
      result = .success(())
    } catch {
      result = .failure(error)
    }
    await metrics.close()
    await notices.close()
    await gates.close()
    try await group.shutdownGracefully()
    try result.get()
  }

  func options(_ state: StateFolder) throws -> Server.Options {
    let tokens = listen == nil ? AccessTokens(texts: []) : try AccessTokens.load(stateFolder: state.path, extra: extraToken)
    // A server that takes turns heeds signals between them as well.
    return Server.Options(
      socket: try SocketPath.serve(stateFolder: state.path), listen: listen, tokens: tokens, handlesSignals: seat == nil)
  }

  /// Serves, and watches the agent of this machine and the clusters meanwhile.
  private func run(
    _ server: Server, until end: @escaping @Sendable () async -> Void, keeping keeper: AgentKeeper, watching clusters: Clusters,
    onReady: @escaping OnReady
  ) async throws {
    let (answering, isAnswering) = AsyncStream.makeStream(of: Void.self, bufferingPolicy: .bufferingOldest(1))
    try await withThrowingTaskGroup { group in
      group.addTask {
        try await server.run(until: end) { ready in
          if case .socket = ready { isAnswering.yield() }
          await onReady(ready)
        }
      }
      group.addTask {
        await clusters.run()
        try Task.checkCancellation()
      }
      group.addTask {
        guard await answering.first(where: { true }) != nil else { return }
        do {
          try await keeper.run(isNeeded: try await Self.isBusy(keeper.stateFolder))
        } catch is CancellationError {
          return
        } catch {
          // The state folder can't be looked at; the server says so itself when it has to write to it.
          keeper.logger.error("the agent is no longer watched", metadata: ["error": "\(error)"])
        }
        // The server's end is what is waited for.
        try await Task.sleep(for: .seconds(3600 * 24 * 365))
      }
      defer { group.cancelAll() }
      try await group.next()
    }
  }

  /// Whether the server has taken up rollouts of this machine that are not over.
  private static func isBusy(_ stateFolder: String) async throws -> Bool {
    let options = try ServerOptions.parse(["--state", stateFolder])
    return try await Connection(options: options).use {
      try await $0.rollouts(limit: 1000).contains { !$0.phase.isTerminal && $0.namespace == nil }
    }
  }
}

extension JournalStore {
  /// When the newest entry was made: the clock goes on from there when the machine's clock was set back.
  fileprivate func newestInstant() async throws -> Timestamp? {
    try await entries(after: try await count - 2, limit: 1).last?.at
  }
}
