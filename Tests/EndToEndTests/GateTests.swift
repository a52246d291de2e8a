import Foundation
import RealSite
import Testing

/// Gates that are programs, with everything real.
@Suite("End to end: gates", .serialized, .timeLimit(.minutes(3)))
struct GateTests {
  private static let strategy = "canary: { keep_previous: 1s, stages: [ { traffic: 50%, duration: 1s } ] }"
  private static let gates = """
    gates:
      - { name: freeze, command: [./freeze.sh], timeout: 1m }
      - { name: load-test, command: [./load.sh], before: promotion, timeout: 1m }

    """

  private func write(_ text: String, to name: String, in site: Site) throws {
    let file = site.folder.appending(path: name)
    try ("#!/bin/sh\n" + text).write(to: file, atomically: true, encoding: .utf8)
    try FileManager.default.setAttributes([.posixPermissions: 0o755], ofItemAtPath: file.path)
  }

  @Test("A gate that says no keeps a release out, one that passes lets it in, and one that was being asked is asked again after SIGKILL")
  func decides() async throws {
    try await Site.with(strategy: Self.strategy) { site in
      let file = site.folder.appending(path: "slipway.yaml")
      try (String(contentsOf: file, encoding: .utf8) + Self.gates).write(to: file, atomically: true, encoding: .utf8)
      try write(#"echo "$SLIPWAY_GATE $SLIPWAY_VERSION" >> asked"#, to: "freeze.sh", in: site)
      try write("echo all green", to: "load.sh", in: site)
      let first = try await site.deploy("v1")
      #expect(first.status == 0, "\(first)")
      #expect(try String(contentsOf: site.folder.appending(path: "asked"), encoding: .utf8) == "freeze v1\n")

      try write("echo no changes on a Friday; exit 1", to: "freeze.sh", in: site)
      let refused = try await site.deploy("v2")
      #expect(refused.status == 1 && refused.output.contains("gate freeze failed: no changes on a Friday"), "\(refused)")
      #expect(try await site.servedVersion() == "v1")

      try write("exit 0", to: "freeze.sh", in: site)
      try write("test -e open && exit 0; touch waiting; exit 75", to: "load.sh", in: site)
      try site.makeRelease("v3")
      let (deploy, output) = try site.start(["deploy", "--version", "v3"], release: "v3")
      let waiting = site.folder.appending(path: "waiting").path
      try await site.until("the gate was asked") { FileManager.default.fileExists(atPath: waiting) }
      kill(try #require(site.processes(of: "serve").first), SIGKILL)
      try write("", to: "open", in: site)
      let promoted = try await Program.finish(deploy, output: output)
      #expect(promoted.status == 0, "\(promoted.output)\n\(promoted.errors)")
      #expect(try await site.servedVersion() == "v3")
    }
  }
}
