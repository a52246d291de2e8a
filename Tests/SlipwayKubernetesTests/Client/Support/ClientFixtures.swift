import Foundation
import Logging
import NIOConcurrencyHelpers
import SlipwayModel
import SlipwayPorts

@testable import SlipwayKubernetes

/// The machine's clock, some times as fast: what takes ten seconds takes half of one.
final class FastClock: EngineClock {
  private let factor: Int64
  private let start = ContinuousClock.now
  static let origin = Timestamp("2026-11-21T12:00:00Z")!

  init(times factor: Int64 = 5) { self.factor = factor }

  func now() -> Timestamp {
    let (seconds, attoseconds) = start.duration(to: .now).components
    return Self.origin + .milliseconds((seconds * 1_000_000 + attoseconds / 1_000_000_000_000) * factor / 1000)
  }

  func sleep(for span: TimeSpan) async throws { try await Task.sleep(for: span.duration / Int(factor)) }
}

/// A clock that stands still; waiting takes its time.
struct StillClock: EngineClock {
  func now() -> Timestamp { FastClock.origin }
  func sleep(for span: TimeSpan) async throws { try await Task.sleep(for: span.duration) }
}

func text(_ value: JSONValue) -> String { String(decoding: JSONWriter.bytes(of: value), as: UTF8.self) }

func value(_ text: String) throws -> JSONValue { try JSONReader.value(of: Array(text.utf8)) }

let quiet = {
  var logger = Logger(label: "test")
  logger.logLevel = .critical
  return logger
}()

/// A client of a scripted server; both are stopped at the end.
func withCluster(
  clock: any EngineClock = FastClock(times: 1), limits: RateLimits = RateLimits(rate: 1000, burst: 1000),
  credential: ClusterCredential = .none,
  _ reply: @escaping @Sendable (ScriptedCluster.Request) -> ScriptedCluster.Reply,
  _ body: (KubernetesClient, ScriptedCluster) async throws -> Void
) async throws {
  let server = try await ScriptedCluster(reply)
  let access = ClusterAccess(origin: "the test", server: server.url, credential: credential)
  let transport = try HTTPTransport(access, clock: clock, logger: quiet, environment: [:])
  let client = KubernetesClient(transport: transport, clock: clock, random: { 0.5 }, logger: quiet, limits: limits)
  let outcome: Result<Void, any Error>
  do { outcome = .success(try await body(client, server)) } catch { outcome = .failure(error) }
  await client.close()
  try await server.stop()
  try outcome.get()
}

/// The error that something throws.
func failure(_ body: () async throws -> Void) async throws -> SlipwayError {
  do { try await body() } catch let error as SlipwayError { return error }
  throw NothingThrown()
}

struct NothingThrown: Error {}

/// A folder that is removed at the end.
func withFolder<Result>(_ body: (URL) async throws -> Result) async throws -> Result {
  let folder = FileManager.default.temporaryDirectory.appending(path: "slipway-kubernetes-tests-\(UUID().uuidString)")
  try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true)
  defer { try? FileManager.default.removeItem(at: folder) }
  return try await body(folder)
}

/// Looks again and again until something is so.
func eventually(_ what: String, within limit: Duration = .seconds(30), _ isSo: () async throws -> Bool) async throws {
  let deadline = ContinuousClock.now + limit
  while ContinuousClock.now < deadline {
    if try await isSo() { return }
    try await Task.sleep(for: .milliseconds(10))
  }
  throw NotThere(what: what)
}

struct NotThere: Error {
  let what: String
}

/// Counts calls.
final class Counter: Sendable {
  private let box = NIOLockedValueBox(0)
  var count: Int { box.withLockedValue { $0 } }
  /// Starts at 1.
  func next() -> Int {
    box.withLockedValue {
      $0 += 1
      return $0
    }
  }
}

enum ClientSample {
  static let key = ObjectKey(.deployment, namespace: "shop", name: "api-blue")
  /// As long as a machine may need that starts hundreds of tests at once.
  static let look = ClusterCall("look at api-blue", within: .seconds(120))

  /// A pod as a list holds it: without kind and version.
  static func pod(_ name: String, version: String, labels: [String: String] = [:], extra: JSONValue? = nil) -> JSONValue {
    var metadata: JSONValue = ["name": .text(name), "namespace": "shop", "resourceVersion": .text(version)]
    if !labels.isEmpty { metadata["labels"] = .object(labels.mapValues { .text($0) }) }
    var pod: JSONValue = ["metadata": metadata]
    pod["spec"] = extra
    return pod
  }

  static func list(_ pods: [JSONValue], version: String, next: String? = nil) -> JSONValue {
    var metadata: JSONValue = ["resourceVersion": .text(version)]
    metadata["continue"] = next.map { .text($0) }
    return ["kind": "PodList", "apiVersion": "v1", "metadata": metadata, "items": .list(pods)]
  }

  static func event(_ type: String, _ object: JSONValue) -> JSONValue { ["type": .text(type), "object": object] }
}
