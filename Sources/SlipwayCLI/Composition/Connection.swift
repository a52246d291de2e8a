import Foundation
import NIOCore
import NIOPosix
import SlipwayLocal
import SlipwayModel
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
    if options.server == nil { try await Backstage(stateFolder: options.place.stateFolder).startServer() }
    return try await use(work)
  }

  /// Runs work with a client of the server, which has to be running.
  func use<Result: Sendable>(_ work: @Sendable @escaping (ServerClient) async throws -> Result) async throws -> Result {
    let address = try address()
    let group = MultiThreadedEventLoopGroup(numberOfThreads: 1)
    let result: Swift.Result<Result, any Error>
    do {
      result = .success(try await ServerClient.with(address, eventLoopGroup: group, work))
    } catch {
      result = .failure(error)
    }
    try await group.shutdownGracefully()
    return try result.get()
  }

  /// Runs work with a client of the server, starting agent and server of the state folder when they don't run.
  ///
  /// - Parameter isFirst: whether there may be no journal yet; without, that is `nothing-deployed`.
  func useStarting<Result: Sendable>(
    isFirst: Bool = false, _ work: @Sendable @escaping (ServerClient) async throws -> Result
  ) async throws -> Result {
    guard isFirst || hasJournal else { throw NothingDeployed.error(stateFolder: options.place.stateFolder) }
    if options.server == nil {
      let backstage = Backstage(stateFolder: options.place.stateFolder)
      try await backstage.startAgent()
      try await backstage.startServer()
    }
    return try await use(work)
  }
}
