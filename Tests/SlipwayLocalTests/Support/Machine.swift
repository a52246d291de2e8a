import AsyncHTTPClient
import Foundation
import Logging
import NIOCore
import NIOHTTP1
import SlipwayModel
import SlipwayPorts
import SlipwayProxy
import Testing

@testable import SlipwayLocal

/// An agent in this process with its state in a folder of its own, and what a test needs to use it.
struct Machine: Sendable {
  let folder: String
  let agent: AgentClient
  let target: LocalTarget
  let key: DeploymentKey

  static let key = DeploymentKey(service: Name("api")!, environment: Name("local")!)

  var state: String { folder + "/state" }

  /// Runs an agent, then the body, then stops the agent; no process of it may be left.
  static func run(rotation: LogRotation = LogRotation(), _ body: @escaping @Sendable (Machine) async throws -> Void) async throws {
    try await lanes.inLane {
      try await alone(rotation: rotation, body)
    }
  }

  /// So many agents with their processes and synced files at a time, however many tests there are.
  private static let lanes = Lanes(count: 4)

  private static func alone(rotation: LogRotation, _ body: @escaping @Sendable (Machine) async throws -> Void) async throws {
    try await withFolder { folder in
      let machine = try Machine(folder: folder)
      let agent = Agent(stateFolder: machine.state, rotation: rotation, logger: quiet)
      try await withThrowingTaskGroup { group in
        let (ready, isReady) = AsyncStream<Void>.makeStream()
        group.addTask {
          try await agent.run { _ in isReady.finish() }
          isReady.finish()
        }
        for await _ in ready {}
        do {
          try await body(machine)
        } catch {
          agent.stop(.down)
          try await group.waitForAll()
          throw error
        }
        agent.stop(.down)
        try await group.waitForAll()
      }
      #expect(try machine.processes().isEmpty, "processes are left")
    }
  }

  /// For a test that starts agents by itself.
  init(folder: String) throws {
    self.folder = folder
    key = Self.key
    let socket = try SocketPath.agent(stateFolder: try StateFolder(folder + "/state").path)
    agent = AgentClient(socketPath: socket)
    target = LocalTarget(socketPath: socket)
    try put("x", at: folder + "/dist/file")
  }

  static var quiet: Logger {
    var logger = Logger(label: "test")
    logger.logLevel = .critical
    return logger
  }

  /// Processes that carry the mark of this state folder.
  func processes() throws -> [ProcessStatus] {
    ProcessTable.marked(try StateFolder(state).tag + "-").values.flatMap { $0 }
  }

  func operation(_ name: String = "test", epoch: Int64 = 1, sequence: Int = 0) -> SlipwayPorts.Operation {
    SlipwayPorts.Operation(name: name, rollout: "r1", epoch: epoch, sequence: sequence)
  }

  /// A workload of the answer service. `run` may do something before it with the shell.
  func workload(
    _ version: String = "v1", slot: Slot = .blue, replicas: Int = 1, run: String = "\"$ANSWER\"", variables: [String: String] = [:],
    shutdown: ShutdownSpec = ShutdownSpec(drain: .seconds(1), grace: .seconds(2)), startupTimeout: TimeSpan = .seconds(60)
  ) async throws -> Workload {
    var all = variables
    all["ANSWER"] = try built("answer-service")
    let version = try #require(Version(version))
    let digest = try await target.prepare(
      PrepareRequest(key: key, version: version, folder: folder, build: nil, artifact: "dist"), operation("target.prepare"))
    let service = ServiceSpec(
      name: key.service, run: run, variables: .values(all),
      health: HealthSpec(readiness: "/ready", interval: .milliseconds(100), timeout: .seconds(2), startupTimeout: startupTimeout),
      shutdown: shutdown)
    let configuration = Digest(hashing: "\(run)\(variables.sorted { $0.key < $1.key })".utf8)
    return Workload(
      key: key, slot: slot, release: Release(version: version, artifact: digest, configuration: configuration), replicas: replicas,
      service: service)
  }

  func ensure(_ workload: Workload, epoch: Int64 = 1, sequence: Int = 0) async throws {
    try await target.ensure(workload, operation("target.ensure", epoch: epoch, sequence: sequence))
  }

  func apply(_ split: TrafficSplit, epoch: Int64 = 1, sequence: Int = 0) async throws {
    try await target.apply(
      split, for: key, listen: ListenAddress(host: "127.0.0.1", port: 0), sticky: false,
      operation("router.apply", epoch: epoch, sequence: sequence))
  }

  func retire(_ slot: Slot, epoch: Int64 = 1, sequence: Int = 0) async throws {
    try await target.retire(key, slot: slot, operation("target.retire", epoch: epoch, sequence: sequence))
  }

  func untilReady(_ slot: Slot = .blue, _ count: Int = 1) async throws {
    do {
      try await eventually("\(count) replicas of \(slot) are ready") { try await target.observe(key)[slot].readyReplicas == count }
    } catch let error as Expired {
      for event in try await agent.events() {
        print("  \(event.slot) \(event.replica ?? -1) \(event.kind): \(event.message) \(event.exit?.lastLines ?? [])")
      }
      print("  \(try await target.observe(key)) \(try await agent.workloads())")
      throw error
    }
  }

  func report(_ slot: Slot = .blue) async throws -> SlotReport? {
    try await agent.workloads().first { $0.slot == slot }
  }

  func pids(_ slot: Slot = .blue) async throws -> [Int] {
    try await report(slot)?.processes.compactMap(\.pid) ?? []
  }

  func events(_ kinds: AgentEvent.Kind...) async throws -> [AgentEvent] {
    try await agent.events(of: key).filter { kinds.contains($0.kind) }
  }

  /// Asks through the proxy; `nil` when nobody answers.
  func ask(_ path: String = "/health") async throws -> Answer? {
    guard let listen = try await agent.workloads().compactMap(\.listen).first else { return nil }
    do {
      let response = try await HTTPClient.shared.execute(
        HTTPClientRequest(url: "http://\(listen.host):\(listen.port)\(path)"), deadline: .now() + .seconds(10))
      _ = try await response.body.collect(upTo: 1 << 20)
      return Answer(status: Int(response.status.code), version: response.headers.first(name: "x-version"))
    } catch is CancellationError {
      throw CancellationError()
    } catch {
      return nil
    }
  }

  struct Answer: Hashable {
    let status: Int
    let version: String?
  }
}
