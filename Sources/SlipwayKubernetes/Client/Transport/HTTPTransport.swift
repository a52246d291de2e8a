import AsyncHTTPClient
import Foundation
import Logging
import NIOCore
import NIOHTTP1
import NIOPosix
import NIOSSL
import SlipwayModel
import SlipwayPorts

/// The way to a real API server, over HTTP/1.1.
///
/// Not over HTTP/2: there, one connection that died silently takes all calls along until the system notices, after a quarter of an
/// hour (kubernetes/client-go #374). Here a call that is given up closes its connection.
package final class HTTPTransport: ClusterTransport {
  private let access: ClusterAccess
  private let credentials: CredentialStore
  private let connections: ClusterConnections

  /// - Parameter environment: of this process: where a proxy is named, and what credential plugins get.
  package init(
    _ access: ClusterAccess, clock: any EngineClock, logger: Logger,
    environment: [String: String] = ProcessInfo.processInfo.environment
  ) throws(SlipwayError) {
    self.access = access
    credentials = CredentialStore(access, clock: clock, environment: environment)
    connections = try ClusterConnections(access, environment: environment)
    if access.skipsVerification {
      logger.warning(
        "the API server's certificate is not verified: whoever is between can read and change everything",
        metadata: ["cluster": "\(access.origin)"])
    }
  }

  package var secrets: [String] { credentials.secrets }

  package func prepare() async throws { _ = try await credentials.proof() }

  package func renewCredentials() async -> Bool { credentials.renew() }

  package func close() async { await connections.close() }

  package func open(_ request: ClusterRequest) async throws -> ClusterReply {
    let proof = try await credentials.proof()
    let client = try await connections.client(for: request.lane, identity: proof.identity)
    var message = HTTPClientRequest(url: connections.url + request.target)
    message.method = HTTPMethod(rawValue: request.method.rawValue)
    message.headers.add(name: "accept", value: request.accept)
    message.headers.add(name: "user-agent", value: "slipway")
    if let host = connections.hostField { message.headers.add(name: "host", value: host) }
    if let authorization = proof.authorization { message.headers.add(name: "authorization", value: authorization) }
    for field in access.impersonation { message.headers.add(name: field.name, value: field.value) }
    if let body = request.body {
      message.headers.add(name: "content-type", value: request.contentType)
      message.body = .bytes(ByteBuffer(bytes: body))
    }
    do {
      let response = try await exchange(message, client, canRepeat: request.method == .get)
      let retryAfter = response.headers.first(name: "retry-after").flatMap { Int($0) }.map { max(0, $0) }
      return ClusterReply(status: Int(response.status.code), retryAfter: retryAfter, body: TranslatedBody(response.body))
    } catch {
      throw TransportFailure(translating: error)
    }
  }

  /// A kept connection may turn out to be closed; asking again over a new one is no other attempt then.
  private func exchange(_ message: HTTPClientRequest, _ client: HTTPClient, canRepeat: Bool) async throws -> HTTPClientResponse {
    // The time is limited by whoever calls; this only has to be longer.
    let deadline = NIODeadline.now() + .hours(1)
    do { return try await client.execute(message, deadline: deadline) } catch let error as HTTPClientError
      where error == .remoteConnectionClosed && canRepeat
    {
      return try await client.execute(message, deadline: deadline)
    }
  }
}

/// A body whose errors are ``TransportFailure``.
private struct TranslatedBody: AsyncSequence, Sendable {
  typealias Element = ByteBuffer
  typealias Failure = any Error

  private let body: HTTPClientResponse.Body

  init(_ body: HTTPClientResponse.Body) { self.body = body }

  func makeAsyncIterator() -> Iterator { Iterator(base: body.makeAsyncIterator()) }

  struct Iterator: AsyncIteratorProtocol {
    var base: HTTPClientResponse.Body.AsyncIterator

    mutating func next() async throws -> ByteBuffer? {
      do { return try await base.next() } catch { throw TransportFailure(translating: error) }
    }
  }
}

extension TransportFailure {
  /// What the libraries below say, in their terms.
  init(translating error: any Error) {
    let words = String(describing: error)
    switch error {
    case let failure as TransportFailure: self = failure
    case let error as NIOSSLError:
      self.init(isUnsent: true, isLasting: true, words: Self.tlsWords(error, words))
    case is NIOSSLExtraError:
      self.init(isUnsent: true, isLasting: true, words: "the name in the server's certificate is another: \(words)")
    case is NIOConnectionError: self.init(isUnsent: true, words: words)
    case let error as IOError: self.init(isUnsent: error.errnoCode == ECONNREFUSED, words: words)
    case let error as HTTPClientError where Self.unsent.contains(error): self.init(isUnsent: true, words: words)
    default: self.init(isUnsent: false, words: words)
    }
  }

  private static let unsent: [HTTPClientError] = [
    .connectTimeout, .getConnectionFromPoolTimeout, .proxyAuthenticationRequired, .httpProxyHandshakeTimeout, .socksHandshakeTimeout,
    .tlsHandshakeTimeout,
  ]

  private static func tlsWords(_ error: NIOSSLError, _ words: String) -> String {
    if words.contains("CERTIFICATE_VERIFY_FAILED") {
      return "the server's certificate is not signed by an authority that the kubeconfig or the system trusts"
    }
    if words.contains("unableToValidateCertificate") { return "the server's certificate can't be verified" }
    return "no TLS connection: \(words)"
  }
}
