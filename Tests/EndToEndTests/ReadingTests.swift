import Foundation
import RealSite
import Testing

/// What a command reads decides, with everything real.
@Suite("End to end: readings", .serialized, .timeLimit(.minutes(3)))
struct ReadingTests {
  private static let strategy =
    "canary: { keep_previous: 1s, stages: [ { traffic: 50%, duration: 4s, success_criteria: { load: \"<80%\" } } ] }"
  private static let metrics = """
    metrics:
      command: { run: [./figures.sh, "{{service}}"], readings: { load: "/load/{{slot}}" }, interval: 1s }

    """

  private func write(_ text: String, to name: String, in site: Site) throws {
    let file = site.folder.appending(path: name)
    try text.write(to: file, atomically: true, encoding: .utf8)
    try FileManager.default.setAttributes([.posixPermissions: 0o755], ofItemAtPath: file.path)
  }

  @Test(
    "A candidate whose reading is beyond its bound goes back; with a good one it is promoted, also by a server that was killed meanwhile")
  func decides() async throws {
    try await Site.with(strategy: Self.strategy) { site in
      let file = site.folder.appending(path: "slipway.yaml")
      try (String(contentsOf: file, encoding: .utf8) + Self.metrics).write(to: file, atomically: true, encoding: .utf8)
      try write("#!/bin/sh\ntest \"$1\" = answers && cat load.json\n", to: "figures.sh", in: site)
      try write(#"{"load":{"blue":0.2,"green":0.95}}"#, to: "load.json", in: site)
      let doctor = try await site.run("doctor")
      #expect(doctor.output.contains("answers/local: load: blue 0.2, green 0.95"), "\(doctor)")
      let first = try await site.deploy("v1")
      #expect(first.status == 0, "\(first)")

      let refused = try await site.deploy("v2")
      #expect(refused.status == 1 && refused.output.contains("load < 80%: 0.95 against 0.8"), "\(refused)")
      #expect(try await site.servedVersion() == "v1")

      try write(#"{"load":{"blue":0.2,"green":0.4}}"#, to: "load.json", in: site)
      try site.makeRelease("v3")
      let (deploy, output) = try site.start(["deploy", "--version", "v3"], release: "v3")
      try await site.until("the canary has traffic") { try await site.activeStage() == "holding" }
      kill(try #require(site.processes(of: "serve").first), SIGKILL)
      let promoted = try await Program.finish(deploy, output: output)
      #expect(promoted.status == 0, "\(promoted.output)\n\(promoted.errors)")
      #expect(try await site.servedVersion() == "v3")
    }
  }
}
