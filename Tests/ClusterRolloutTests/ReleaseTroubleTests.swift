import ClusterDouble
import Foundation
import SlipwayEngine
import SlipwayKubernetes
import SlipwayModel
import SlipwayRuntime
import Testing

@Suite("Declared rollouts when things go wrong", .serialized, .timeLimit(.minutes(5)))
struct ReleaseTroubleTests {
  private typealias Bench = ReleaseBench

  @Test("A controller that is killed at any point is followed by one that goes on: one rollout for each generation")
  func restart() async throws {
    try await Bench.run { bench in
      try await bench.apply(Bench.configuration(Bench.canary(hold: "600ms")) + "---\n" + Bench.release("v1"))
      // Killed after a growing time, from before anything was begun to mid-rollout.
      for milliseconds in [5, 30, 120, 300, 700] {
        try await bench.serving { _ in try await Task.sleep(for: .milliseconds(milliseconds)) }
      }
      try await bench.serving { _ in _ = try await bench.wait(ready: "True Live") }
      try await bench.apply(Bench.release("v2"))
      for milliseconds in [40, 150, 400, 900] {
        try await bench.serving { _ in try await Task.sleep(for: .milliseconds(milliseconds)) }
      }
      // Even a status that was lost brings nothing about twice.
      let key = ObjectKey(ReleaseDefinition.kind, namespace: "shop", name: "api")
      _ = try await bench.client.patch(key, .merge(["status": .null]), subresource: .status, ClusterCall("lose the status"))
      try await bench.serving { engine in
        let done = try await bench.wait { $0.status?["phase"] == "Succeeded" && $0.status?["liveVersion"] == "v2" }
        #expect(Bench.condition("Ready", done) == "True Live")
        #expect(await Bench.versions(engine) == ["v1", "v2"])
        #expect(await bench.events().filter { $0.reason == "RolloutStarted" }.count == 2)
      }
    }
  }

  @Test("With an API server that answers errors half of the time a declared rollout ends, once")
  func errors() async throws {
    try await Bench.run { bench in
      try await bench.serving { engine in
        try await bench.apply(Bench.configuration(Bench.canary()) + "---\n" + Bench.release("v1"))
        try await bench.wait(ready: "True Live")
        try await bench.apply(Bench.release("v2"))
        await bench.bench.cluster.inject(FaultRule("half", .answer(500), share: 0.5))
        try await bench.wait { $0.status?["phase"] == "Succeeded" && $0.status?["liveVersion"] == "v2" }
        await bench.bench.cluster.heal("half")
        #expect(await Bench.versions(engine) == ["v1", "v2"])
      }
    }
  }

  @Test("A watch that breaks off and whose past is forgotten (410) misses nothing")
  func forgotten() async throws {
    try await Bench.run { bench in
      try await bench.serving { engine in
        try await bench.apply(Bench.configuration(Bench.canary()) + "---\n" + Bench.release("v1"))
        try await bench.wait(ready: "True Live")
        await bench.bench.cluster.inject(FaultRule("silence", .stallWatch, on: CallPattern(resources: ["releases"])))
        try await bench.apply(Bench.release("v2"))
        await bench.bench.cluster.with { $0.compact() }
        await bench.bench.cluster.heal("silence")
        await bench.bench.cluster.inject(FaultRule("broken", .dropWatch, on: CallPattern(resources: ["releases"]), times: 2))
        try await bench.wait { $0.status?["liveVersion"] == "v2" }
        #expect(await Bench.versions(engine) == ["v1", "v2"])
      }
    }
  }

  @Test(
    "What can't be compiled is a condition with the remedy, is told once, and is taken up when it is corrected",
    arguments: [
      ("{ canary: { stages: [{ trafic: 50% }] } }", "shop", "InvalidConfiguration"),
      ("{ canary: { stages: [{ traffic: 50%, duration: 300ms }] } }", "elsewhere", "ReleaseInvalid"),
    ])
  func invalid(strategy: String, namespace: String, reason: String) async throws {
    try await Bench.run { bench in
      try await bench.serving { engine in
        try await bench.apply(Bench.configuration(strategy, namespace: namespace) + "---\n" + Bench.release("v1"))
        let refused = try await bench.wait(ready: "False \(reason)")
        #expect(Bench.condition("Stalled", refused) == "True \(reason)")
        #expect(Bench.message(refused).contains("remedy"))
        let version = refused.resourceVersion
        try await Task.sleep(for: .seconds(1))
        #expect(await bench.release()?.resourceVersion == version)
        #expect(await bench.events().map(\.reason) == [reason])
        #expect(await engine.rollouts().isEmpty)
        try await bench.apply(Bench.configuration(Bench.canary()))
        try await bench.wait(ready: "True Live")
        #expect(await Bench.versions(engine) == ["v1"])
      }
    }
  }

  @Test("A ConfigMap that comes later is waited for")
  func missing() async throws {
    try await Bench.run { bench in
      try await bench.serving { _ in
        try await bench.apply(Bench.release("v1"))
        let waits = try await bench.wait(ready: "Unknown ReleaseConfigurationMissing")
        #expect(Bench.condition("Reconciling", waits) != nil)
        try await bench.apply(Bench.configuration(Bench.canary()))
        try await bench.wait(ready: "True Live")
      }
    }
  }

  @Test("A deletion stops nothing, and a Release for what is live already begins nothing")
  func deleted() async throws {
    try await Bench.run { bench in
      try await bench.serving { engine in
        try await bench.apply(Bench.configuration(Bench.canary()) + "---\n" + Bench.release("v1"))
        try await bench.wait(ready: "True Live")
        let key = ObjectKey(ReleaseDefinition.kind, namespace: "shop", name: "api")
        try await bench.client.delete(key, ClusterCall("delete it"))
        try await Task.sleep(for: .milliseconds(500))
        #expect(await bench.release() == nil)
        #expect(await bench.bench.pods(.blue) == 2)
        try await bench.apply(Bench.release("v1"))
        let again = try await bench.wait(ready: "True Live")
        #expect(again.status?["rollout"] == nil)
        #expect(await Bench.versions(engine) == ["v1"])
      }
    }
  }

  @Test("Of two Releases for one service the older has it, and the other one says so")
  func claimed() async throws {
    try await Bench.run { bench in
      try await bench.serving { engine in
        try await bench.apply(Bench.configuration(Bench.canary()) + "---\n" + Bench.release("v1"))
        try await bench.wait(ready: "True Live")
        try await bench.apply(Bench.release("v2", name: "usurper"))
        try await bench.wait("usurper", ready: "False ServiceClaimed")
        #expect(await Bench.versions(engine) == ["v1"])
      }
    }
  }

  @Test("A rollout that a person has begun is waited for")
  func waiting() async throws {
    try await Bench.run { bench in
      try await bench.serving { engine in
        try await bench.apply(Bench.configuration(Bench.canary(hold: "1s")) + "---\n" + Bench.release("v1"))
        try await bench.wait(ready: "True Live")
        let id = try await engine.deploy(ClusterBench.request("v2", ClusterBench.canary(50, hold: .seconds(2))))
        try await bench.apply(Bench.release("v3"))
        let waits = try await bench.wait(ready: "Unknown Waiting")
        #expect(Bench.message(waits).contains(id))
        try await bench.wait { $0.status?["liveVersion"] == "v3" }
        #expect(await Bench.versions(engine) == ["v1", "v2", "v3"])
        #expect(await engine.rollouts()[1].phase == .succeeded)
      }
    }
  }

  @Test("The example of the documentation is accepted and carried out")
  func example() async throws {
    let page = URL(fileURLWithPath: #filePath).deletingLastPathComponent().deletingLastPathComponent().deletingLastPathComponent()
      .appending(path: "docs/kubernetes/release-resource.md")
    let text = try String(contentsOf: page, encoding: .utf8)
    let blocks = text.split(separator: "```yaml\n").dropFirst().compactMap { $0.split(separator: "```").first.map(String.init) }
    let example = try #require(blocks.first { $0.contains("kind: Release") })
    try await Bench.run { bench in
      try await bench.serving { engine in
        try await bench.apply(example)
        try await bench.wait(ready: "True Live", "True Promoted")
        #expect(await Bench.versions(engine) == ["1.4.0"])
      }
    }
  }
}
