import Foundation
import RealSite
import Testing

@Suite("End to end: slipway simulate", .serialized, .timeLimit(.minutes(2)))
struct SimulateTests {
  private func with(_ body: (URL) async throws -> Void) async throws {
    let folder = FileManager.default.temporaryDirectory.appending(path: "simulate-\(UUID().uuidString.prefix(8))")
    try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true)
    defer { try? FileManager.default.removeItem(at: folder) }  // the system's temporary folder is cleared anyway
    let text = """
      project: demo
      services: { api: { artifact: app, run: ./app } }
      environments: { local: { listen: 127.0.0.1:8000 } }
      strategy: { canary: { keep_previous: 5s, stages: [ { traffic: 20%, duration: 10s, success_criteria: { error_rate: "<1%" } } ] } }

      """
    try text.write(to: folder.appending(path: "slipway.yaml"), atomically: true, encoding: .utf8)
    try await body(folder)
  }

  @Test("Ctrl-C ends a long simulation at once, with 130 and without a half report")
  func interrupted() async throws {
    try await with { folder in
      let output = folder.appending(path: "out")
      let process = try Program.start(
        Program.slipway, ["simulate", "--runs", "100000", "--html", "report.html"], in: folder, output: output)
      try await Task.sleep(for: .seconds(2))
      kill(process.processIdentifier, SIGINT)
      let finished = try await Program.finish(process, output: output, within: 20)
      #expect(finished.status == 130, "\(finished)")
      #expect(finished.output.isEmpty && finished.errors == "interrupted; nothing was written\n")
      #expect(!FileManager.default.fileExists(atPath: folder.appending(path: "report.html").path))
    }
  }

  @Test("On a terminal a bar shows how far it is, and is gone at the end")
  func bar() async throws {
    try await with { folder in
      try "catalogue: false\nreleases: [{ name: good, expect: promote }]\n"
        .write(to: folder.appending(path: "s.yaml"), atomically: true, encoding: .utf8)
      let terminal = try Pseudoterminal(columns: 120)
      let process = try terminal.start(
        Program.slipway, ["simulate", "--scenario", "s.yaml", "--runs", "20", "--faults", "none"], in: folder,
        environment: ["NO_COLOR": "1"])
      let text = try await terminal.output(of: process)
      #expect(process.terminationStatus == 0, "\(text)")
      #expect(text.contains("simulating █") || text.contains("simulating ░"))
      #expect(text.contains("of 20 runs") && text.contains("every kind of release is treated as it should be"))
      #expect(!text.contains("\u{1b}[3"), "colour")
    }
  }
}
