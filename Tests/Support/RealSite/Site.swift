import AsyncHTTPClient
import Foundation
import NIOCore
import NIOHTTP1
import SlipwayDemo
import SlipwayModel

/// A project of its own in a temporary folder: a configuration file, releases of the example service, a state folder, and a
/// free port. Everything that it started is stopped at the end.
package struct Site: Sendable {
  package let folder: URL
  package let port: Int
  package var state: URL { folder.appending(path: ".slipway") }

  /// An empty project in a new temporary folder.
  package init() throws {
    folder = FileManager.default.temporaryDirectory.appending(path: "site-\(UUID().uuidString.prefix(8))")
    try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true)
    port = try Self.freePort()
  }

  /// Stops everything that was started and removes the folder.
  package func remove() async {
    _ = try? await run("down", within: 60)
    killLeftovers()
    try? FileManager.default.removeItem(at: folder)
  }

  package func configure(strategy: String, rollback: String = "{}", health: String = "", replicas: Int = 1) throws {
    let text = """
      project: e2e
      services:
        answers:
          artifact: releases/${RELEASE:-v1}
          run: . ./settings && exec ./answer-service
          health: { liveness: /health, readiness: /ready, interval: 200ms, timeout: 1s, min_healthy_time: 400ms, startup_timeout: 6s\(health) }
          shutdown: { drain: 3s, grace: 2s }
      environments:
        local: { target: local, listen: "127.0.0.1:\(port)", replicas: \(replicas) }
      strategy:
        \(strategy)
      rollback: \(rollback)

      """
    try text.write(to: folder.appending(path: "slipway.yaml"), atomically: true, encoding: .utf8)
  }

  /// Makes a release whose processes run with these switches.
  package func makeRelease(_ version: String, _ switches: [String: String] = [:]) throws {
    let release = folder.appending(path: "releases/\(version)")
    try FileManager.default.createDirectory(at: release, withIntermediateDirectories: true)
    try FileManager.default.copyItem(at: Program.answerService, to: release.appending(path: "answer-service"))
    let lines = switches.merging(["VERSION": version]) { $1 }.sorted { $0.key < $1.key }.map { "export \($0.key)=\($0.value)\n" }
    try lines.joined().write(to: release.appending(path: "settings"), atomically: true, encoding: .utf8)
  }

  /// Runs `slipway` to its end.
  package func run(
    _ arguments: String..., release: String? = nil, environment: [String: String] = [:], within seconds: Double = 90
  ) async throws -> Finished {
    let (process, output) = try start(arguments, release: release, environment: environment)
    return try await Program.finish(process, output: output, within: seconds)
  }

  package func start(
    _ arguments: [String], release: String? = nil, environment: [String: String] = [:]
  ) throws -> (Process, URL) {
    let output = folder.appending(path: "out-\(UUID().uuidString.prefix(6))")
    let environment = environment.merging(release.map { ["RELEASE": $0] } ?? [:]) { $1 }
    return (try Program.start(Program.slipway, arguments, in: folder, environment: environment, output: output), output)
  }

  /// Makes and deploys a release.
  package func deploy(_ version: String, _ switches: [String: String] = [:], _ more: String...) async throws -> Finished {
    if !FileManager.default.fileExists(atPath: folder.appending(path: "releases/\(version)").path) { try makeRelease(version, switches) }
    let arguments = ["deploy", "--environment", "local", "--version", version, "--reason", "a test", "--output", "json"] + more
    let (process, output) = try start(arguments, release: version)
    return try await Program.finish(process, output: output, within: 120)
  }

  /// The version that answers now.
  package func servedVersion() async throws -> String? {
    var request = HTTPClientRequest(url: "http://127.0.0.1:\(port)/v1/answers?q=x")
    request.headers.add(name: "Connection", value: "close")
    let response = try await HTTPClient.shared.execute(request, timeout: .seconds(5))
    _ = try await response.body.collect(upTo: 1 << 20)
    return response.headers.first(name: "X-Version")
  }

  package func loadPlan(_ rate: Double, seconds: Int64) -> LoadPlan {
    var plan = LoadPlan(port: port)
    plan.pace = .perSecond(rate)
    plan.connections = 8
    plan.duration = .seconds(seconds)
    return plan
  }

  /// Makes load while `body` runs, and for as long.
  package func underLoad(_ plan: LoadPlan, _ body: @escaping @Sendable () async throws -> Void) async throws -> LoadReport {
    let generator = LoadGenerator(plan)
    return try await withThrowingTaskGroup(of: LoadReport?.self) { group in
      group.addTask { try await generator.run() }
      do { try await body() } catch {
        generator.stop()
        throw error
      }
      generator.stop()
      guard let report = try await group.next() ?? nil else { throw SiteError("no report of the load") }
      return report
    }
  }

  // MARK: Processes of this site

  /// Processes whose command line names the state folder and this command (`serve`, `agent`).
  package func processes(of command: String) -> [pid_t] {
    all { arguments, _ in arguments.contains(command) && arguments.contains { $0.contains(folder.lastPathComponent) } }
  }

  /// Replicas: processes that the supervisor marked as this site's.
  package func replicas() -> [pid_t] {
    all { arguments, cwd in arguments.first?.hasSuffix("answer-service") == true && cwd.contains(folder.lastPathComponent) }
  }

  private func all(_ matches: ([String], String) -> Bool) -> [pid_t] {
    let entries = (try? FileManager.default.contentsOfDirectory(atPath: "/proc")) ?? []
    return entries.compactMap { pid_t($0) }.filter { pid in
      guard let bytes = FileManager.default.contents(atPath: "/proc/\(pid)/cmdline"), !bytes.isEmpty else { return false }
      let arguments = String(decoding: bytes, as: UTF8.self).split(separator: "\0").map(String.init)
      let cwd = (try? FileManager.default.destinationOfSymbolicLink(atPath: "/proc/\(pid)/cwd")) ?? ""
      return matches(arguments, cwd)
    }
  }

  package func killLeftovers() {
    for pid in processes(of: "serve") + processes(of: "agent") + replicas() { kill(pid, SIGKILL) }
  }

  /// The newest lines of all logs, for a failing test.
  package func logs() -> String {
    let folder = state.appending(path: "logs")
    let names = ((try? FileManager.default.contentsOfDirectory(atPath: folder.path)) ?? []).sorted()
    return names.map { name in
      let text = (try? String(contentsOf: folder.appending(path: name), encoding: .utf8)) ?? ""
      return "--- \(name)\n" + text.split(separator: "\n").suffix(15).joined(separator: "\n")
    }.joined(separator: "\n")
  }

  package static func freePort() throws -> Int {
    let descriptor = socket(AF_INET, Int32(SOCK_STREAM.rawValue), 0)
    defer { close(descriptor) }
    var address = sockaddr_in()
    address.sin_family = sa_family_t(AF_INET)
    address.sin_addr.s_addr = inet_addr("127.0.0.1")
    var length = socklen_t(MemoryLayout<sockaddr_in>.size)
    let bound = withUnsafeMutablePointer(to: &address) {
      $0.withMemoryRebound(to: sockaddr.self, capacity: 1) {
        bind(descriptor, $0, length) == 0 && getsockname(descriptor, $0, &length) == 0
      }
    }
    guard bound else { throw SiteError("no free port") }
    return Int(UInt16(bigEndian: address.sin_port))
  }
}
