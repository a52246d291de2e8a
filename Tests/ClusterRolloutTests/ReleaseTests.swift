import ClusterDouble
import SlipwayEngine
import SlipwayKubernetes
import SlipwayModel
import SlipwayRuntime
import Testing

@Suite("Rollouts that are declared as objects", .serialized, .timeLimit(.minutes(5)))
struct ReleaseTests {
  private typealias Bench = ReleaseBench

  @Test("v1 is brought in, v2 by a canary, and the status and the Events tell of it")
  func promoted() async throws {
    try await Bench.run { bench in
      try await bench.serving { engine in
        try await bench.apply(Bench.configuration(Bench.canary()) + "---\n" + Bench.release("v1", "reason: the first"))
        let first = try await bench.wait(ready: "True Live")
        #expect(first.status?["liveVersion"] == "v1")
        try await bench.apply(Bench.release("v2"))
        let tried = try await bench.wait { $0.status?["phase"] == "Shifting" }
        #expect(Bench.condition("Ready", tried) == "Unknown Shifting")
        #expect(Bench.condition("Reconciling", tried) == "True Shifting")
        #expect(tried.status?["step"] == ["number": 1, "count": 2, "name": "50%"])
        let done = try await bench.wait { $0.status?["phase"] == "Succeeded" }
        let rollouts = await engine.rollouts()
        #expect(rollouts.map(\.plan.version.description) == ["v1", "v2"])
        #expect(rollouts.map(\.request.actor) == [Actor(.system, "release/shop/api"), Actor(.system, "release/shop/api")])
        #expect(rollouts.map(\.request.reason) == ["the first", ""])
        #expect(rollouts.map(\.request.origin?.generation) == [1, 2])
        #expect(done.status?["rollout"]?.text == rollouts.last?.id)
        #expect(done.status?["planDigest"]?.text == rollouts.last?.planDigest.description)
        #expect(done.status?["share"] == 100)
        #expect(done.status?["conditions"]?.items?.count == 1)
        #expect(await bench.bench.selector()["slipway.dev/slot"] == "green")
        let events = try await bench.events(until: "RolloutSucceeded", saying: "to v2")
        let told = events.filter { $0.message.contains("to v2") }.map(\.reason)
        #expect(Set(told).isSuperset(of: ["RolloutStarted", "TrafficShifted", "Promoted", "RolloutSucceeded"]))
        #expect(told.filter { $0 == "RolloutStarted" }.count == 1)
        #expect(events.allSatisfy { $0.type == "Normal" })
      }
    }
  }

  @Test("A version that can't run goes back, is not tried again by itself, and is when `attempt` is raised")
  func rolledBack() async throws {
    try await Bench.run { bench in
      try await bench.serving { engine in
        try await bench.apply(Bench.configuration(Bench.canary()) + "---\n" + Bench.release("v1"))
        try await bench.wait(ready: "True Live")
        try await bench.apply(Bench.release("v3-image-missing"))
        let back = try await bench.wait(ready: "False RolledBack")
        #expect(Bench.condition("Stalled", back) == "True RolledBack")
        #expect(Bench.condition("Reconciling", back) == nil)
        #expect(back.status?["liveVersion"] == "v1")
        #expect(Bench.message(back).contains("remedy"))
        let warnings = try await bench.events(until: "RolledBack", saying: "").filter { $0.type == "Warning" }.map(\.reason)
        #expect(warnings.contains("RollbackStarted") && warnings.contains("RolledBack"))
        // A change that asks for nothing else begins nothing.
        try await bench.apply(Bench.release("v3-image-missing", "reason: another word"))
        try await bench.wait(ready: "False RolledBack")
        #expect(await Bench.versions(engine) == ["v1", "v3-image-missing"])
        try await bench.apply(Bench.release("v3-image-missing", "attempt: 1"))
        try await bench.wait { $0.status?["rollout"] != back.status?["rollout"] && Bench.condition("Ready", $0) == "False RolledBack" }
        #expect(await Bench.versions(engine) == ["v1", "v3-image-missing", "v3-image-missing"])
      }
    }
  }

  @Test("`paused` holds a rollout where it is, and lifting it lets it go on; a pause of a person's stays")
  func paused() async throws {
    try await Bench.run { bench in
      try await bench.serving { engine in
        try await bench.apply(Bench.configuration(Bench.canary(hold: "2s")) + "---\n" + Bench.release("v1"))
        try await bench.wait(ready: "True Live")
        try await bench.apply(Bench.release("v2"))
        try await bench.wait { $0.status?["phase"] == "Shifting" }
        try await bench.apply(Bench.release("v2", "paused: true"))
        let held = try await bench.wait(ready: "Unknown Paused")
        #expect(Bench.condition("Reconciling", held) == "True Paused")
        let rollout = try #require(await engine.rollouts().last)
        #expect(rollout.pause?.actor == Actor(.system, "release/shop/api"))
        try await Task.sleep(for: .milliseconds(2500))
        #expect(await engine.rollouts().last?.phase == .shifting)
        try await bench.apply(Bench.release("v2", "paused: false"))
        try await bench.wait { $0.status?["phase"] == "Shifting" && Bench.condition("Ready", $0) == "Unknown Shifting" }
        try await engine.intend(.pause, rollout: rollout.id, actor: ClusterBench.person, reason: "a look", planDigest: nil)
        try await bench.apply(Bench.release("v2", "reason: nothing new"))
        let stays = try await bench.wait(ready: "Unknown Paused")
        #expect(Bench.message(stays).contains("ada@example"))
        try await engine.intend(.resume, rollout: rollout.id, actor: ClusterBench.person, reason: "", planDigest: nil)
        try await bench.wait(ready: "True Live")
        #expect(await Bench.versions(engine) == ["v1", "v2"])
      }
    }
  }

  @Test("Another version in mid-rollout ends the one under way first; the version before ends it and begins nothing")
  func changed() async throws {
    try await Bench.run { bench in
      try await bench.serving { engine in
        try await bench.apply(Bench.configuration(Bench.canary(hold: "1m")) + "---\n" + Bench.release("v1"))
        try await bench.wait(ready: "True Live")
        try await bench.apply(Bench.release("v2"))
        try await bench.wait { $0.status?["phase"] == "Shifting" }
        try await bench.apply(Bench.release("v3"))
        try await bench.wait { $0.status?["phase"] == "Shifting" && Bench.message($0).contains("v3") }
        #expect(await Bench.versions(engine) == ["v1", "v2", "v3"])
        #expect(await engine.rollouts()[1].phase == .rolledBack)
        try await bench.apply(Bench.release("v1"))
        let back = try await bench.wait(ready: "True Live")
        #expect(back.status?["liveVersion"] == "v1")
        #expect(await engine.rollouts().map(\.phase) == [.succeeded, .rolledBack, .rolledBack])
        // What went back because it was no longer wanted is tried when it is wanted again.
        try await bench.apply(Bench.release("v3"))
        try await bench.wait { $0.status?["phase"] == "Shifting" }
        #expect(await Bench.versions(engine) == ["v1", "v2", "v3", "v3"])
      }
    }
  }

  @Test("A promoted version that is taken back while the previous one is warm goes back by one switch")
  func revertedInBake() async throws {
    try await Bench.run { bench in
      try await bench.serving { engine in
        try await bench.apply(Bench.configuration(Bench.canary(bake: "5m")) + "---\n" + Bench.release("v1"))
        try await bench.wait(ready: "True Live")
        try await bench.apply(Bench.release("v2"))
        try await bench.wait(ready: "True Promoted")
        try await bench.apply(Bench.release("v1"))
        try await bench.wait(ready: "True Live")
        #expect(await engine.rollouts().map(\.phase) == [.succeeded, .rolledBack])
        #expect(await bench.bench.selector()["slipway.dev/slot"] == "blue")
      }
    }
  }
}
