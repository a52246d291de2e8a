import AsyncHTTPClient
import Foundation
import NIOCore
import NIOFoundationCompat
import NIOHTTP1
import NIOPosix
import SlipwayModel

extension SlipwayError.Code {
  static let agentUnreachable = Self("agent-unreachable")
  static let agentAnswer = Self("agent-answer")
}

/// Calls to an agent's control API over its Unix socket.
package struct AgentClient: Sendable {
  package let socketPath: String

  package init(socketPath: String) {
    self.socketPath = socketPath
  }

  /// How long a call may take when nothing else is said.
  package static let deadline = TimeSpan.seconds(5)

  /// One for the whole process. A connection that can't be opened is an answer, not something to try again.
  private static let http: HTTPClient = {
    var configuration = HTTPClient.Configuration()
    configuration.connectionPool.retryConnectionEstablishment = false
    configuration.timeout.connect = .seconds(2)
    return HTTPClient(eventLoopGroupProvider: .singleton, configuration: configuration)
  }()

  /// What the agent says of itself.
  package func status(within limit: TimeSpan = deadline) async throws -> AgentStatus {
    try await get("/v1/status", within: limit)
  }

  /// Every slot that has processes or ought to have some.
  package func workloads() async throws -> [SlotReport] { try await get("/v1/workloads") }

  /// The newest events, oldest first; of one service and environment, or of one slot of it, when that is said.
  package func events(of key: DeploymentKey? = nil, slot: Slot? = nil) async throws -> [AgentEvent] {
    var query = key.map { ["service": "\($0.service)", "environment": "\($0.environment)"] } ?? [:]
    if let slot { query["slot"] = slot.rawValue }
    return try await get("/v1/events", query)
  }

  /// The last lines of a replica's log, oldest first, at most 1000.
  package func log(of key: DeploymentKey, slot: Slot, replica: Int, lines: Int = 100) async throws -> [String] {
    try await get(
      "/v1/logs",
      [
        "service": "\(key.service)", "environment": "\(key.environment)", "slot": slot.rawValue, "replica": "\(replica)",
        "lines": "\(lines)",
      ])
  }

  /// Asks the agent to end, and returns when its process is gone.
  ///
  /// - Parameter limit: how long that may take; requests that are drained count.
  /// - Throws: `SlipwayError`: `agent-unreachable` when there is none, or when it is still there after `limit`.
  package func stop(_ mode: StopMode, within limit: TimeSpan = .minutes(5)) async throws {
    let status: AgentStatus = try await post("/v1/stop", StopMessage(mode: mode))
    let pid = pid_t(status.pid)
    let started = ProcessTable.status(of: pid)?.startTime
    let deadline = ContinuousClock.now + limit.duration
    while let now = ProcessTable.status(of: pid), now.startTime == started, !now.hasEnded {
      guard ContinuousClock.now < deadline else {
        throw unreachable("the agent (process \(pid)) has not ended within \(limit)", nil)
      }
      try await Task.sleep(for: .milliseconds(20))
    }
  }

  // MARK: Calls

  func get<T: Decodable>(_ path: String, _ query: [String: String] = [:], within limit: TimeSpan = deadline) async throws -> T {
    let text = query.sorted { $0.key < $1.key }.map { "\($0.key)=\($0.value)" }.joined(separator: "&")
    return try await call(.GET, text.isEmpty ? path : path + "?" + text, nil, within: limit)
  }

  /// - Parameter carriesValues: whether the body may hold values of variables.
  func post<T: Decodable>(
    _ path: String, _ body: some Encodable, within limit: TimeSpan = deadline, carriesValues: Bool = false
  ) async throws -> T {
    let bytes: [UInt8]
    do { bytes = try JSON.encode(body, carriesValues: carriesValues) } catch {
      throw wrong("a request to the agent can't be written as JSON", error)
    }
    return try await call(.POST, path, bytes, within: limit)
  }

  /// Every call may be repeated: it is when a kept connection turns out to be closed, as after a restart of the agent.
  private func call<T: Decodable>(_ method: HTTPMethod, _ uri: String, _ body: [UInt8]?, within limit: TimeSpan) async throws -> T {
    var attempts = 3
    while true {
      attempts -= 1
      do {
        return try await attempt(method, uri, body, within: limit)
      } catch {
        guard attempts > 0, Self.isClosedConnection(error) else { throw translate(error, limit) }
      }
    }
  }

  private static func isClosedConnection(_ error: any Error) -> Bool {
    if let error = error as? HTTPClientError { return error == .remoteConnectionClosed }
    if let error = error as? ChannelError { return error == .ioOnClosedChannel || error == .eof }
    if let error = error as? IOError { return [EPIPE, ECONNRESET].contains(error.errnoCode) }
    return false
  }

  private func attempt<T: Decodable>(_ method: HTTPMethod, _ uri: String, _ body: [UInt8]?, within limit: TimeSpan) async throws -> T {
    guard let url = URL(httpURLWithSocketPath: socketPath, uri: uri) else {
      throw wrong("\(socketPath) can't be the path of a socket", nil)
    }
    var request = HTTPClientRequest(url: url.absoluteString)
    request.method = method
    if let body {
      request.headers.add(name: "content-type", value: "application/json")
      request.body = .bytes(ByteBuffer(bytes: body))
    }
    let response = try await Self.http.execute(request, deadline: .now() + .milliseconds(limit.milliseconds))
    let bytes = Array(try await response.body.collect(upTo: 64 << 20).readableBytesView)
    guard response.status == .ok else {
      if let error = try? JSON.decode(SlipwayError.self, from: bytes) { throw error }
      throw wrong("the agent answered \(response.status.code) to \(uri)", nil)
    }
    do { return try JSON.decode(T.self, from: bytes) } catch { throw wrong("the agent's answer to \(uri) can't be read", error) }
  }

  private func translate(_ error: any Error, _ limit: TimeSpan) -> any Error {
    if error is SlipwayError || error is CancellationError { return error }
    if let error = error as? HTTPClientError, error == .deadlineExceeded {
      return unreachable("the agent has not answered within \(limit)", nil)
    }
    return unreachable("no agent answers at \(socketPath)", error)
  }

  private func unreachable(_ message: String, _ cause: (any Error)?) -> SlipwayError {
    SlipwayError(.agentUnreachable, .broken, message, remedy: "start it with `slipway agent --detach`, or look at its log", cause: cause)
  }

  private func wrong(_ message: String, _ cause: (any Error)?) -> SlipwayError {
    SlipwayError(
      .agentAnswer, .broken, message, remedy: "agent and client may be of different versions: restart the agent with this one", cause: cause
    )
  }
}
