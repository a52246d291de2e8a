import Foundation
import RealSite
import Testing

/// What the command line promises to people and scripts, with everything real.
@Suite("End to end: the command line", .serialized, .timeLimit(.minutes(4)))
struct CommandLineTests {
  private static let stage = "canary: { keep_previous: 60s, stages: [ { traffic: 50%, duration: 8s } ] }"

  @Test("deploy starts a server that was killed while it waits again, and still reports the outcome")
  func revives() async throws {
    try await Site.with(strategy: Self.stage) { site in
      #expect(try await site.deploy("v1").status == 0)
      try site.makeRelease("v2")
      let (deploy, output) = try site.start(["deploy", "--version", "v2"], release: "v2")
      try await site.until("the canary has traffic") { try await site.activeStage() == "holding" }
      let killed = try #require(site.processes(of: "serve").first)
      kill(killed, SIGKILL)
      let finished = try await Program.finish(deploy, output: output)
      #expect(finished.status == 0, "\(finished.output)\n\(finished.errors)")
      #expect(finished.errors.contains("the server does not answer"))
      #expect(finished.output.contains("promoted") && finished.output.contains("v2 of answers in local is live"))
      #expect(site.processes(of: "serve").first != killed)
    }
  }

  @Test("Ctrl-C ends the waiting with 130 and not the rollout, which abort then takes back")
  func detaches() async throws {
    try await Site.with(strategy: Self.stage) { site in
      #expect(try await site.deploy("v1").status == 0)
      try site.makeRelease("v2")
      let (deploy, output) = try site.start(["deploy", "--version", "v2"], release: "v2")
      try await site.until("the canary has traffic") { try await site.activeStage() == "holding" }
      kill(deploy.processIdentifier, SIGINT)
      let detached = try await Program.finish(deploy, output: output)
      #expect(detached.status == 130 && detached.errors.contains("detached; the rollout goes on"))
      #expect(detached.output.contains("slipway abort"))
      let paused = try await site.run("pause", "--reason", "look first", "--output", "json").json()
      #expect((paused["rollout"] as? [String: Any])?["paused"] as? Bool == true)
      let aborted = try await site.run("abort", "--reason", "not this one")
      #expect(aborted.status == 0 && aborted.output.contains("v2 of answers in local went back"), "\(aborted)")
      #expect(!aborted.output.contains("building"), "only what followed the decision is told")
      #expect(try await site.servedVersion() == "v1")
      #expect(try await site.run("abort").status == 1)
    }
  }

  @Test("Over TCP the API opens to a token only, and the token's name acts")
  func token() async throws {
    try await Site.with { site in
      #expect(try await site.deploy("v1").status == 0)
      #expect(try await site.run("down", "--keep-processes").status == 0)
      #expect(try await site.run("agent", "--detach").status == 0)
      let port = try Site.freePort()
      #expect(try await site.run("serve", "--detach", "--listen", "127.0.0.1:\(port)").status == 0)
      let token = try String(contentsOf: site.state.appending(path: "token"), encoding: .utf8).trimmingCharacters(in: .newlines)
      let url = "http://127.0.0.1:\(port)"
      let refused = try await site.run(["status", "--server", url], environment: ["SLIPWAY_TOKEN": token + "x"])
      #expect(refused.status == 2 && refused.errors.contains("[unauthorized]"))
      let status = try await site.run(["status", "--server", url, "--output", "json"], environment: ["SLIPWAY_TOKEN": token])
      #expect(status.status == 0)
      let second = try await site.run(
        ["deploy", "--version", "v2", "--server", url], environment: ["SLIPWAY_TOKEN": token, "RELEASE": "v1"])
      #expect(second.status == 0 && second.output.contains("asked for by operator"), "\(second)")
    }
  }

  @Test("SIGTERM ends server and agent in order, and the agent's processes with it")
  func signals() async throws {
    try await Site.with(replicas: 2) { site in
      #expect(try await site.deploy("v1").status == 0)
      #expect(site.replicas().count == 2)
      for command in ["serve", "agent"] {
        let process = try #require(site.processes(of: command).first)
        kill(process, SIGTERM)
        try await site.until("\(command) has ended") { site.processes(of: command).isEmpty }
      }
      #expect(site.replicas() == [])
      let verified = try await site.run("audit", "verify", "--output", "json").json()
      #expect(verified["entries"] as? Int == verified["entries_signed"] as? Int, "ending in order signs the last entries")
    }
  }

  @Test("On a terminal deploy draws a live view, hides the cursor meanwhile, and keeps to NO_COLOR")
  func liveView() async throws {
    try await Site.with { site in
      try site.makeRelease("v1")
      let terminal = try Pseudoterminal(columns: 72)
      let process = try terminal.start(
        Program.slipway, ["deploy", "--version", "v1"], in: site.folder, environment: ["RELEASE": "v1", "NO_COLOR": "1"])
      let text = try await terminal.output(of: process)
      #expect(process.terminationStatus == 0, "\(text)")
      #expect(text.contains("\u{1b}[?25l") && text.contains("\u{1b}[?25h"))
      #expect(text.contains("✓ start") && text.contains("traffic    blue 100%"))
      #expect(!text.contains("\u{1b}[3"), "colour")
    }
  }

  @Test("doctor, logs and history tell about a running deployment")
  func looks() async throws {
    try await Site.with { site in
      let id = try #require((try await site.deploy("v1").json()["rollout"] as? [String: Any])?["id"] as? String)
      let doctor = try await site.run("doctor")
      #expect(doctor.status == 0 && doctor.output.contains("is served by the agent"), "\(doctor)")
      let logs = try await site.run("logs")
      #expect(logs.status == 0 && logs.output.contains("v1: listens on"), "\(logs)")
      let history = try await site.run("history", id)
      #expect(history.output.contains("blue_green of v1 asked for by \(NSUserName())@"))
      #expect(history.output.contains("promoted: the candidate has all traffic"))
      #expect(try await site.run("down").status == 0)
      // The journal is read by the server, which is started for that.
      #expect(try await site.run("history").output.contains(id))
    }
  }
}

extension Site {
  /// The stage of the step that is under way, by `slipway status`.
  func activeStage() async throws -> String? {
    let status = try await run("status", "--output", "json").json()
    let active = (status["deployments"] as? [[String: Any]])?.first?["active_rollout"] as? [String: Any]
    return active?["phase"] as? String == "shifting" ? (active?["step"] as? [String: Any])?["stage"] as? String : nil
  }

  func run(_ arguments: [String], environment: [String: String]) async throws -> Finished {
    let output = folder.appending(path: "out-\(UUID().uuidString.prefix(6))")
    let process = try Program.start(Program.slipway, arguments, in: folder, environment: environment, output: output)
    return try await Program.finish(process, output: output)
  }

  func until(_ what: String, _ condition: () async throws -> Bool) async throws {
    for _ in 0..<300 {
      if try await condition() { return }
      try await Task.sleep(for: .milliseconds(100))
    }
    Issue.record("did not happen in time: \(what)")
  }
}
