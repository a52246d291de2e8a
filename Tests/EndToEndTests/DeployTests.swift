import Foundation
import RealSite
import SlipwayDemo
import Testing

/// The program as its users have it: real processes, a real proxy, real requests.
@Suite("End to end", .serialized, .timeLimit(.minutes(4)))
struct DeployTests {
  @Test("A newcomer deploys, deploys again under load without losing a request, and goes back at once")
  func blueGreen() async throws {
    try await Site.with { site in
      let first = try await site.deploy("v1")
      #expect(first.status == 0, "\(first.errors)")
      #expect(try await site.servedVersion() == "v1")

      let report = try await site.underLoad(site.loadPlan(80, seconds: 60)) {
        let second = try await site.deploy("v2")
        #expect(second.status == 0, "\(second.errors)")
        #expect(try await site.servedVersion() == "v2")
        let back = try await site.run("rollback", "--environment", "local", "--reason", "a test", "--output", "json")
        #expect(back.status == 0, "\(back.errors)")
        #expect(try await site.servedVersion() == "v1")
      }
      #expect(report.failedRequests == 0, "\(report.failureSamples)")
      #expect(report.answers(of: "v2") > 0)
    }
  }

  @Test("A canary that fails a fifth of its requests is rolled back, and the journal says why")
  func canaryFails() async throws {
    let strategy = """
      canary: { keep_previous: 60s, stages: [ { traffic: 20%, duration: 20s, success_criteria: { error_rate: "<2%" } } ] }
      """
    try await Site.with(strategy: strategy) { site in
      #expect(try await site.deploy("v1").status == 0)
      let report = try await site.underLoad(site.loadPlan(100, seconds: 60)) {
        let bad = try await site.deploy("v2", ["ERROR_PERCENT": "20"])
        #expect(bad.status == 1, "\(bad.output) \(bad.errors)")
        let document = try bad.json()
        let rollout = try #require(document["rollout"] as? [String: Any] ?? document)
        #expect(rollout["phase"] as? String == "rolled_back")
        let id = try #require(rollout["id"] as? String)
        let story = try await site.run("history", id)
        #expect(story.output.contains("error_rate"))
        #expect(story.output.contains("going back"))
      }
      #expect(report.failedRequests(exceptErrorsOf: ["v2"]) == 0, "\(report.failureSamples)")
      #expect(try await site.servedVersion() == "v1")
      let verified = try await site.run("audit", "verify", "--output", "json")
      #expect(verified.status == 0, "\(verified.output)\(verified.errors)")
    }
  }

  @Test("A release that never becomes ready, dies before it binds, or crash-loops is refused with its exit status and last lines")
  func refused() async throws {
    try await Site.with { site in
      #expect(try await site.deploy("v1").status == 0)
      let never = try await site.deploy("v2", ["NEVER_READY": "1"])
      #expect(never.status == 1)
      #expect(never.output.contains("candidate-not-ready"))
      #expect(never.output.contains("GET /ready answered 503 on replica 0"), "\(never.output)")
      let dies = try await site.deploy("v3", ["EXIT_BEFORE_BIND": "7"])
      #expect(dies.status == 1)
      #expect(dies.output.contains("ended with exit status 7 before it opened its port"))
      let elsewhere = try Site.freePort()
      let deaf = try await site.deploy("v4", ["PORT": "\(elsewhere)"])
      #expect(deaf.status == 1)
      #expect(deaf.output.contains("it listens at \(elsewhere) instead of $PORT"), "\(deaf.output)")
      #expect(try await site.servedVersion() == "v1")
    }
  }

  @Test("The same version with another content is refused before a rollout begins")
  func changedRelease() async throws {
    try await Site.with { site in
      #expect(try await site.deploy("v1").status == 0)
      try "export VERSION=v1 LATENCY_MS=1\n".write(
        to: site.folder.appending(path: "releases/v1/settings"), atomically: true, encoding: .utf8)
      let again = try await site.deploy("v1")
      #expect(again.status == 2)
      #expect((again.output + again.errors).contains("release-changed"))
      let history = try await site.run("history", "--output", "json")
      #expect(history.output.ranges(of: "\"phase\"").count == 1, "\(history.output)")
    }
  }

  @Test("A rolling update replaces replicas without losing a request")
  func rolling() async throws {
    try await Site.with(strategy: "rolling: { max_surge: 1, max_unavailable: 0, interval: 500ms, bake: 2s }", replicas: 3) { site in
      #expect(try await site.deploy("v1").status == 0)
      let report = try await site.underLoad(site.loadPlan(80, seconds: 60)) {
        let second = try await site.deploy("v2")
        #expect(second.status == 0, "\(second.output)\(second.errors)")
      }
      #expect(report.failedRequests == 0, "\(report.failureSamples)")
      #expect(try await site.servedVersion() == "v2")
    }
  }

  @Test("down stops everything in order and leaves no process")
  func down() async throws {
    try await Site.with { site in
      let deployed = try await site.deploy("v1")
      #expect(deployed.status == 0)
      #expect(!site.replicas().isEmpty)
      #expect(try await site.run("down").status == 0)
      #expect(site.replicas() == [])
      #expect(site.processes(of: "serve") == [])
      #expect(site.processes(of: "agent") == [])
      #expect(try await site.run("down").status == 0)
    }
  }
}
