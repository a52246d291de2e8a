import Foundation
import RealSite

/// A release of the example service whose fate is known beforehand.
struct CrashRelease {
  enum Quality: CaseIterable {
    case healthy, failing, neverReady, dying
  }

  let version: String
  let quality: Quality

  /// Six of ten are healthy.
  init(number: Int, _ generator: inout SeededGenerator) {
    version = "v\(number)"
    quality =
      switch Int.random(in: 0..<10, using: &generator) {
      case 0..<6: .healthy
      case 6, 7: .failing
      case 8: .neverReady
      default: .dying
      }
  }

  init(healthy version: String) {
    self.version = version
    quality = .healthy
  }

  var switches: [String: String] {
    switch quality {
    case .healthy: [:]
    case .failing: ["ERROR_PERCENT": "100"]
    case .neverReady: ["NEVER_READY": "1"]
    case .dying: ["EXIT_BEFORE_BIND": "7"]
    }
  }
}

extension Site {
  /// Short stages and time limits, and releases that share one copy of the program.
  func configureForCrashes() throws {
    let text = """
      project: crash
      services:
        answers:
          artifact: releases/${RELEASE:-v1}
          run: . ./settings && exec \(Program.answerService.path)
          health: { liveness: /health, readiness: /ready, interval: 100ms, timeout: 1s, min_healthy_time: 200ms, startup_timeout: 6s }
          shutdown: { drain: 2s, grace: 2s }
      environments:
        local: { target: local, listen: "127.0.0.1:\(port)" }
      strategy:
        canary:
          keep_previous: 1s
          stages:
            - { traffic: 20%, duration: 1s, success_criteria: { error_rate: "<10%" } }
            - { traffic: 60%, duration: 1s, success_criteria: { error_rate: "<10%" } }

      """
    try text.write(to: folder.appending(path: "slipway.yaml"), atomically: true, encoding: .utf8)
  }

  func make(_ release: CrashRelease) throws {
    let place = folder.appending(path: "releases/\(release.version)")
    try FileManager.default.createDirectory(at: place, withIntermediateDirectories: true)
    let switches = release.switches.merging(["VERSION": release.version]) { $1 }
    let lines = switches.sorted { $0.key < $1.key }.map { "export \($0.key)=\($0.value)\n" }
    try lines.joined().write(to: place.appending(path: "settings"), atomically: true, encoding: .utf8)
  }

  /// Starts `slipway deploy`, which waits for the outcome, and starts the server again when it is gone.
  func begin(_ release: CrashRelease) throws -> (Process, URL) {
    try start(
      ["deploy", "--environment", "local", "--version", release.version, "--reason", "crash test", "--output", "json"],
      release: release.version)
  }
}
