import AsyncHTTPClient
import ClusterDouble
import Logging
import NIOCore
import NIOHTTP1
import SlipwayModel
import Testing

#if canImport(FoundationEssentials)
  import FoundationEssentials
#else
  import Foundation
#endif

struct HTTPAnswer: Sendable {
  let code: Int
  let body: JSONValue
  let retryAfter: String?
}

extension ClusterServer {
  private static let quiet = {
    var logger = Logger(label: "test")
    logger.logLevel = .critical
    return logger
  }()

  private func request(_ method: String, _ path: String, token: String?) -> HTTPClientRequest {
    var request = HTTPClientRequest(url: url + path)
    request.method = HTTPMethod(rawValue: method)
    if let token { request.headers.add(name: "Authorization", value: "Bearer \(token)") }
    return request
  }

  @discardableResult
  func send(_ method: String, _ path: String, _ body: JSONValue? = nil, token: String? = nil) async throws -> HTTPAnswer {
    var request = request(method, path, token: token)
    if let body {
      request.headers.add(name: "Content-Type", value: "application/json")
      request.body = .bytes(ByteBuffer(bytes: try JSONEncoder().encode(body)))
    }
    // A client of its own each time: a broken connection of one request is none of another's.
    return try await withClient { client in
      let response = try await client.execute(request, timeout: .seconds(10), logger: Self.quiet)
      let bytes = try await response.body.collect(upTo: 1 << 24)
      return HTTPAnswer(
        code: Int(response.status.code), body: try JSONDecoder().decode(JSONValue.self, from: Data(bytes.readableBytesView)),
        retryAfter: response.headers.first(name: "Retry-After"))
    }
  }

  func text(_ path: String, token: String) async throws -> String {
    try await withClient { client in
      let response = try await client.execute(request("GET", path, token: token), timeout: .seconds(10), logger: Self.quiet)
      return String(buffer: try await response.body.collect(upTo: 1 << 20))
    }
  }

  /// Watches until the stream ends; `body` runs once the watch is open.
  func watch(_ path: String, _ query: String, _ body: @escaping @Sendable () async throws -> Void) async throws -> [JSONValue] {
    try await withClient { client in
      let response = try await client.execute(
        request("GET", "\(path)?watch=true&\(query)", token: nil), timeout: .seconds(20), logger: Self.quiet)
      try await body()
      var text = ""
      for try await part in response.body { text += String(buffer: part) }
      return try text.split(separator: "\n").map { try JSONDecoder().decode(JSONValue.self, from: Data($0.utf8)) }
    }
  }

  func until(_ condition: @escaping @Sendable (ClusterState) -> Bool) async throws {
    for _ in 0..<2000 {
      if await cluster.with({ condition($0) }) { return }
      try await Task.sleep(for: .milliseconds(5))
    }
    Issue.record("it did not happen in time")
  }

  private func withClient<Result: Sendable>(_ body: (HTTPClient) async throws -> Result) async throws -> Result {
    var configuration = HTTPClient.Configuration()
    configuration.connectionPool.retryConnectionEstablishment = false
    let client = HTTPClient(eventLoopGroupProvider: .singleton, configuration: configuration)
    do {
      let result = try await body(client)
      try await client.shutdown()
      return result
    } catch {
      try await client.shutdown()
      throw error
    }
  }
}
