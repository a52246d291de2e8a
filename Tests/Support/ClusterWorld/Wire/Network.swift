import ClusterDouble
import NIOCore
import SlipwayKubernetes
import SlipwayModel
import SlipwayPorts
import SlipwaySimulation

/// The wires between servers and the cluster. A request that was sent arrives, whatever becomes of its sender meanwhile: it may be carried
/// out although nobody waits for the answer any more.
final class Network: @unchecked Sendable {  // confined to the thread of its scheduler
  private let world: ClusterWorld
  private let calls: AsyncStream<@Sendable () async -> Void>
  private let newCalls: AsyncStream<@Sendable () async -> Void>.Continuation

  init(_ world: ClusterWorld) {
    self.world = world
    (calls, newCalls) = AsyncStream.makeStream()
  }

  /// Carries requests until the task is cancelled.
  func run() async {
    await withDiscardingTaskGroup { group in
      for await call in calls { group.addTask { await call() } }
      group.cancelAll()
    }
  }

  func send(_ request: ClusterRequest, from server: Host) async throws -> ClusterReply {
    let answer = try await send(Self.read(request), changes: request.changes, from: server)
    if case .watch(let cursor) = answer {
      let reader = WatchReader(cursor, of: world.cluster, bookmarkEvery: .seconds(60))
      return ClusterReply(status: 200, body: WatchBody(reader: reader, world: world))
    }
    guard let written = answer.written else { throw TransportFailure(isUnsent: false, words: "there is no answer") }
    return ClusterReply(status: written.status, retryAfter: written.retryAfterSeconds, body: WholeBody(bytes: written.bytes))
  }

  /// - Parameter changes: whether it may change something.
  func send(_ request: APIRequest, changes: Bool, from server: Host) async throws -> APIAnswer {
    try await server.enter()
    try Task.checkCancellation()
    let asked = world.judge.sent(request, by: server, isWrite: changes)
    let strike = changes ? world.troubles.strikeWrite() : nil
    if strike == .before {
      server.kill("before a write")
      throw CancellationError()
    }
    let (reply, world) = (PendingReply(), world)
    let (out, back) = (world.latency(), world.latency())
    newCalls.yield {
      do {
        try await world.scheduler.sleep(until: world.now + out)
        if strike == .after { server.kill("after a write") }
        let answer = try await world.cluster.take(asked)
        world.judge.arrived(asked, answer, from: server)
        try await world.scheduler.sleep(until: world.now + back)
        reply.resolve(answer)
      } catch {
        // The world is over.
        reply.resolve(nil)
      }
    }
    let answer = try await reply.arrived()
    try await server.enter()
    guard let answer else { throw TransportFailure(isUnsent: false, words: "the connection was closed") }
    return answer
  }

  private static func read(_ request: ClusterRequest) -> APIRequest {
    APIRequest(
      request.method.rawValue, encodedPath: request.path, query: Dictionary(request.query.map { ($0.name, $0.value) }) { $1 },
      contentType: request.contentType, userAgent: "slipway", authorization: nil, body: request.body ?? [])
      // What the client writes is JSON. Should it not be, a path that leads nowhere says so.
      ?? APIRequest(request.method.rawValue, "/unreadable")
  }
}

extension ClusterRequest {
  /// Whether it may change something.
  fileprivate var changes: Bool {
    method != .get && !path.hasSuffix("accessreviews") && !query.contains { $0.name == "dryRun" }
  }
}

/// The way of one server to the cluster.
struct MemoryTransport: ClusterTransport {
  let network: Network
  let server: Host

  func prepare() async throws {}
  func open(_ request: ClusterRequest) async throws -> ClusterReply { try await network.send(request, from: server) }
  func renewCredentials() async -> Bool { false }
  var secrets: [String] { [] }
  func close() async {}
}

/// A body that came in one piece.
struct WholeBody: AsyncSequence, Sendable {
  typealias Element = ByteBuffer
  typealias Failure = any Error

  let bytes: [UInt8]

  func makeAsyncIterator() -> Iterator { Iterator(bytes: bytes) }

  struct Iterator: AsyncIteratorProtocol {
    var bytes: [UInt8]?

    mutating func next() async throws -> ByteBuffer? {
      defer { bytes = nil }
      return bytes.map { ByteBuffer(bytes: $0) }
    }
  }
}

/// The events of a watch, each some time after it came about.
struct WatchBody: AsyncSequence, Sendable {
  typealias Element = ByteBuffer
  typealias Failure = any Error

  let reader: WatchReader
  let world: ClusterWorld

  func makeAsyncIterator() -> Iterator { Iterator(reader: reader, world: world) }

  struct Iterator: AsyncIteratorProtocol {
    var reader: WatchReader
    let world: ClusterWorld

    mutating func next() async throws -> ByteBuffer? {
      while let piece = try await reader.next() {
        switch piece {
        case .events(let events):
          try await world.scheduler.sleep(until: world.now + world.latency())
          return ByteBuffer(bytes: APIAnswer.lines(of: events))
        case .nothing: continue
        case .broken:
          world.see("watch broken")
          throw TransportFailure(isUnsent: false, words: "the connection was closed")
        }
      }
      return nil
    }
  }
}
