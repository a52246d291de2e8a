import Foundation
import RealSite
import SlipwayDemo
import Testing

/// The agent or the server goes away while someone waits for a rollout.
@Suite("End to end: outages of agent and server", .serialized, .timeLimit(.minutes(4)))
struct OutageTests {
  private static let canary = "canary: { keep_previous: 30s, stages: [ { traffic: 50%, duration: 12s } ] }"

  @Test("An agent that is killed during a canary is running again within seconds, and the waiting deploy ends with the rollout's outcome")
  func killedAgent() async throws {
    try await Site.with(strategy: Self.canary) { site in
      #expect(try await site.deploy("v1").status == 0)
      try site.makeRelease("v2")
      let report = try await site.underLoad(site.loadPlan(60, seconds: 90)) {
        let (deploy, output) = try site.start(["deploy", "--version", "v2"], release: "v2")
        try await site.until("the canary has traffic") { try await site.activeStage() == "holding" }
        let replicas = Set(site.replicas())
        let killed = try #require(site.processes(of: "agent").first)
        kill(killed, SIGKILL)
        let outage = try await ContinuousClock().measure {
          try await site.until("the port answers again") { (try? await site.servedVersion()) != nil }
        }
        #expect(outage < .seconds(4))
        #expect(Set(site.replicas()) == replicas, "the processes were taken over, not started again")
        let finished = try await Program.finish(deploy, output: output)
        #expect(finished.status == 0, "\(finished.output)\n\(finished.errors)")
        #expect(finished.output.contains("v2 of answers in local is live"))
        #expect(site.processes(of: "agent").first != killed)
      }
      #expect(try await site.servedVersion() == "v2")
      #expect(report.requests > report.failedRequests)
      let log = try String(contentsOf: site.state.appending(path: "logs/serve.log"), encoding: .utf8)
      #expect(log.contains("the agent has gone without having been asked to; starting it again"))
      #expect(log.contains("the agent runs again"))
    }
  }

  @Test("An agent that was asked to end stays stopped while the server runs, and status and doctor say so loudly")
  func stoppedAgent() async throws {
    try await Site.with { site in
      #expect(try await site.deploy("v1").status == 0)
      for pid in site.processes(of: "agent") { kill(pid, SIGTERM) }
      try await site.until("the agent has ended") { site.processes(of: "agent").isEmpty }
      try await Task.sleep(for: .seconds(2))
      #expect(site.processes(of: "agent") == [])
      #expect(site.replicas() == [])
      let status = try await site.run("status")
      #expect(status.status == 4 && status.output.contains("v1 ought to be live, and is not served"), "\(status)")
      #expect(status.output.contains("remedy: start it with `slipway agent --detach`"), "\(status)")
      let doctor = try await site.run("doctor")
      #expect(doctor.status == 1 && doctor.output.contains("does not run, so nothing serves"), "\(doctor)")
      #expect(site.processes(of: "agent") == [], "looking starts nothing")
    }
  }

  @Test("down ends what a killed agent left running, too")
  func downAfterKill() async throws {
    try await Site.with { site in
      #expect(try await site.deploy("v1").status == 0)
      for pid in site.processes(of: "serve") + site.processes(of: "agent") { kill(pid, SIGKILL) }
      #expect(site.replicas().count == 1)
      let down = try await site.run("down")
      #expect(down.status == 0 && down.output == "server: not running\nagent: stopped\n", "\(down)")
      #expect(site.replicas() == [])
    }
  }

  @Test("A deploy that waits tells of a frozen server once, starts no second one, and ends with the rollout's outcome")
  func frozenServer() async throws {
    try await Site.with(strategy: Self.canary) { site in
      #expect(try await site.deploy("v1").status == 0)
      try site.makeRelease("v2")
      let (deploy, output) = try site.start(["deploy", "--version", "v2"], release: "v2")
      try await site.until("the canary has traffic") { try await site.activeStage() == "holding" }
      let server = try #require(site.processes(of: "serve").first)
      kill(server, SIGSTOP)
      try await Task.sleep(for: .seconds(8))
      #expect(site.processes(of: "serve") == [server])
      kill(server, SIGCONT)
      let finished = try await Program.finish(deploy, output: output)
      #expect(finished.status == 0, "\(finished.output)\n\(finished.errors)")
      let note = "the server (process \(server)) does not answer, still waiting"
      #expect(finished.errors.components(separatedBy: note).count == 2, "\(finished.errors)")
      #expect(finished.output.contains("v2 of answers in local is live"))
      #expect(site.processes(of: "serve") == [server])
    }
  }

  @Test("down is not undone by a deploy that waits in another terminal: that one ends and says how to go on")
  func downWhileWaiting() async throws {
    try await Site.with(strategy: Self.canary) { site in
      #expect(try await site.deploy("v1").status == 0)
      try site.makeRelease("v2")
      let (waiting, output) = try site.start(
        ["deploy", "--environment", "local", "--version", "v2", "--reason", "a test"], release: "v2")
      try await Task.sleep(for: .seconds(3))
      #expect(try await site.run("down").status == 0)
      let ended = try await Program.finish(waiting, output: output, within: 20)
      #expect(ended.status == 4)
      #expect(ended.errors.contains("server-stopped"), "\(ended.errors)")
      #expect(site.processes(of: "serve") == [] && site.processes(of: "agent") == [])
      #expect(try await site.run("watch", "--environment", "local", within: 60).status == 0)
    }
  }

  @Test("down says which rollout it interrupts, and the next command that needs the server goes on with it, agent included")
  func downDuringRollout() async throws {
    try await Site.with(strategy: Self.canary.replacingOccurrences(of: "30s", with: "2s")) { site in
      #expect(try await site.deploy("v1").status == 0)
      try site.makeRelease("v2")
      #expect(try await site.run("deploy", "--version", "v2", "--no-wait", release: "v2").status == 0)
      try await site.until("the canary has traffic") { try await site.activeStage() == "holding" }
      let down = try await site.run("down")
      #expect(down.status == 0 && down.errors.contains("is not over (shifting)"), "\(down)")
      #expect(site.processes(of: "agent") == [])
      let watched = try await site.run("watch")
      #expect(watched.status == 0, "\(watched)")
      #expect(try await site.servedVersion() == "v2")
    }
  }
}
