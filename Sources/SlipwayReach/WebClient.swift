import AsyncHTTPClient
import Foundation
import NIOCore
import NIOHTTP1
import SlipwayModel

/// One request to something outside.
package struct WebRequest: Sendable {
  /// What is sent with it.
  package enum Body: Sendable {
    /// `application/x-www-form-urlencoded`.
    case form(String)
    /// `application/json`.
    case json([UInt8])
  }

  /// What messages call the one who is asked.
  package let name: String
  package let url: String
  /// By POST; `nil`: a GET.
  package let body: Body?
  package let access: MetricAccess
  /// Of the project: where relative paths start.
  package let folder: String?
  package let timeout: TimeSpan
  /// Bytes of an answer.
  package let sizeLimit: Int

  package init(
    name: String, url: String, body: Body? = nil, access: MetricAccess, folder: String?, timeout: TimeSpan, sizeLimit: Int = 16 << 20
  ) {
    self.name = name
    self.url = url
    self.body = body
    self.access = access
    self.folder = folder
    self.timeout = timeout
    self.sizeLimit = sizeLimit
  }
}

/// What came back.
package struct WebAnswer: Equatable, Sendable {
  package let status: Int
  package let body: [UInt8]
}

/// Makes requests. Secrets are read for each one, so a rotated one is used at once.
package struct WebClient: Sendable {
  private let connections: WebConnections
  private let secrets: SecretReader

  package init(connections: WebConnections, secrets: SecretReader) {
    self.connections = connections
    self.secrets = secrets
  }

  /// - Throws: `ReachError` without an answer in time, with an endless one, and without a secret that it needs.
  package func send(_ request: WebRequest) async throws(ReachError) -> WebAnswer {
    let message = try prepared(request)
    let client = try await connections.client(for: request.access, url: request.url, folder: request.folder)
    do {
      return try await within(request.timeout) {
        try await Self.exchange(message, client, request.sizeLimit, until: .now() + .milliseconds(request.timeout.milliseconds))
      }
    } catch is TimeLimit {
      throw ReachError(.unreachable, "\(request.name) at \(origin(of: request.url)) has not answered within \(request.timeout)")
    } catch is NIOTooManyBytesError {
      let limit = request.sizeLimit >= 1 << 20 ? "\(request.sizeLimit >> 20) MiB" : "\(request.sizeLimit >> 10) KiB"
      throw ReachError(.tooLong, "\(request.name) at \(origin(of: request.url)) answered with more than \(limit)")
    } catch {
      throw ReachError(.unreachable, "\(request.name) at \(origin(of: request.url)) can't be reached", error)
    }
  }

  /// The part of a URL that may stand in a message: no path and no query, which may hold what is nobody's business.
  package func origin(of url: String) -> String {
    let parts = url.split(separator: "/", maxSplits: 3, omittingEmptySubsequences: false)
    return parts.prefix(3).joined(separator: "/").split(separator: "?").first.map(String.init) ?? url
  }

  private func prepared(_ request: WebRequest) throws(ReachError) -> HTTPClientRequest {
    let access = request.access
    var message = HTTPClientRequest(url: WebConnections.effectiveURL(request.url, access))
    message.method = request.body == nil ? .GET : .POST
    message.headers.add(name: "accept", value: "application/json")
    if access.serverName != nil, let host = URL(string: request.url)?.hostAndPort { message.headers.add(name: "host", value: host) }
    for (name, value) in access.headers { message.headers.replaceOrAdd(name: name, value: value) }
    for (name, variable) in access.secretHeaders {
      message.headers.replaceOrAdd(name: name, value: try secrets.value(.variable(variable), folder: request.folder))
    }
    if let bearer = access.bearer {
      message.headers.replaceOrAdd(name: "authorization", value: "Bearer " + (try secrets.value(bearer, folder: request.folder)))
    } else if let basic = access.basic {
      let pair = "\(basic.username):\(try secrets.value(basic.password, folder: request.folder))"
      message.headers.replaceOrAdd(name: "authorization", value: "Basic " + Data(pair.utf8).base64EncodedString())
    }
    switch request.body {
    case nil: break
    case .form(let text):
      message.headers.add(name: "content-type", value: "application/x-www-form-urlencoded")
      message.body = .bytes(ByteBuffer(string: text))
    case .json(let bytes):
      message.headers.add(name: "content-type", value: "application/json")
      message.body = .bytes(ByteBuffer(bytes: bytes))
    }
    return message
  }

  /// Asking twice does no harm, and is needed when a kept connection turns out to be closed.
  private static func exchange(
    _ message: HTTPClientRequest, _ client: HTTPClient, _ sizeLimit: Int, until deadline: NIODeadline
  ) async throws -> WebAnswer {
    do { return try await attempt(message, client, sizeLimit, until: deadline) } catch  where isClosedConnection(error) {
      return try await attempt(message, client, sizeLimit, until: deadline)
    }
  }

  private static func attempt(
    _ message: HTTPClientRequest, _ client: HTTPClient, _ sizeLimit: Int, until deadline: NIODeadline
  ) async throws -> WebAnswer {
    let response = try await client.execute(message, deadline: deadline)
    let body = try await response.body.collect(upTo: sizeLimit)
    return WebAnswer(status: Int(response.status.code), body: Array(body.readableBytesView))
  }

  private static func isClosedConnection(_ error: any Error) -> Bool {
    if let error = error as? HTTPClientError { return error == .remoteConnectionClosed }
    if let error = error as? ChannelError { return error == .ioOnClosedChannel || error == .eof }
    if let error = error as? IOError { return [EPIPE, ECONNRESET].contains(error.errnoCode) }
    return false
  }
}

extension URL {
  fileprivate var hostAndPort: String? { host().map { port.map { [$0] }?.isEmpty == false ? "\($0):\(port ?? 0)" : $0 } }
}
