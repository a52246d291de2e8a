import AsyncHTTPClient
import Foundation
import Logging
import NIOCore
import NIOHTTP1
import NIOPosix
import SlipwayEngine
import SlipwayModel
import SlipwayPorts
import SlipwayRuntime
import SlipwayServer
import Testing
import TwinWorld

/// A real server on a Unix socket in a temporary folder, over a world in memory in which time runs twenty times as fast.
struct Host: Sendable {
  static let key = DeploymentKey(service: Name("api")!, environment: Name("local")!)

  let folder: String
  let clock: FastClock
  let journal = MemoryJournal()
  let target: TwinTarget
  let values = MemoryValues()
  let audit = MemoryAudit()
  /// What stands in front of ``target`` for observations.
  var eyes: (any DeploymentTarget)?

  var socket: String { folder + "/serve.sock" }

  /// - Parameter folder: that of another one, which removes it; `nil`: a new one.
  init(in folder: String? = nil) throws {
    self.folder = folder ?? FileManager.default.temporaryDirectory.path + "/api-\(UUID().uuidString.prefix(8))"
    try FileManager.default.createDirectory(atPath: self.folder, withIntermediateDirectories: true)
    clock = FastClock(base: SystemClock(), factor: 20)
    target = TwinTarget(clock: clock)
  }

  /// Serves while `body` runs, then ends the server in order, and hands over what the body came to.
  func serving<Result: Sendable>(
    listen: ListenAddress? = nil, tokens: AccessTokens = AccessTokens(texts: []), station: Station = .alone,
    _ body: @Sendable @escaping (Session) async throws -> Result
  ) async throws -> Result {
    let group = MultiThreadedEventLoopGroup(numberOfThreads: 1)
    let ports = Ports(
      journal: journal, leases: journal, target: eyes ?? target, router: target, metrics: target, values: values, clock: clock,
      ids: SystemIDs())
    let options = Server.Options(socket: socket, listen: listen, tokens: tokens, handlesSignals: false)
    let server = Server(
      ports: ports, audit: audit, options: options, eventLoopGroup: group, logger: Logger(label: "test") { _ in SwiftLogNoOpLogHandler() },
      station: station)
    let (ready, announce) = AsyncStream.makeStream(of: Server.Ready.self)
    let outcome: Swift.Result<Result, any Error>
    do {
      outcome = .success(
        try await withThrowingTaskGroup(of: Result?.self) { tasks in
          tasks.addTask {
            defer { announce.finish() }
            try await server.run { announce.yield($0) }
            return nil
          }
          tasks.addTask {
            var found: [Server.Ready] = []
            for await one in ready {
              found.append(one)
              if found.count == (listen == nil ? 1 : 2) { break }
            }
            return try await HTTPClient.withHTTPClient(eventLoopGroup: group) { http in
              let session = Session(socket: socket, ready: found, http: http)
              let result = try await body(session)
              await session.end()
              return result
            }
          }
          var result: Result?
          while let next = try await tasks.next() { result = next ?? result }
          return try #require(result, "the server ended before it was asked anything")
        })
    } catch {
      outcome = .failure(error)
    }
    try await group.shutdownGracefully()
    return try outcome.get()
  }

  func remove() { try? FileManager.default.removeItem(atPath: folder) }

  static func request(
    _ version: String, hold: TimeSpan = .seconds(3), actor: String = "nobody", supersede: Bool = false
  ) -> DeployRequest {
    let service = ServiceSpec(
      name: key.service, artifact: "app", run: "./app", health: HealthSpec(minimumHealthyTime: .milliseconds(500)))
    let stage = StageSpec(name: "50%", traffic: Percentage(percent: 50)!, duration: hold)
    return DeployRequest(
      service: key.service, version: Version(version)!,
      environment: EnvironmentSpec(
        name: key.environment, target: .local, listen: [:], replicas: 1, services: [service],
        strategy: .canary(CanarySpec(stages: [stage])), rollback: RollbackSpec()),
      configuration: Digest(hashing: "c".utf8), folder: "/project", reason: "a test", actor: Actor(.person, actor), supersede: supersede)
  }
}

/// What a test talks to the server with.
struct Session: Sendable {
  let socket: String
  let ready: [Server.Ready]
  let http: HTTPClient

  var client: ServerClient { ServerClient(.socket(socket), http: http) }

  /// Where the server listens over TCP.
  var address: ListenAddress? {
    for case .address(let address) in ready { return address }
    return nil
  }

  func client(token: String?) -> ServerClient { ServerClient(.url("http://\(address!)", token: token), http: http) }

  /// The server may have been ended by the test already.
  fileprivate func end() async {
    do { try await client.shutdown() } catch {}
  }

  /// A request as it is, for answers that the client would turn into errors.
  func raw(_ method: HTTPMethod, _ path: String, body: String? = nil) async throws -> (status: UInt, body: String) {
    var request = HTTPClientRequest(url: URL(httpURLWithSocketPath: socket, uri: path)!.absoluteString)
    request.method = method
    if let body { request.body = .bytes(ByteBuffer(string: body)) }
    let response = try await http.execute(request, timeout: .seconds(20))
    return (response.status.code, String(buffer: try await response.body.collect(upTo: 1 << 24)))
  }

  /// Follows a rollout until a condition holds, at most 200 answers long.
  func follow(_ id: String, until condition: (RolloutView) -> Bool) async throws -> (view: RolloutView, entries: [EntryView]) {
    var entries: [EntryView] = []
    for _ in 0..<200 {
      let news = try await client.news(of: id, after: entries.last?.index ?? -1, patience: .seconds(10))
      entries += news.entries
      if condition(news.rollout) { return (news.rollout, entries) }
    }
    Issue.record("did not happen: \(entries.map(\.sentence))")
    throw CancellationError()
  }

  func deployed(_ version: String) async throws -> RolloutView {
    let view = try await client.deploy(Host.request(version))
    return try await follow(view.id) { $0.phase == .baking || $0.phase.isTerminal }.view
  }
}

/// Counts what is asked of the journal besides entries.
actor MemoryAudit: AuditLog {
  private(set) var closed = 0

  func checkpoint(at now: Timestamp) -> CheckpointView { CheckpointView(size: 3, root: "cm9vdA==", note: "note\n", verificationKey: "key") }

  func proof(of index: Int64, at now: Timestamp) throws -> ProofView {
    guard index < 3 else {
      throw SlipwayError(SlipwayError.Code("entry-missing"), .input, "the journal has no entry \(index)", remedy: "choose a smaller one")
    }
    return ProofView(index: index, entry: "{}", proof: "proof", verificationKey: "key")
  }

  func close(at now: Timestamp) { closed += 1 }
}

/// The world as it is, except that looking at it fails, or takes longer than anyone waits.
struct BlindTarget: DeploymentTarget {
  enum Trouble { case fails, hangs, routeIsClosed }

  let base: TwinTarget
  let trouble: Trouble
  let clock: FastClock

  func check(_ request: PrepareRequest, listen: ListenAddress?) async throws { try await base.check(request, listen: listen) }
  func prepare(_ request: PrepareRequest, _ operation: SlipwayPorts.Operation) async throws -> Digest {
    try await base.prepare(request, operation)
  }
  func ensure(_ workload: Workload, _ operation: SlipwayPorts.Operation) async throws { try await base.ensure(workload, operation) }
  func retire(_ key: DeploymentKey, slot: Slot, _ operation: SlipwayPorts.Operation) async throws {
    try await base.retire(key, slot: slot, operation)
  }
  func observe(_ key: DeploymentKey) async throws -> WorldObservation {
    switch trouble {
    case .fails:
      throw SlipwayError(SlipwayError.Code("agent-unreachable"), .broken, "no agent answers", remedy: "start it with `slipway agent`")
    case .routeIsClosed:
      let seen = try await base.observe(key)
      return WorldObservation(at: seen.at, blue: seen.blue, green: seen.green, split: nil)
    case .hangs:
      try await clock.sleep(for: .hours(1))
      return try await base.observe(key)
    }
  }
}
