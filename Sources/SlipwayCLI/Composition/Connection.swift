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

  /// Runs work with a client of the server. The server of a state folder that has a journal is started when it does not run:
  /// it alone can read what is in there.
  func useStartingServer<Result: Sendable>(_ work: @Sendable @escaping (ServerClient) async throws -> Result) async throws -> Result {
    let folder = options.place.stateFolder
    if options.server == nil, FileManager.default.fileExists(atPath: folder + "/journal.db") {
      try await Backstage(stateFolder: folder).startServer()
    }
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
  func useStarting<Result: Sendable>(_ work: @Sendable @escaping (ServerClient) async throws -> Result) async throws -> Result {
    if options.server == nil {
      let backstage = Backstage(stateFolder: options.place.stateFolder)
      try await backstage.startAgent()
      try await backstage.startServer()
    }
    return try await use(work)
  }
}
