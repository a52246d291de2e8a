import Logging
import NIOCore
import NIOPosix
import SlipwayKubernetes
import SlipwayLocal
import SlipwayMetrics
import SlipwayModel
import SlipwayPorts
import SlipwayRuntime
import SlipwayServer
import SlipwayStore
import Synchronization
import UnixSignals

/// A server that drives while it holds a Lease, and stands by otherwise; from one to the other as often as need be.
struct LedServer: Sendable {
  let composition: ServeComposition
  let seat: LeaseSeat
  private let wish = EndWish()

  init(composition: ServeComposition, seat: LeaseSeat) {
    (self.composition, self.seat) = (composition, seat)
  }

  /// How one of the two has come to its end.
  private enum Turn: Sendable {
    /// By a signal or a request: the process is to end.
    case ended
    case elected(Tenure)
    case lost(SlipwayError)
  }

  /// Serves until SIGINT, SIGTERM or a shutdown request; a signal between two turns counts too.
  ///
  /// - Throws: what serving threw; the Lease is given back then too.
  func run(_ onReady: @escaping ServeComposition.OnReady) async throws {
    let signals = await UnixSignalsSequence(trapping: .sigterm, .sigint)
    try await withThrowingTaskGroup(of: Void.self) { group in
      group.addTask {
        for await _ in signals { wish.request() }
      }
      defer { group.cancelAll() }
      try await takeTurns(onReady)
    }
  }

  private func takeTurns(_ onReady: @escaping ServeComposition.OnReady) async throws {
    let clock = SystemClock()
    let client = try ClusterComposition.leaseClient(clock: clock, logger: composition.logger)
    let election = LeaderElection(
      client: client, settings: LeadershipSettings(lease: seat.lease, identity: LeaseSeat.identity(), duration: seat.duration),
      clock: clock, random: { Double.random(in: 0..<1) }, logger: composition.logger)
    do {
      while let tenure = try await standBy(election, onReady), try await lead(Leadership(tenure: tenure, election: election), onReady) {}
    } catch {
      await client.close()
      throw error
    }
    await client.close()
  }

  /// Answers questions until this process leads.
  ///
  /// - Returns: `nil` when the process is to end.
  private func standBy(_ election: LeaderElection, _ onReady: @escaping ServeComposition.OnReady) async throws -> Tenure? {
    let reader = JournalReader(folder: composition.stateFolder)
    composition.logger.info("standing by", metadata: ["lease": "\(seat.lease)", "as": "\(election.settings.identity)"])
    let turns = try await race { end in
      try await composition.follow(reader, election.waiting, until: end, onReady)
    } _: {
      .elected(try await election.campaign { try await reader.newestTerm() })
    }
    try reader.close()
    var tenure: Tenure?
    for case .elected(let elected) in turns { tenure = elected }
    if case .ended? = turns.first {
      if let tenure { await election.release(tenure) }
      return nil
    }
    return tenure
  }

  /// Drives until the Lease is lost, or the process is to end.
  ///
  /// - Returns: whether to stand by again.
  private func lead(_ leadership: Leadership, _ onReady: @escaping ServeComposition.OnReady) async throws -> Bool {
    let turns: [Turn]
    do {
      turns = try await race { end in
        try await composition.drive(in: leadership, until: end, onReady)
      } _: {
        .lost(try await leadership.election.hold(leadership.tenure))
      }
    } catch {
      await leadership.election.release(leadership.tenure)
      throw error
    }
    if case .lost(let why)? = turns.first {
      composition.logger.error("stopped driving", metadata: ["why": "\(why.message)"])
      return true
    }
    await leadership.election.release(leadership.tenure)
    return false
  }

  /// Serves while something else goes on, until one of both is done; then the other one is ended too. A server is never cancelled, which
  /// would break off the connections that it answers on.
  ///
  /// - Returns: the turns in the order in which they came, at least one.
  /// - Throws: what serving threw, unless the other was done before: a journal that a later leader has can't be closed in order.
  private func race(
    _ serve: @escaping @Sendable (_ until: @escaping @Sendable () async -> Void) async throws -> Void,
    _ other: @escaping @Sendable () async throws -> Turn
  ) async throws -> [Turn] {
    let (endings, end) = AsyncStream.makeStream(of: Void.self)
    wish.ends(end)
    return try await withThrowingTaskGroup(of: Turn?.self) { group in
      group.addTask {
        try await serve { for await _ in endings {} }
        return .ended
      }
      group.addTask {
        defer { end.finish() }
        do { return try await other() } catch is CancellationError { return nil }
      }
      var turns: [Turn] = []
      while let result = await group.nextResult() {
        switch result {
        case .success(let turn?): turns.append(turn)
        case .success(nil): continue
        case .failure(let error): if turns.isEmpty { throw error }
        }
        if case .ended? = turns.first { group.cancelAll() }
      }
      return turns
    }
  }
}

/// That the process is to end, whichever turn it is in.
private final class EndWish: Sendable {
  private struct State {
    var isRequested = false
    var turn: AsyncStream<Void>.Continuation?
  }

  private let state = Mutex(State())

  /// Names the turn that is to end now.
  func ends(_ turn: AsyncStream<Void>.Continuation) {
    let isRequested = state.withLock { state in
      state.turn = turn
      return state.isRequested
    }
    if isRequested { turn.finish() }
  }

  func request() {
    let turn = state.withLock { state in
      state.isRequested = true
      return state.turn
    }
    turn?.finish()
  }
}

extension ServeComposition {
  /// Answers questions about what another server does, until a signal or a shutdown request.
  ///
  /// - Parameter end: when it returns the server ends as well.
  func follow(
    _ reader: JournalReader, _ station: Station, until end: @escaping @Sendable () async -> Void, _ onReady: @escaping OnReady
  ) async throws {
    let state = try StateFolder(stateFolder)
    let clock = SystemClock()
    let target = LocalTarget(socketPath: try SocketPath.agent(stateFolder: state.path))
    let metrics = MetricSources(proxy: target, clock: clock, logger: logger)
    let clusters = ClusterComposition.clusters(clock: clock, logger: logger)
    let values = try await ValueFolder.open(folder: state.path)
    let ports = Ports(
      journal: reader, leases: reader, target: target, router: target, metrics: metrics, values: values, clock: clock, ids: SystemIDs(),
      clusters: clusters)
    let group = MultiThreadedEventLoopGroup(numberOfThreads: 1)
    let server = Server(
      ports: ports, audit: NoAudit(), options: try options(state), eventLoopGroup: group, logger: logger, station: station)
    let result: Result<Void, any Error>
    do {
      try await withThrowingTaskGroup(of: Void.self) { tasks in
        tasks.addTask { try await server.run(until: end, onReady: onReady) }
        tasks.addTask {
          await clusters.run()
          try Task.checkCancellation()
        }
        defer { tasks.cancelAll() }
        try await tasks.next()
      }
      result = .success(())
    } catch { result = .failure(error) }
    await metrics.close()
    try await group.shutdownGracefully()
    try result.get()
  }
}

/// The proofs of a journal that another server writes: that one signs.
private struct NoAudit: AuditLog {
  private static let elsewhere = SlipwayError(
    .notSigning, .refused, "only the server that leads signs the journal", remedy: "ask that one")

  func checkpoint(at now: Timestamp) async throws -> CheckpointView { throw Self.elsewhere }
  func proof(of index: Int64, at now: Timestamp) async throws -> ProofView { throw Self.elsewhere }
  func close(at now: Timestamp) async throws {}
}

extension SlipwayError.Code {
  /// The same as the API says of every other command.
  fileprivate static let notSigning = SlipwayError.Code("not-leader")
}
