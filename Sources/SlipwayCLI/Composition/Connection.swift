import Foundation
import NIOCore
import NIOPosix
import SlipwayEngine
import SlipwayLocal
import SlipwayModel
import SlipwayRuntime
import SlipwayServer

/// The way to the server that a command's options name.
struct Connection: Sendable {
  let options: ServerOptions

  private func address() throws -> ServerAddress {
    if let url = options.server { return .url(url, token: ProcessInfo.processInfo.environment["SLIPWAY_TOKEN"]) }
    return .socket(try SocketPath.serve(stateFolder: options.place.stateFolder))
  }

  private var hasJournal: Bool {
    options.server != nil || FileManager.default.fileExists(atPath: options.place.stateFolder + "/journal.db")
  }

  /// Runs work with a client of the server, which is started when it does not run: it alone can read the journal. A server that
  /// finds rollouts under way starts the agent that they need.
  ///
  /// - Throws: `nothing-deployed` where there is no journal.
  func useStartingServer<Result: Sendable>(_ work: @Sendable @escaping (ServerClient) async throws -> Result) async throws -> Result {
    guard let result = try await reading(work) else { throw NothingDeployed.error(stateFolder: options.place.stateFolder) }
    return result
  }

  /// As ``useStartingServer(_:)``, but `nil` where there is no journal.
  func reading<Result: Sendable>(_ work: @Sendable @escaping (ServerClient) async throws -> Result) async throws -> Result? {
    guard hasJournal else { return nil }
    if options.server == nil, try await startServer() { try await tellOfStart() }
    return try await use(work)
  }

  /// - Returns: whether there was none before.
  private func startServer() async throws -> Bool {
    let backstage = Backstage(stateFolder: options.place.stateFolder)
    if try await backstage.runningServer() != nil { return false }
    try await backstage.startServer()
    return true
  }

  /// Whoever only wanted to look learns that something was started, and what goes on because of it.
  private func tellOfStart() async throws {
    let active = try await use { try await $0.rollouts(limit: 1000) }.filter { !$0.phase.isTerminal }
    let names = active.map { "rollout \($0.id) of \($0.service) in \($0.environment) to \($0.version)" }.joined(separator: ", ")
    Output.note("started the server" + (names.isEmpty ? "" : "; it takes up \(names), and starts the agent for that"))
  }

  /// Runs work with a client of the server, which has to be running.
  func use<Result: Sendable>(_ work: @Sendable @escaping (ServerClient) async throws -> Result) async throws -> Result {
    let address = try address()
    // A connection that is given up, as to a frozen server, still has something to do when its client is closed. Its threads are
    // therefore those of the process: they are never ended under it.
    return try await ServerClient.with(address, eventLoopGroup: .singletonMultiThreadedEventLoopGroup, work)
  }

  /// Runs work with a client of the server, starting agent and server of the state folder when they don't run.
  ///
  /// - Parameters:
  ///   - isFirst: whether there may be no journal yet; without, that is `nothing-deployed`.
  ///   - needsAgent: whether something is to run on this machine; `nil`: whether something does by the journal.
  func useStarting<Result: Sendable>(
    isFirst: Bool = false, needsAgent: Bool? = nil, _ work: @Sendable @escaping (ServerClient) async throws -> Result
  ) async throws -> Result {
    guard isFirst || hasJournal else { throw NothingDeployed.error(stateFolder: options.place.stateFolder) }
    if options.server == nil {
      let backstage = Backstage(stateFolder: options.place.stateFolder)
      if needsAgent == true { try await backstage.startAgent() }
      try await backstage.startServer()
      if needsAgent == nil, try await isOnThisMachine() { try await backstage.startAgent() }
    }
    return try await use(work)
  }

  /// Whether anything was deployed to this machine, and not to clusters alone.
  private func isOnThisMachine() async throws -> Bool {
    let rollouts = try await use { try await $0.rollouts(limit: 1000) }
    return rollouts.isEmpty || rollouts.contains { $0.namespace == nil }
  }
}
