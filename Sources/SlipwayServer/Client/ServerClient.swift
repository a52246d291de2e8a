import AsyncHTTPClient
import Foundation
import NIOCore
import NIOFoundationCompat
import NIOHTTP1
import SlipwayModel

/// Where a server is, and how to be let in.
package enum ServerAddress: Hashable, Sendable, CustomStringConvertible {
  /// Path of its Unix socket.
  case socket(String)
  /// `http://host:port`, and the token.
  case url(String, token: String?)

  package var description: String {
    switch self {
    case .socket(let path): path
    case .url(let url, _): url
    }
  }
}

/// Talks to a running server. Every call has a deadline and throws `SlipwayError`: the server's own, or `server-unreachable`.
package struct ServerClient: Sendable {
  package let address: ServerAddress
  private let http: HTTPClient

  package init(_ address: ServerAddress, http: HTTPClient) {
    self.address = address
    self.http = http
  }

  /// Runs work with a client whose connections are closed at the end.
  package static func with<Result: Sendable>(
    _ address: ServerAddress, eventLoopGroup: any EventLoopGroup, _ work: @Sendable (ServerClient) async throws -> Result
  ) async throws -> Result {
    var configuration = HTTPClient.Configuration(timeout: .init(connect: .seconds(3)))
    // A refused connection is an answer: nothing listens there.
    configuration.connectionPool.retryConnectionEstablishment = false
    return try await HTTPClient.withHTTPClient(eventLoopGroup: eventLoopGroup, configuration: configuration) { http in
      try await work(ServerClient(address, http: http))
    }
  }

  func get<Answer: Decodable>(_ path: String, deadline: TimeSpan = .seconds(10)) async throws -> Answer {
    try await send(.GET, path, body: nil, deadline: deadline)
  }

  /// - Parameter carriesValues: whether the body may hold values of variables.
  func post<Answer: Decodable>(
    _ path: String, _ body: some Encodable, deadline: TimeSpan = .seconds(60), carriesValues: Bool = false
  ) async throws -> Answer {
    let encoder = JSONEncoder()
    encoder.userInfo[.carriesValues] = carriesValues
    return try await send(.POST, path, body: try encoder.encode(body), deadline: deadline)
  }

  private func send<Answer: Decodable>(_ method: HTTPMethod, _ path: String, body: Data?, deadline: TimeSpan) async throws -> Answer {
    var request = HTTPClientRequest(url: try url(path))
    request.method = method
    if let body {
      request.headers.add(name: "Content-Type", value: "application/json")
      request.body = .bytes(ByteBuffer(data: body))
    }
    if case .url(_, let token?) = address { request.headers.add(name: "Authorization", value: "Bearer \(token)") }
    let status: HTTPResponseStatus
    let bytes: ByteBuffer
    do {
      let response = try await http.execute(request, timeout: .milliseconds(deadline.milliseconds))
      status = response.status
      bytes = try await response.body.collect(upTo: 256 << 20)
    } catch let error as CancellationError {
      throw error
    } catch {
      throw unreachable(error)
    }
    return try Self.decode(status, Data(buffer: bytes))
  }

  private static func decode<Answer: Decodable>(_ status: HTTPResponseStatus, _ data: Data) throws -> Answer {
    let decoder = JSONDecoder()
    do {
      guard (200..<300).contains(status.code) else { throw try decoder.decode(ErrorDocument.self, from: data).error }
      return try decoder.decode(Answer.self, from: data)
    } catch let error as DecodingError {
      throw SlipwayError(
        .answerUnreadable, .broken, "the server's answer (HTTP \(status.code)) can't be read",
        remedy: "make sure that client and server are the same version of slipway (`slipway --version`)", cause: error)
    }
  }

  private func url(_ path: String) throws -> String {
    switch address {
    case .socket(let socket):
      if let url = URL(httpURLWithSocketPath: socket, uri: path) { return url.absoluteString }
    case .url(let base, _):
      if base.hasPrefix("https://") {
        throw SlipwayError(
          .serverUnreachable, .input, "the API speaks plain HTTP, not HTTPS",
          remedy: "use http://, and have something encrypt the way to it: an SSH tunnel, a VPN, or a proxy that ends TLS")
      }
      if base.hasPrefix("http://") { return (base.hasSuffix("/") ? String(base.dropLast()) : base) + path }
    }
    throw SlipwayError(
      .serverUnreachable, .input, "'\(address)' is not the address of a server", remedy: "use a URL such as http://127.0.0.1:7433")
  }

  private func unreachable(_ error: any Error) -> SlipwayError {
    if let error = error as? HTTPClientError, error == .deadlineExceeded || error == .connectTimeout {
      return SlipwayError(
        .serverUnreachable, .broken, "the server at \(address) has not answered in time",
        remedy: "try again; if it lasts, look at its log (logs/serve.log of the state folder)")
    }
    return SlipwayError(
      .serverUnreachable, .broken, "no server answers at \(address)",
      remedy: "start it with `slipway serve --detach`, or point to the right state folder with --state", cause: error)
  }
}

extension SlipwayError.Code {
  package static let serverUnreachable = SlipwayError.Code("server-unreachable")
  package static let answerUnreadable = SlipwayError.Code("answer-unreadable")
}
