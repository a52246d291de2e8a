import Foundation
import SlipwayDemo
import SlipwayModel

/// A project in a temporary folder on which `slipway` is run as a user would run it.
struct Bench: Sendable {
  let slipway: URL
  let service: URL
  let folder: URL
  let port: Int
  var state: URL { folder.appending(path: ".slipway") }

  init(slipway: String, service: String) throws {
    self.slipway = URL(fileURLWithPath: slipway)
    self.service = URL(fileURLWithPath: service)
    folder = FileManager.default.temporaryDirectory.appending(path: "slipway-bench-\(UUID().uuidString.prefix(8))")
    port = Int.random(in: 20_000...29_999)
    try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true)
  }

  func configure(_ strategy: String) throws {
    let text = """
      project: bench
      services:
        answers:
          artifact: releases/${RELEASE}
          run: . ./settings && exec ./answer-service
          health: { liveness: /health, readiness: /ready, interval: 200ms, min_healthy_time: 500ms }
          shutdown: { drain: 3s, grace: 2s }
      environments:
        local: { target: local, listen: "127.0.0.1:\(port)", replicas: 1 }
      strategy:
        \(strategy)

      """
    try text.write(to: folder.appending(path: "slipway.yaml"), atomically: true, encoding: .utf8)
  }

  func makeRelease(_ version: String, _ switches: [String: String] = [:]) throws {
    let release = folder.appending(path: "releases/\(version)")
    try FileManager.default.createDirectory(at: release, withIntermediateDirectories: true)
    try FileManager.default.copyItem(at: service, to: release.appending(path: "answer-service"))
    let lines = switches.merging(["VERSION": version]) { $1 }.map { "export \($0.key)=\($0.value)\n" }.sorted()
    try lines.joined().write(to: release.appending(path: "settings"), atomically: true, encoding: .utf8)
  }

  /// Deploys a release and returns the exit status.
  func deploy(_ version: String) async throws -> Int32 {
    try await run(["deploy", "--environment", "local", "--version", version, "--reason", "benchmark"], ["RELEASE": version])
  }

  @discardableResult
  func run(_ arguments: [String], _ environment: [String: String] = [:]) async throws -> Int32 {
    let process = Process()
    process.executableURL = slipway
    process.arguments = arguments
    process.currentDirectoryURL = folder
    process.environment = ProcessInfo.processInfo.environment.merging(environment) { $1 }
    process.standardInput = FileHandle.nullDevice
    process.standardOutput = FileHandle.nullDevice
    process.standardError = FileHandle.nullDevice
    try process.run()
    while process.isRunning { try await Task.sleep(for: .milliseconds(5)) }
    return process.terminationStatus
  }

  /// Stops everything and removes the folder.
  func end() async throws {
    try await run(["down"])
    try FileManager.default.removeItem(at: folder)
  }

  /// Resident memory of the process that runs a command on this state folder, in MiB.
  func residentMegabytes(of command: String) throws -> Double? {
    for name in try FileManager.default.contentsOfDirectory(atPath: "/proc") where Int(name) != nil {
      guard let line = FileManager.default.contents(atPath: "/proc/\(name)/cmdline") else { continue }
      let arguments = String(decoding: line, as: UTF8.self).split(separator: "\0")
      guard arguments.contains(Substring(command)), arguments.contains(where: { $0.contains(folder.lastPathComponent) }) else { continue }
      let status = try String(contentsOfFile: "/proc/\(name)/status", encoding: .utf8)
      return status.split(separator: "\n").first { $0.hasPrefix("VmRSS") }
        .flatMap { Double($0.filter(\.isNumber)) }.map { $0 / 1024 }
    }
    return nil
  }
}
