import AsyncHTTPClient
import NIOCore
import Synchronization

/// The HTTP client of all webhooks.
final class WebhookConnections: Sendable {
  let client: HTTPClient
  private let isClosed = Atomic(false)

  init() {
    // A redirect would take what is told to who knows where.
    var configuration = HTTPClient.Configuration(redirectConfiguration: .disallow)
    configuration.connectionPool.retryConnectionEstablishment = false
    configuration.connectionPool.idleTimeout = .seconds(30)
    configuration.timeout.connect = .seconds(4)
    client = HTTPClient(eventLoopGroupProvider: .singleton, configuration: configuration)
  }

  /// A client that goes away without having been shut down stops the program.
  deinit { if !isClosed.load(ordering: .relaxed) { client.shutdown { _ in } } }

  func close() async {
    guard !isClosed.exchange(true, ordering: .relaxed) else { return }
    // What a connection says while it is closed helps nobody.
    do { try await client.shutdown() } catch { return }
  }
}
