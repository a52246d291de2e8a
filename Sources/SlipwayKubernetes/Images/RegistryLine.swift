import Foundation
import NIOHTTP1
import NIOSSL
import SlipwayModel
import SlipwayPorts

/// The way to one registry: repeats what failed for the moment, and follows redirects without telling a stranger any secret.
struct RegistryLine: Sendable {
  let connections: RegistryConnections
  /// The registry's own.
  let home: RegistryOrigin
  let certificates: [NIOSSLCertificate]
  let clock: any EngineClock

  /// Pauses before a second and a third attempt.
  private static let pauses: [TimeSpan] = [.milliseconds(250), .seconds(1)]
  private static let redirectLimit = 5
  /// A registry that asks for a longer pause has no answer for now.
  private static let longestWait = 30

  /// - Returns: the answer, whatever its status is; after all attempts the last one.
  /// - Throws: `SlipwayError` with code `registry-unreachable` or `registry-answer`; `CancellationError`.
  func send(_ request: RegistryRequest) async throws -> RegistryReply {
    for pause in Self.pauses {
      do {
        let reply = try await attempt(request)
        guard reply.status == 429 || reply.status >= 500 else { return reply }
        let asked = reply.headers.first(name: "retry-after").flatMap { Int($0) } ?? 0
        guard (0...Self.longestWait).contains(asked) else { return reply }
        try await clock.sleep(for: max(pause, .seconds(Int64(asked))))
      } catch RegistryFailure.transport(let failure) where !failure.isLasting {
        try await clock.sleep(for: pause)
      } catch {
        throw self.error(error)
      }
    }
    do { return try await attempt(request) } catch { throw self.error(error) }
  }

  private func error(_ error: any Error) -> any Error {
    switch error {
    case RegistryFailure.transport(let failure): SlipwayError.registryUnreachable("the registry at \(home) can't be reached", failure)
    case RegistryFailure.tooLong(let limit):
      SlipwayError.registryAnswer("the registry at \(home) answers with more than \(limit >> 20) MiB")
    default: error
    }
  }

  private func attempt(_ request: RegistryRequest) async throws -> RegistryReply {
    var request = request
    guard let start = RegistryOrigin(of: request.url) else {
      throw SlipwayError.registryAnswer("the registry at \(home) leads to an address that is none")
    }
    var origin = start
    for _ in 0...Self.redirectLimit {
      guard origin.isPrivate else {
        throw SlipwayError.registryAnswer("the registry at \(home) leads to \(origin), where everybody in between could answer")
      }
      let reply = try await connections.send(request, to: origin, trusting: origin == home ? certificates : [])
      guard [301, 302, 303, 307, 308].contains(reply.status) else { return reply }
      guard let location = reply.headers.first(name: "location"), let url = URL(string: location, relativeTo: request.url)?.absoluteURL,
        let next = RegistryOrigin(of: url)
      else { throw SlipwayError.registryAnswer("the registry at \(home) redirects to an address that is none") }
      // Who answers elsewhere was not meant by who gave the credentials; and nobody far away has to do with this machine.
      if next != origin { request.authorization = nil }
      guard home.isLoopback || !next.isLoopback else {
        throw SlipwayError.registryAnswer("the registry at \(home) leads to \(next), which is this machine")
      }
      (request.url, origin) = (url, next)
    }
    throw SlipwayError.registryAnswer("the registry at \(home) redirects more than \(Self.redirectLimit) times")
  }
}
