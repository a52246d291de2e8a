import NIOHTTP1
import SlipwayEngine
import SlipwayModel
import SlipwayPorts
import SlipwayRuntime
import SlipwayServer
import Testing
import TwinWorld

@Suite("API: rollouts", .timeLimit(.minutes(1)))
struct RolloutTests {
  @Test("A rollout that was asked for is done, and waiting for its entries gives each of them once, in order")
  func deploys() async throws {
    let host = try Host()
    defer { host.remove() }
    try await host.serving { session in
      let started = try await session.client.deploy(Host.request("v1"))
      let (view, entries) = try await session.follow(started.id) { $0.phase.isTerminal }
      #expect(view.phase == .succeeded)
      #expect(entries.first?.kind == "rollout_started")
      #expect(entries.last?.kind == "rollout_succeeded")
      #expect(entries.map(\.index) == entries.map(\.index).sorted() && Set(entries.map(\.index)).count == entries.count)
      let all = try await session.client.news(of: started.id, after: -1)
      #expect(all.entries == entries)
    }
  }

  @Test("A request for news returns at once when there are some, and otherwise waits no longer than asked")
  func longPoll() async throws {
    let host = try Host()
    defer { host.remove() }
    try await host.serving { session in
      let view = try await session.deployed("v1")
      let (_, entries) = try await session.follow(view.id) { $0.phase.isTerminal }
      let start = ContinuousClock.now
      // Four seconds of the server's time are a fifth of a second here.
      let news = try await session.client.news(of: view.id, after: entries.last?.index ?? 0, patience: .seconds(4))
      let waited = ContinuousClock.now - start
      #expect(news.entries == [])
      #expect(waited >= .milliseconds(190) && waited < .seconds(5))
    }
  }

  @Test("A second rollout is refused while one is under way, with who, what and why")
  func refused() async throws {
    let host = try Host()
    defer { host.remove() }
    try await host.serving { session in
      _ = try await session.deployed("v1")
      let running = try await session.client.deploy(Host.request("v2", hold: .minutes(5)))
      let error = await #expect(throws: SlipwayError.self) { try await session.client.deploy(Host.request("v3")) }
      #expect(error?.code == .rolloutRunning && error?.kind == .refused)
      #expect(error?.message.contains(running.id) == true && error?.message.contains("a test") == true)
      let (status, body) = try await session.raw(
        .POST, "/v1/rollouts", body: String(decoding: canonicalJSON(Host.request("v3")), as: UTF8.self))
      #expect(status == 409 && body.hasPrefix(#"{"error":{"code":"rollout-running""#))
    }
  }

  @Test("Decisions reach the rollout: pause, resume, promote, abort")
  func intents() async throws {
    let host = try Host()
    defer { host.remove() }
    try await host.serving { session in
      _ = try await session.deployed("v1")
      let id = try await session.client.deploy(Host.request("v2", hold: .minutes(10))).id
      _ = try await session.follow(id) { $0.step?.stage == .holding && $0.phase == .shifting }
      let paused = try await session.client.intend(IntentRequest(kind: .pause, reason: "look first"), rollout: id)
      #expect(paused.paused && paused.pauseReason == "look first")
      let resumed = try await session.client.intend(IntentRequest(kind: .resume, reason: "fine"), rollout: id)
      #expect(!resumed.paused)
      _ = try await session.client.intend(IntentRequest(kind: .promote, reason: "good enough"), rollout: id)
      _ = try await session.follow(id) { $0.phase == .baking }
      let back = try await session.client.intend(IntentRequest(kind: .abort, reason: "not after all"), rollout: id)
      #expect(back.reason?.message.contains("not after all") == true)
      let (view, entries) = try await session.follow(id) { $0.phase.isTerminal }
      #expect(view.phase == .rolledBack)
      #expect(entries.filter { $0.kind == "intent_recorded" }.count == 4)
      #expect(try await session.client.indexBeforeDecision(on: id) == entries.last { $0.kind == "intent_recorded" }.map { $0.index - 1 })
    }
  }

  @Test("A decision about another plan than the rollout follows is refused")
  func otherPlan() async throws {
    let host = try Host()
    defer { host.remove() }
    try await host.serving { session in
      _ = try await session.deployed("v1")
      let id = try await session.client.deploy(Host.request("v2", hold: .hours(1))).id
      let error = await #expect(throws: SlipwayError.self) {
        try await session.client.intend(
          IntentRequest(kind: .abort, reason: "x", planDigest: Digest(hashing: "another".utf8)), rollout: id)
      }
      #expect(error?.code == .planChanged)
    }
  }

  @Test("Rolling back goes to the version before; retrying starts what was aborted once more")
  func rollbackAndRetry() async throws {
    let host = try Host()
    defer { host.remove() }
    try await host.serving { session in
      _ = try await session.deployed("v1")
      let second = try await session.deployed("v2")
      let request = RollbackRequest(service: Host.key.service, environment: Host.key.environment, version: nil, reason: "v2 is slow")
      let back = try await session.client.rollBack(request)
      #expect(back.id == second.id)
      #expect(try await session.follow(back.id) { $0.phase.isTerminal }.view.phase == .rolledBack)
      let again = try await session.client.retry(second.id, reason: "it was the database")
      #expect(again.version == Version("v2") && again.id != second.id)
      #expect(try await session.follow(again.id) { $0.phase == .baking || $0.phase.isTerminal }.view.phase == .baking)
      #expect(try await session.client.rollouts().map(\.version.description) == ["v1", "v2", "v2"])
      #expect(try await session.client.rollouts(limit: 1).map(\.id) == [again.id])
    }
    #expect(await host.target.violations == [])
  }

  @Test("A release that ends its watch just as the next one comes makes way for it", arguments: 0..<12)
  func justEnding(attempt: Int) async throws {
    let host = try Host()
    defer { host.remove() }
    try await host.serving { session in
      // The first release has no bake: it is over a moment after it is live. Each attempt asks a little later.
      _ = try await session.deployed("v1")
      try await Task.sleep(for: .microseconds(attempt * 500))
      #expect(try await session.client.deploy(Host.request("v2")).version == Version("v2"))
    }
  }

  @Test("A plan is told for what is live now, and telling it changes nothing")
  func plan() async throws {
    let host = try Host()
    defer { host.remove() }
    try await host.serving { session in
      #expect(try await session.client.plan(Host.request("v1")).live == nil)
      let view = try await session.deployed("v1")
      let plan = try await session.client.plan(Host.request("v2"))
      #expect(plan.live?.release.version == Version("v1") && plan.candidateSlot == .green)
      #expect(try await session.client.rollouts().map(\.id) == [view.id])
      #expect(try await session.client.plan(of: view.id).digest == view.planDigest)
    }
  }
}
