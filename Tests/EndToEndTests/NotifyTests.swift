import Foundation
import RealSite
import Testing

/// Webhooks that real programs post to.
@Suite("End to end: notifications", .serialized, .timeLimit(.minutes(4)))
struct NotifyTests {
  private struct Message: Decodable {
    let event: String
    let version: String
    let id: String
  }

  @Test("A webhook is told how rollouts go, also by the server after a crash, and nothing twice")
  func told() async throws {
    let receiver = try await Receiver { number in number == 1 ? 503 : 200 }
    func messages() throws -> [Message] { try receiver.requests.map { try JSONDecoder().decode(Message.self, from: Data($0.body.utf8)) } }
    try await Site.with { site in
      try configure(site, receiver.url + "/hooks/abc")
      try site.makeRelease("v1")
      let tried = try await site.run("notify", "test")
      #expect(tried.status == 0 && tried.output == "webhook: delivered\n", "\(tried.output)\(tried.errors)")
      #expect(try messages().map(\.event) == ["test"])
      #expect(try await site.deploy("v1").status == 0)
      try await until("the first rollout is told") { try messages().map(\.event) == ["test", "started", "started", "succeeded"] }
      #expect(try Set(messages()[1...2].map(\.id)).count == 1)
      for pid in site.processes(of: "serve") { kill(pid, SIGKILL) }
      #expect(try await site.deploy("v2").status == 0)
      try await until("the second rollout is told") {
        try messages().dropFirst(4).map { "\($0.event) \($0.version)" } == ["started v2", "succeeded v2"]
      }
      #expect(try await site.run("history").output.contains("notification") == false)
      #expect(try await site.run("audit", "verify").status == 0)
      try await receiver.stop()
      let failed = try await site.run("notify", "test")
      #expect(failed.status == 1 && failed.output.contains("the receiver of channel webhook at \(receiver.url) can't be reached"))
      #expect(!(failed.output + failed.errors).contains("hooks/abc"))
    }
  }

  private func until(_ what: String, _ condition: () throws -> Bool) async throws {
    for _ in 0..<300 {
      if try condition() { return }
      try await Task.sleep(for: .milliseconds(100))
    }
    Issue.record("did not happen in time: \(what)")
  }

  private func configure(_ site: Site, _ url: String) throws {
    let text = """
      project: e2e
      services:
        answers:
          artifact: releases/${RELEASE:-v1}
          run: . ./settings && exec ./answer-service
          health: { liveness: /health, readiness: /ready, interval: 200ms, min_healthy_time: 400ms, startup_timeout: 6s }
          shutdown: { drain: 1s, grace: 1s }
      environments:
        local:
          listen: "127.0.0.1:\(site.port)"
          notify: [{ webhook: "\(url)", on: [started, succeeded, failed, rolled_back] }]
      strategy: { blue_green: { keep_previous: 0s } }

      """
    try text.write(to: site.folder.appending(path: "slipway.yaml"), atomically: true, encoding: .utf8)
  }
}
