import Foundation
import RealSite
import Testing

/// What looking tells when something is not as it should be.
@Suite("End to end: looking", .serialized, .timeLimit(.minutes(4)))
struct LookTests {
  @Test("doctor finds a frozen server and a frozen agent, and does not complain about the agent's own port")
  func frozen() async throws {
    try await Site.with { site in
      #expect(try await site.deploy("v1").status == 0)
      let server = try #require(site.processes(of: "serve").first)
      let agent = try #require(site.processes(of: "agent").first)
      for pid in [server, agent] { kill(pid, SIGSTOP) }
      let doctor = try await site.run("doctor")
      for pid in [server, agent] { kill(pid, SIGCONT) }
      #expect(doctor.status == 1, "\(doctor)")
      #expect(doctor.output.contains("✗ server         process \(server) does not answer"), "\(doctor.output)")
      #expect(doctor.output.contains("kill -CONT \(server)"), "\(doctor.output)")
      #expect(doctor.output.contains("✗ agent          process \(agent) does not answer"), "\(doctor.output)")
      #expect(doctor.output.contains("✓ port "), "\(doctor.output)")
      #expect(doctor.errors.isEmpty, "\(doctor.errors)")
      let again = try await site.run("serve")
      #expect(again.status == 1 && again.errors.contains("a server already runs"), "\(again)")
      #expect(try await site.run("agent").status == 1)
    }
  }

  @Test("Names that nothing has are wrong input once something is deployed")
  func unknownNames() async throws {
    try await Site.with { site in
      #expect(try await site.deploy("v1").status == 0)
      for command in ["status", "history", "watch", "rollback", "logs"] {
        let environment = try await site.run(command, "--environment", "nope")
        #expect(
          environment.status == 2 && environment.errors.contains("[unknown-environment]\nremedy: use one of: local"), "\(environment)")
        let service = try await site.run(command, "--service", "zz")
        #expect(service.status == 2 && service.errors.contains("[unknown-service]\nremedy: use one of: answers"), "\(service)")
      }
      #expect(try await site.run("down").status == 0)
      let status = try await site.run("status")
      #expect(status.errors == "started the server\n", "\(status)")
    }
  }

  @Test("The log of a candidate that is gone is shown, and deploy --supersede tells what it waits for")
  func goneAndSuperseded() async throws {
    try await Site.with(strategy: "canary: { keep_previous: 30s, stages: [ { traffic: 50%, duration: 60s } ] }") { site in
      #expect(try await site.deploy("v1").status == 0)
      try site.makeRelease("v2")
      let first = try await site.run("deploy", "--version", "v2", "--no-wait", release: "v2")
      #expect(first.status == 0, "\(first)")
      try await site.until("the canary has traffic") { try await site.activeStage() == "holding" }
      let promoted = try await site.run("pause", "--reason", "look")
      #expect(promoted.output.contains("is shifting at step 1 of 2 (50%), paused: look"), "\(promoted)")
      try site.makeRelease("v3", ["NEVER_READY": "1"])
      let next = try await site.run("deploy", "--version", "v3", "--supersede", "--reason", "mine", release: "v3")
      #expect(next.status == 1, "\(next)")
      #expect(next.errors.contains("waiting for rollout ") && next.errors.contains(" to v2 to go back"), "\(next.errors)")
      #expect(next.errors.contains("all traffic is back"), "\(next.errors)")
      let id = try #require(next.output.split(separator: "\n").first { $0.hasPrefix("rollout ") }?.dropFirst(8))
      let told = try await site.run("history", String(id))
      #expect(told.status == 0 && !told.output.contains("slipway history"), "\(told)")
      #expect(try await site.run("history").output.contains("mine; "))
      let logs = try await site.run("logs", "--slot", "green")
      #expect(logs.status == 0 && logs.output.contains("v3: listens on"), "\(logs)")
      #expect(logs.errors.contains("is gone; its log is \(site.state.path)/logs/answers@local-green-0.log"), "\(logs.errors)")
    }
  }
}
