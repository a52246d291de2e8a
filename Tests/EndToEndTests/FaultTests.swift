import Foundation
import RealSite
import SlipwayDemo
import Testing

/// What breaks around the program, done for real.
@Suite("Faults", .serialized, .timeLimit(.minutes(4)))
struct FaultTests {
  private static let canary = """
    canary: { keep_previous: 30s, stages: [ { traffic: 20%, duration: 6s, success_criteria: { error_rate: "<5%" } } ] }
    """

  @Test("When serve is killed in mid-rollout traffic flows on, and the rollout ends as it should after the restart")
  func killServe() async throws {
    try await Site.with(strategy: Self.canary) { site in
      #expect(try await site.deploy("v1").status == 0)
      let report = try await site.underLoad(site.loadPlan(60, seconds: 90)) {
        try site.makeRelease("v2")
        let started = try await site.run(
          "deploy", "--environment", "local", "--version", "v2", "--reason", "a test", "--no-wait", "--output", "json", release: "v2")
        #expect(started.status == 0, "\(started.output)\(started.errors)")
        try await Task.sleep(for: .seconds(3))
        for pid in site.processes(of: "serve") { kill(pid, SIGKILL) }
        try await Task.sleep(for: .seconds(1))
        let status = try await site.run("serve", "--detach")
        #expect(status.status == 0, "\(status.errors)")
        let watched = try await site.run("watch", "--environment", "local", within: 60)
        #expect(watched.status == 0, "\(watched.output)\(watched.errors)")
      }
      #expect(report.failedRequests == 0, "\(report.failureSamples)")
      #expect(try await site.servedVersion() == "v2")
      #expect(try await site.run("audit", "verify").status == 0)
    }
  }

  @Test("When the agent is killed the processes live on, are taken over, and are not started twice")
  func killAgent() async throws {
    try await Site.with(replicas: 2) { site in
      #expect(try await site.deploy("v1").status == 0)
      let before = Set(site.replicas())
      #expect(before.count == 2)
      for pid in site.processes(of: "agent") { kill(pid, SIGKILL) }
      try await Task.sleep(for: .milliseconds(500))
      #expect(Set(site.replicas()) == before)
      #expect(try await site.run("agent", "--detach").status == 0)
      #expect(try await site.servedVersion() == "v1")
      try await Task.sleep(for: .seconds(1))
      #expect(Set(site.replicas()) == before)
    }
  }

  @Test("A killed replica is started again")
  func killReplica() async throws {
    try await Site.with { site in
      #expect(try await site.deploy("v1").status == 0)
      let before = site.replicas()
      for pid in before { kill(pid, SIGKILL) }
      for _ in 0..<100 where site.replicas().isEmpty || site.replicas() == before { try await Task.sleep(for: .milliseconds(100)) }
      #expect(site.replicas().count == 1)
      for _ in 0..<50 {
        if (try? await site.servedVersion()) == "v1" { break }
        try await Task.sleep(for: .milliseconds(100))
      }
      #expect(try await site.servedVersion() == "v1")
    }
  }

  @Test("SIGTERM ends serve in order, and what was under way goes on at the next start")
  func terminate() async throws {
    try await Site.with(strategy: Self.canary) { site in
      #expect(try await site.deploy("v1").status == 0)
      try site.makeRelease("v2")
      _ = try await site.run(
        "deploy", "--environment", "local", "--version", "v2", "--reason", "a test", "--no-wait", release: "v2")
      try await Task.sleep(for: .seconds(2))
      let serving = site.processes(of: "serve")
      for pid in serving { kill(pid, SIGTERM) }
      for _ in 0..<200 where !site.processes(of: "serve").isEmpty { try await Task.sleep(for: .milliseconds(50)) }
      #expect(site.processes(of: "serve") == [])
      #expect(try await site.servedVersion() != nil)
      #expect(try await site.run("serve", "--detach").status == 0)
      let status = try await site.run("status", "--output", "json")
      #expect(status.output.contains("\"v2\""), "\(status.output)")
    }
  }

  @Test("One changed byte of the journal is found, and its entry is named")
  func tampering() async throws {
    try await Site.with { site in
      #expect(try await site.deploy("v1").status == 0)
      #expect(try await site.run("down").status == 0)
      let database = try #require(
        FileManager.default.enumerator(at: site.state, includingPropertiesForKeys: nil)?.compactMap { $0 as? URL }
          .first { $0.lastPathComponent == "journal.db" })
      var bytes = try Data(contentsOf: database)
      let place = try #require(bytes.range(of: Data(#""reason":"a test""#.utf8)))
      bytes[place.upperBound - 2] = UInt8(ascii: "s")
      try bytes.write(to: database)
      let verified = try await site.run("audit", "verify")
      #expect(verified.status == 1, "\(verified.output)\(verified.errors)")
      #expect((verified.output + verified.errors).contains("entry"))
    }
  }

  @Test("Broken YAML, an unknown environment and a missing artifact are input errors with a place and a remedy")
  func badInput() async throws {
    try await Site.with { site in
      let unknown = try await site.run(
        "deploy", "--environment", "prodution", "--version", "v1", "--reason", "a test")
      #expect(unknown.status == 2)
      #expect(unknown.errors.contains("local"))
      let missing = try await site.run(
        "deploy", "--environment", "local", "--version", "v9", "--reason", "a test", release: "v9")
      #expect([1, 2].contains(missing.status))
      #expect((missing.output + missing.errors).contains("releases/v9"), "\(missing.output)\(missing.errors)")
      try "project: [x\nservices:\n\t- a".write(to: site.folder.appending(path: "slipway.yaml"), atomically: true, encoding: .utf8)
      let broken = try await site.run("validate")
      #expect(broken.status == 2)
      #expect(broken.errors.contains("slipway.yaml:") || broken.output.contains("slipway.yaml:"))
    }
  }

  @Test("A port that is in use refuses the release before it begins and names the port; what is live stays where it is")
  func portInUse() async throws {
    try await Site.with { site in
      try await Site.with { other in
        #expect(try await other.deploy("v1").status == 0)
        #expect(try await site.deploy("v1").status == 0)
        let text = try String(contentsOf: site.folder.appending(path: "slipway.yaml"), encoding: .utf8)
        try text.replacingOccurrences(of: "\(site.port)", with: "\(other.port)").write(
          to: site.folder.appending(path: "slipway.yaml"), atomically: true, encoding: .utf8)
        let refused = try await site.deploy("v2")
        #expect(refused.status == 2)
        #expect((refused.output + refused.errors).contains("\(other.port)"), "\(refused.output)\(refused.errors)")
        #expect(try await site.servedVersion() == "v1")
      }
    }
  }

  @Test("A failing release that wanted another address leaves the live one where it was")
  func addressStays() async throws {
    try await Site.with { site in
      #expect(try await site.deploy("v1").status == 0)
      let text = try String(contentsOf: site.folder.appending(path: "slipway.yaml"), encoding: .utf8)
      try text.replacingOccurrences(of: "\(site.port)", with: "\(try Site.freePort())").write(
        to: site.folder.appending(path: "slipway.yaml"), atomically: true, encoding: .utf8)
      #expect(try await site.deploy("v2", ["EXIT_BEFORE_BIND": "7"]).status == 1)
      #expect(try await site.servedVersion() == "v1")
    }
  }

  @Test("A second server on the same state folder is refused and told who has it")
  func secondServer() async throws {
    try await Site.with { site in
      #expect(try await site.deploy("v1").status == 0)
      let pid = try #require(site.processes(of: "serve").first)
      let second = try await site.run("serve", within: 20)
      #expect(second.status != 0)
      #expect(second.errors.contains("\(pid)"), "\(second.errors)")
    }
  }

  @Test("A state folder that can't be written is an error with a remedy")
  func stateFolder() async throws {
    try await Site.with { site in
      try "a file".write(to: site.folder.appending(path: "blocked"), atomically: true, encoding: .utf8)
      let refused = try await site.run("serve", "--state", site.folder.appending(path: "blocked/state").path, within: 20)
      #expect(refused.status == 4 || refused.status == 2)
      #expect(refused.errors.contains("remedy"), "\(refused.errors)")
    }
  }

  @Test("The application dies in the middle of its canary: it is started again, and judged")
  func crashingCandidate() async throws {
    try await Site.with(strategy: Self.canary) { site in
      #expect(try await site.deploy("v1").status == 0)
      let report = try await site.underLoad(site.loadPlan(60, seconds: 60)) {
        let bad = try await site.deploy("v2", ["CRASH_AFTER_REQUESTS": "5"])
        #expect(bad.status == 1, "\(bad.output)\(bad.errors)")
      }
      #expect(try await site.servedVersion() == "v1")
      #expect(report.requests > 0)
    }
  }
}
