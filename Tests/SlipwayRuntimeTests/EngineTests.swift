import Logging
import SlipwayEngine
import SlipwayModel
import SlipwayPorts
import SlipwayRuntime
import Testing
import TwinWorld

@Suite("Engine", .timeLimit(.minutes(1)))
struct EngineTests {
  @Test("A release goes live, the next replaces it, and the journal tells the whole story")
  func twoReleases() async throws {
    let bench = Bench()
    try await bench.withEngine { engine in
      let first = try await engine.deploy(Bench.request("1"))
      try await bench.until("first succeeded") { try await engine.rollout(first).phase == .succeeded }
      let second = try await engine.deploy(Bench.request("2"))
      try await bench.until("second bakes") { try await engine.rollout(second).phase == .baking }
      #expect(await bench.target.split == .all(to: .green))
      #expect(await engine.live(of: Bench.key)?.release.version == Version("2"))
      let kinds = try await engine.entries(of: second, after: -1, patience: .zero).map(\.kind)
      #expect(kinds.first == "rollout_started")
      #expect(kinds.contains("promoted"))
    }
    #expect(await bench.target.violations == [])
  }

  @Test("A failing release is rolled back and the live one stays")
  func rollsBack() async throws {
    let bench = Bench()
    await bench.target.breakVersion("2")
    try await bench.withEngine { engine in
      let first = try await engine.deploy(Bench.request("1"))
      try await bench.until("first") { try await engine.rollout(first).phase == .succeeded }
      let second = try await engine.deploy(Bench.request("2"))
      try await bench.until("back") { try await engine.rollout(second).phase == .rolledBack }
      #expect(try await engine.rollout(second).reason?.code == "guardrail")
      #expect(await bench.target.split == .all(to: .blue))
      let third = try await engine.retry(second, actor: Bench.person, reason: "again")
      try await bench.until("back again") { try await engine.rollout(third).phase == .rolledBack }
      #expect(try await engine.rollout(third).follows == second)
    }
    #expect(await bench.target.violations == [])
  }

  @Test("A second rollout is refused while one is under way, unless it is to supersede it")
  func oneAtATime() async throws {
    let bench = Bench()
    try await bench.withEngine { engine in
      let first = try await engine.deploy(Bench.request("1"))
      try await bench.until("first") { try await engine.rollout(first).phase == .succeeded }
      let second = try await engine.deploy(Bench.request("2", hold: .minutes(10)))
      try await bench.until("shifting") { try await engine.rollout(second).phase == .shifting }
      let error = await #expect(throws: SlipwayError.self) { _ = try await engine.deploy(Bench.request("3")) }
      #expect(error?.code == .rolloutRunning)
      let third = try await engine.deploy(Bench.request("3", supersede: true))
      #expect(try await engine.rollout(second).phase == .rolledBack)
      try await bench.until("third") { try await engine.rollout(third).phase == .baking }
    }
    #expect(await bench.target.violations == [])
  }

  @Test("A version that was used for something else is refused before anything begins, and the end of a rollout is sealed")
  func refusedBeforehand() async throws {
    let bench = Bench()
    await bench.target.refuseVersion("2")
    try await bench.withEngine { engine in
      let first = try await engine.deploy(Bench.request("1"))
      try await bench.until("first succeeded") { try await engine.rollout(first).phase == .succeeded }
      let before = await bench.journal.entries.count
      let error = await #expect(throws: SlipwayError.self) { _ = try await engine.deploy(Bench.request("2")) }
      #expect(error?.code.rawValue == "release-changed")
      #expect(await engine.rollouts().count == 1)
      #expect(await bench.journal.entries.count <= before + 1)
      try await bench.until("sealed") { await bench.journal.seals == [bench.journal.entries.count] }
    }
  }

  @Test("A request that the file could not state is refused before anything begins")
  func bounds() async throws {
    let bench = Bench()
    try await bench.withEngine { engine in
      for request in [
        Bench.request("1", variables: ["A=B": "c"]), Bench.request("1", variables: ["A": "b\0c"]), Bench.request("1", replicas: -1),
      ] {
        let error = await #expect(throws: SlipwayError.self) { _ = try await engine.deploy(request) }
        #expect(error?.code == .requestOutOfBounds)
      }
      #expect(await bench.journal.entries == [])
    }
  }

  @Test("A service whose dependency is not live is refused, and nothing begins")
  func dependency() async throws {
    let bench = Bench()
    try await bench.withEngine { engine in
      let error = await #expect(throws: SlipwayError.self) { _ = try await engine.deploy(Bench.request("1", dependsOn: ["store"])) }
      #expect(error?.code == .dependencyMissing)
      #expect(await bench.journal.entries == [])
    }
  }

  @Test("A lease whose server was killed before its rollout began does not keep the next one waiting")
  func ghostLease() async throws {
    let bench = Bench()
    let now = bench.clock.now()
    _ = try await bench.journal.acquire(
      LeaseRequest(key: Bench.key, holder: "ghost", actor: Bench.person, reason: "gone", expiry: now + .hours(1)), at: now)
    try await bench.withEngine { engine in
      let first = try await engine.deploy(Bench.request("1"))
      try await bench.until("first succeeded") { try await engine.rollout(first).phase == .succeeded }
    }
  }

  @Test("Of two servers that take each other for dead, the one that is asked takes over what the other began; what was overtaken ends")
  func twoServers() async throws {
    let bench = Bench()
    try await bench.withEngine { old in
      let first = try await old.deploy(Bench.request("1"))
      try await bench.until("first succeeded") { try await old.rollout(first).phase == .succeeded }
      try await bench.withEngine { new in
        let second = try await old.deploy(Bench.request("2", hold: .minutes(10)))
        try await bench.until("shifting") { try await old.rollout(second).phase == .shifting }
        let refused = await #expect(throws: SlipwayError.self) { _ = try await new.deploy(Bench.request("3")) }
        #expect(refused?.code == .rolloutRunning)
        #expect(try await new.rollout(second).phase == .shifting)
        let third = try await new.deploy(Bench.request("3", supersede: true))
        #expect(try await new.rollout(second).phase == .rolledBack)
        try await bench.until("third") { try await new.rollout(third).phase == .baking }
      }
    }
    #expect(await bench.target.violations == [])
  }

  @Test("A rollout that a later one has overtaken is ended at the next start, not continued")
  func overtaken() async throws {
    let bench = Bench()
    let ids = try await bench.withEngine { engine in
      let first = try await engine.deploy(Bench.request("1"))
      try await bench.until("first succeeded") { try await engine.rollout(first).phase == .succeeded }
      let second = try await engine.deploy(Bench.request("2", hold: .minutes(10)))
      try await bench.until("shifting") { try await engine.rollout(second).phase == .shifting }
      return [first, second]
    }
    // Another server's rollout of the same service, as the journal has it once that server has expired the lease.
    let entries = await bench.journal.entries(of: "rollout/\(ids[0])", after: -1)
    _ = await bench.journal.usurp(Bench.key)
    try await bench.journal.append(
      entries.map {
        JournalDraft(
          at: bench.clock.now(), stream: "rollout/z-later", kind: $0.kind, actor: $0.actor, cause: $0.cause,
          body: Array(String(decoding: $0.body, as: UTF8.self).replacing("\"\(ids[0])\"", with: "\"z-later\"").utf8))
      }, after: nil, fence: nil)
    try await bench.withEngine { engine in
      let second = try await engine.rollout(ids[1])
      #expect(second.phase == .failed)
      #expect(second.reason?.code == "overtaken")
      #expect(await engine.live(of: Bench.key)?.release.version == Version("1"))
    }
    try await bench.withEngine { engine in
      let again = try await engine.rollout(ids[1])
      #expect(again.phase == .failed)
    }
  }

  @Test("A target that hangs is one that does not answer: the rollout goes on once it answers again")
  func hangingTarget() async throws {
    let bench = Bench()
    await bench.target.block("observe")
    try await bench.withEngine { engine in
      let first = try await engine.deploy(Bench.request("1"))
      try await bench.until("seen to be unseen") {
        guard let watch = await engine.observation(of: first)?.watch else { return false }
        return bench.clock.now() - watch.sameSince > .seconds(6)
      }
      let phase = try await engine.rollout(first).phase
      #expect([.pending, .building, .deploying, .validating].contains(phase))
      #expect(await engine.observation(of: first)?.world == nil)
      await bench.target.unblock("observe")
      try await bench.until("first succeeded") { try await engine.rollout(first).phase == .succeeded }
    }
  }

  @Test("Rollback goes back at once while the previous slot is warm, and by starting the release again afterwards")
  func rollback() async throws {
    let bench = Bench()
    try await bench.withEngine { engine in
      let first = try await engine.deploy(Bench.request("1"))
      try await bench.until("first") { try await engine.rollout(first).phase == .succeeded }
      let second = try await engine.deploy(Bench.request("2"))
      try await bench.until("baking") { try await engine.rollout(second).phase == .baking }
      #expect(try await engine.rollBack(Bench.key, to: nil, actor: Bench.person, reason: "warm") == second)
      try await bench.until("back") { try await engine.rollout(second).phase == .rolledBack }
      #expect(await engine.live(of: Bench.key)?.release.version == Version("1"))

      let third = try await engine.deploy(Bench.request("3"))
      try await bench.until("third bakes") { try await engine.rollout(third).phase == .baking }
      try await engine.intend(.promote, rollout: third, actor: Bench.person, reason: "enough", planDigest: nil)
      try await bench.until("third done") { try await engine.rollout(third).phase == .succeeded }
      let back = try await engine.rollBack(Bench.key, to: nil, actor: Bench.person, reason: "cold")
      #expect(back != third)
      try await bench.until("cold rollback") { try await engine.rollout(back).phase == .succeeded }
      #expect(await engine.live(of: Bench.key)?.release.version == Version("1"))

      // What was just left is no earlier release; by name it can be had again.
      await #expect { try await engine.rollBack(Bench.key, to: nil, actor: Bench.person, reason: "further") } throws: {
        ($0 as? SlipwayError)?.code == .nothingToRollBack
      }
      let named = try await engine.rollBack(Bench.key, to: Version("3"), actor: Bench.person, reason: "again")
      try await bench.until("back to 3") { try await engine.rollout(named).phase == .succeeded }
      #expect(await engine.live(of: Bench.key)?.release.version == Version("3"))
    }
    #expect(await bench.target.violations == [])
  }

  @Test("A rollout that was cut off is taken up from the journal and ends as it would have")
  func recovery() async throws {
    let bench = Bench()
    try await bench.withEngine { engine in
      let first = try await engine.deploy(Bench.request("1"))
      try await bench.until("first") { try await engine.rollout(first).phase == .succeeded }
    }
    let phases: [RolloutPhase] = [.building, .deploying, .validating, .shifting, .baking]
    for (number, phase) in phases.enumerated() {
      let version = "\(number + 2)"
      let cut = try await bench.withEngine { engine in
        let id = try await engine.deploy(Bench.request(version))
        try await bench.until("\(phase)") {
          let now = try await engine.rollout(id).phase
          return now == phase || phases.firstIndex(of: now).map { $0 > number } ?? true
        }
        return id
      }
      try await bench.withEngine { engine in
        try await bench.until("taken up") { try await engine.rollout(cut).phase == .baking }
        #expect(await engine.live(of: Bench.key)?.release.version == Version(version))
      }
    }
    #expect(await bench.target.violations == [])
  }

  @Test("When the journal takes nothing, nothing is done; when it does again, the rollout goes on")
  func journalFails() async throws {
    let bench = Bench()
    try await bench.withEngine { engine in
      let id = try await engine.deploy(Bench.request("1"))
      await bench.journal.failAppends(30)
      let calls = await bench.target.calls.count
      try await bench.clock.sleep(for: .seconds(1))
      #expect(await bench.target.calls.count <= calls + 1)
      try await bench.until("done") { try await engine.rollout(id).phase == .succeeded }
    }
  }

  @Test("A writer whose lease was taken stops, and changes nothing more")
  func fencing() async throws {
    let bench = Bench()
    try await bench.withEngine { engine in
      let first = try await engine.deploy(Bench.request("1"))
      try await bench.until("first") { try await engine.rollout(first).phase == .succeeded }
      let second = try await engine.deploy(Bench.request("2", hold: .minutes(10)))
      try await bench.until("holding") { try await engine.rollout(second).stage == .holding }
      await bench.journal.usurp(Bench.key)
      await #expect(throws: SlipwayError.self) {
        try await engine.intend(.promote, rollout: second, actor: Bench.person, reason: "", planDigest: nil)
      }
      let before = await bench.journal.entries.count
      try await bench.clock.sleep(for: .seconds(30))
      #expect(await bench.journal.entries.count == before)
      // Not that there is none: whoever waits for the rollout asks again.
      let answer = await #expect(throws: SlipwayError.self) { try await engine.rollout(second) }
      #expect(answer?.code == .rolloutElsewhere)
    }
  }

  @Test("A writer that does not know all entries of its rollout stops, and changes nothing more")
  func unknownEntry() async throws {
    let bench = Bench()
    try await bench.withEngine { engine in
      let first = try await engine.deploy(Bench.request("1"))
      try await bench.until("first") { try await engine.rollout(first).phase == .succeeded }
      let second = try await engine.deploy(Bench.request("2", hold: .minutes(10)))
      try await bench.until("holding") { try await engine.rollout(second).stage == .holding }
      // A write that failed, and that another server finds in the journal all the same.
      let failed = Event.rolloutFailed(Reason("overtaken", "another server has ended it"))
      let draft = JournalDraft(
        at: bench.clock.now(), stream: RolloutStream.name(of: second), kind: failed.kind.rawValue, actor: .engine, cause: nil,
        content: failed)
      _ = try await bench.journal.append([draft], after: nil, fence: nil)
      let before = await bench.journal.entries.count
      await #expect(throws: SlipwayError.self) {
        try await engine.intend(.promote, rollout: second, actor: Bench.person, reason: "", planDigest: nil)
      }
      try await bench.clock.sleep(for: .seconds(30))
      #expect(await bench.journal.entries.count == before)
    }
  }

  @Test("A slot that gets traffic while its stop is being recorded is not stopped before the traffic has been sent back")
  func trafficWhileWriting() async throws {
    let bench = Bench()
    try await bench.withEngine { engine in
      let first = try await engine.deploy(Bench.request("1", hold: .minutes(10)))
      try await bench.until("promoted") { await bench.target.split == .all(to: .blue) }
      await bench.journal.whileWriting("traffic_restored") { await bench.target.reroute(.all(to: .blue)) }
      try await engine.intend(.abort, rollout: first, actor: Bench.person, reason: "", planDigest: nil)
      try await bench.until("back") { try await engine.rollout(first).phase == .rolledBack }
      #expect(await bench.target.split == TrafficSplit.none)
      #expect(await bench.target.calls.suffix(2) == ["router.apply", "target.retire"])
    }
    #expect(await bench.target.violations == [])
  }

  @Test("A build that hangs does not hold up an abort")
  func abortDuringBuild() async throws {
    let bench = Bench()
    await bench.target.block("target.prepare")
    try await bench.withEngine { engine in
      let id = try await engine.deploy(Bench.request("1"))
      try await bench.until("building") { try await engine.rollout(id).phase == .building }
      try await engine.intend(.abort, rollout: id, actor: Bench.person, reason: "stop", planDigest: nil)
      try await bench.until("back") { try await engine.rollout(id).phase == .rolledBack }
    }
  }

  @Test("Nothing reaches the target that the journal does not already say")
  func journalFirst() async throws {
    let bench = Bench()
    try await bench.withEngine { engine in
      let id = try await engine.deploy(Bench.request("1"))
      try await bench.until("done") { try await engine.rollout(id).phase == .succeeded }
    }
    let wanted = try #require(
      Rollout(
        replaying: try await bench.journal.entries.filter { $0.stream.hasPrefix("rollout/") }
          .map { (event: try Event(kind: $0.kind, body: $0.body), at: $0.at) }))
    #expect(wanted.phase == .succeeded)
    #expect(await bench.target.calls == ["target.prepare", "target.ensure", "router.apply"])
  }
}

@Suite("Replay")
struct ReplayTests {
  @Test("Reading only the last of several evaluations gives the same rollout as reading all")
  func evaluations() async throws {
    let bench = Bench()
    try await bench.withEngine { engine in
      let id = try await engine.deploy(Bench.request("1"))
      try await bench.until("done") { try await engine.rollout(id).phase == .succeeded }
    }
    let real = await bench.journal.entries.filter { $0.stream.hasPrefix("rollout/") }
    let place = try #require(real.firstIndex { $0.kind == "evaluated" })
    var entries = real
    let other = Event.evaluated(Evaluated(verdict: .broken, findings: []))
    for _ in 0..<3 {
      entries.insert(
        JournalEntry(
          index: 0, at: real[place].at, stream: real[place].stream, kind: "evaluated", actor: .engine, cause: nil, body: other.body),
        at: place)
    }
    let all = Rollout(replaying: try entries.map { (event: try Event(kind: $0.kind, body: $0.body), at: $0.at) })
    #expect(try await RolloutStream.replay(entries) == all)
    #expect(try await RolloutStream.replay(real) == all)
  }
}
