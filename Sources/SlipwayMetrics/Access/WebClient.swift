import AsyncHTTPClient
import Foundation
import NIOCore
import NIOHTTP1
import SlipwayModel

/// One request to a source.
struct WebRequest: Sendable {
  /// What messages call the source.
  let name: String
  var method = HTTPMethod.GET
  let url: String
  /// A form.
  var body: String?
  let access: MetricAccess
  /// Of the project: where relative paths start.
  let folder: String?
  let timeout: TimeSpan
}

/// What came back.
struct WebAnswer: Equatable, Sendable {
  let status: Int
  let body: [UInt8]
}

/// Makes requests to sources of figures. Secrets are read for each request, so a rotated one is used at once.
struct WebClient: Sendable {
  let connections: WebConnections
  let secrets: SecretReader

  /// More than this no source has to say.
  private static let sizeLimit = 16 << 20

  /// - Throws: `SlipwayError`: `metrics-unreachable` without an answer in time, `metrics-secret`.
  func send(_ request: WebRequest) async throws(SlipwayError) -> WebAnswer {
    let message = try prepared(request)
    let client = try await connections.client(for: request.access, url: request.url, folder: request.folder)
    do {
      return try await within(request.timeout) { try await Self.exchange(message, client) }
    } catch let error as SlipwayError {
      throw error
    } catch is TimeLimit {
      throw .metricsUnreachable("\(request.name) at \(origin(of: request.url)) has not answered within \(request.timeout)")
    } catch is NIOTooManyBytesError {
      throw .metricsAnswer("\(request.name) at \(origin(of: request.url)) answered with more than \(Self.sizeLimit >> 20) MiB")
    } catch {
      throw .metricsUnreachable("\(request.name) at \(origin(of: request.url)) can't be reached", error)
    }
  }

  /// The part of a URL that may stand in a message: no path and no query, which may hold what is nobody's business.
  func origin(of url: String) -> String {
    let parts = url.split(separator: "/", maxSplits: 3, omittingEmptySubsequences: false)
    return parts.prefix(3).joined(separator: "/").split(separator: "?").first.map(String.init) ?? url
  }

  private func prepared(_ request: WebRequest) throws(SlipwayError) -> HTTPClientRequest {
    let access = request.access
    var message = HTTPClientRequest(url: WebConnections.effectiveURL(request.url, access))
    message.method = request.method
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
    if let body = request.body {
      message.headers.add(name: "content-type", value: "application/x-www-form-urlencoded")
      message.body = .bytes(ByteBuffer(string: body))
    }
    return message
  }

  /// Asking twice does no harm, and is needed when a kept connection turns out to be closed.
  private static func exchange(_ message: HTTPClientRequest, _ client: HTTPClient) async throws -> WebAnswer {
    do { return try await attempt(message, client) } catch  where isClosedConnection(error) { return try await attempt(message, client) }
  }

  private static func attempt(_ message: HTTPClientRequest, _ client: HTTPClient) async throws -> WebAnswer {
    let response = try await client.execute(message, deadline: .now() + .seconds(10))
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

/// The time for something is up.
struct TimeLimit: Error {}

/// Runs something that heeds cancellation for at most so long.
///
/// - Throws: ``TimeLimit`` then, and what `work` throws.
func within<Value: Sendable>(_ limit: TimeSpan, _ work: @escaping @Sendable () async throws -> Value) async throws -> Value {
  try await withThrowingTaskGroup(of: Value.self) { group in
    group.addTask { try await work() }
    group.addTask {
      try await Task.sleep(for: limit.duration)
      throw TimeLimit()
    }
    defer { group.cancelAll() }
    // There are two tasks, so there is a first.
    guard let value = try await group.next() else { throw TimeLimit() }
    return value
  }
}
