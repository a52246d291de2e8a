import ClusterDouble
import SlipwayEngine
import SlipwayKubernetes
import SlipwayModel
import SlipwayRuntime
import Testing

@Suite("Rollouts in a cluster", .serialized, .timeLimit(.minutes(5)))
struct RolloutTests {
  private typealias Bench = ClusterBench

  @Test("The first release gets a slot of its own and the service's address; the second takes over, and the first is kept warm, then gone")
  func blueGreen() async throws {
    try await Bench.run { bench in
      try await bench.withEngine { engine in
        let first = try await bench.deploy(Bench.request("v1"), engine)
        #expect(first.phase == .succeeded, "\(String(describing: first.reason))")
        #expect(await bench.selector()["slipway.dev/slot"] == "blue")
        let second = try await bench.deploy(Bench.request("v2"), engine, until: .baking)
        #expect(second.phase == .baking, "\(String(describing: second.reason))")
        #expect(await bench.selector()["slipway.dev/slot"] == "green")
        #expect(await bench.replicas(.blue) == 2)
        let done = try await bench.rollout(second.id, engine)
        #expect(done.phase == .succeeded)
        #expect(await bench.replicas(.blue) == 0)
        #expect(await bench.pods(.blue) == 0)
        #expect(await bench.pods(.green) == 2)
      }
    }
  }

  @Test("A rollback while the previous release is warm is one switch")
  func rollback() async throws {
    try await Bench.run { bench in
      try await bench.withEngine { engine in
        _ = try await bench.deploy(Bench.request("v1"), engine)
        let second = try await bench.deploy(
          Bench.request("v2", .blueGreen(BlueGreenSpec(keepPrevious: .minutes(5)))), engine, until: .baking)
        let id = try await engine.rollBack(Bench.key, to: nil, actor: Bench.person, reason: "a test")
        #expect(id == second.id)
        let back = try await bench.rollout(id, engine)
        #expect(back.phase == .rolledBack, "\(String(describing: back.reason))")
        #expect(await bench.selector()["slipway.dev/slot"] == "blue")
        #expect(await bench.pods(.green) == 0)
      }
    }
  }

  @Test("A canary by replicas has the pods of each share, and ends with one slot")
  func canaryByReplicas() async throws {
    try await Bench.run { bench in
      try await bench.withEngine { engine in
        _ = try await bench.deploy(Bench.request("v1", replicas: 4), engine)
        let canary = try await bench.deploy(Bench.request("v2", Bench.canary(20, 50), replicas: 4), engine)
        #expect(canary.phase == .succeeded, "\(String(describing: canary.reason)) \(canary.findings)")
        #expect(await bench.selector()["slipway.dev/slot"] == "green")
        #expect(await bench.pods(.green) == 4)
        #expect(await bench.pods(.blue) == 0)
      }
    }
  }

  @Test("A rolling replacement takes the same two slots")
  func rolling() async throws {
    try await Bench.run { bench in
      try await bench.withEngine { engine in
        _ = try await bench.deploy(Bench.request("v1", replicas: 4), engine)
        let rolling = StrategySpec.rolling(RollingSpec(interval: .milliseconds(200), bake: .milliseconds(200)))
        let second = try await bench.deploy(Bench.request("v2", rolling, replicas: 4), engine)
        #expect(second.phase == .succeeded, "\(String(describing: second.reason))")
        #expect(await bench.pods(.green) == 4)
        #expect(await bench.pods(.blue) == 0)
      }
    }
  }

  @Test(
    "argo PR #4602: a candidate that can't run goes back within seconds, with the reason, and never has traffic",
    arguments: [
      ("v2-image-missing", "candidate-cannot-start"), ("v2-crash", "crash-loop"), ("v2-never-ready", "candidate-not-ready"),
      ("v2-unschedulable", "candidate-not-ready"),
    ])
  func broken(version: String, reason: String) async throws {
    try await Bench.run { state in
      state.settings.firstBackOff = .milliseconds(500)
    } _: { bench in
      try await bench.withEngine { engine in
        _ = try await bench.deploy(Bench.request("v1"), engine)
        let began = ContinuousClock.now
        let second = try await bench.deploy(Bench.request(version, Bench.canary(50), startup: .seconds(8)), engine)
        #expect(second.phase == .rolledBack)
        #expect(second.reason?.code == reason, "\(String(describing: second.reason))")
        #expect(second.exposedSince == nil)
        #expect(ContinuousClock.now - began < .seconds(30))
        #expect(await bench.selector()["slipway.dev/slot"] == "blue")
        #expect(await bench.pods(.green) == 0)
      }
    }
  }

  @Test("argo #3724, PR #4604: a candidate that crashes while it is judged loses its traffic, and is never promoted for want of a verdict")
  func crashesLater() async throws {
    try await Bench.run { state in
      state.settings.firstBackOff = .milliseconds(500)
    } _: { bench in
      try await bench.withEngine { engine in
        _ = try await bench.deploy(Bench.request("v1"), engine)
        let second = try await bench.deploy(Bench.request("v2-crash-after-1s", Bench.canary(50, hold: .minutes(2))), engine)
        #expect(second.phase == .rolledBack)
        #expect(["crash-loop", "health-checks"].contains(second.reason?.code), "\(String(describing: second.reason))")
        #expect(await bench.selector()["slipway.dev/slot"] == "blue")
      }
    }
  }

  @Test("A server that knows nothing of what is live does not begin over it")
  func unknownPast() async throws {
    try await Bench.run { bench in
      try await bench.withEngine { engine in _ = try await bench.deploy(Bench.request("v1"), engine) }
      let other = ClusterBench(server: bench.server, clusters: bench.clusters)
      try await other.withEngine { engine in
        await #expect {
          _ = try await engine.deploy(Bench.request("v2"))
        } throws: {
          ($0 as? SlipwayError)?.code.rawValue == "service-in-use"
        }
      }
      #expect(await bench.selector()["slipway.dev/slot"] == "blue")
      #expect(await bench.pods(.blue) == 2)
    }
  }

  @Test("An evicted pod, which stays as an object, neither counts as failing nor holds up the end of its slot")
  func evicted() async throws {
    try await Bench.run { bench in
      try await bench.withEngine { engine in
        _ = try await bench.deploy(Bench.request("v1"), engine)
        let second = try await bench.deploy(
          Bench.request("v2", .blueGreen(BlueGreenSpec(keepPrevious: .seconds(3)))), engine, until: .baking)
        try #require(second.phase == .baking)
        let pod = try #require(await bench.cluster.objects("Pod", "shop", labels: ["slipway.dev/slot": "green"]).first)
        let leftOver = ObjectDocument(pod)
        let labels = leftOver.json[path: ["metadata", "labels"]] ?? [:]
        let owners = leftOver.json[path: ["metadata", "ownerReferences"]] ?? []
        await bench.leavePod("api-green-evicted", labels: labels, owners: owners)
        let done = try await bench.rollout(second.id, engine)
        #expect(done.phase == .succeeded, "\(String(describing: done.reason))")
      }
    }
  }

  @Test("An autoscaler of a slot keeps its hands off during the rollout, and has its bounds back afterwards")
  func autoscaled() async throws {
    try await Bench.run { bench in
      try await bench.withEngine { engine in
        _ = try await bench.deploy(Bench.request("v1"), engine)
        try await bench.create(
          "HorizontalPodAutoscaler",
          [
            "apiVersion": "autoscaling/v2", "kind": "HorizontalPodAutoscaler", "metadata": ["name": "api-green", "namespace": "shop"],
            "spec": [
              "minReplicas": 1, "maxReplicas": 5,
              "scaleTargetRef": ["apiVersion": "apps/v1", "kind": "Deployment", "name": "api-green"],
            ],
          ])
        let second = try await bench.deploy(
          Bench.request("v2", .blueGreen(BlueGreenSpec(keepPrevious: .seconds(2))), replicas: 3), engine, until: .baking)
        #expect(second.phase == .baking, "\(String(describing: second.reason))")
        #expect(await bench.pods(.green) == 3)
        let during = await bench.cluster.object("HorizontalPodAutoscaler", "shop", "api-green")
        #expect(during?["spec"]?["minReplicas"] == 3)
        let done = try await bench.rollout(second.id, engine)
        #expect(done.phase == .succeeded, "\(String(describing: done.reason))")
        let after = await bench.cluster.object("HorizontalPodAutoscaler", "shop", "api-green")
        #expect(after?["spec"]?["minReplicas"] == 1)
      }
    }
  }

  @Test("A server that is killed in mid-rollout is followed by one that ends it")
  func restart() async throws {
    try await Bench.run { bench in
      let id = try await bench.withEngine { engine in
        _ = try await bench.deploy(Bench.request("v1"), engine)
        let id = try await engine.deploy(Bench.request("v2", Bench.canary(50, hold: .seconds(2))))
        _ = try await bench.rollout(id, engine, until: .shifting)
        return id
      }
      try await bench.withEngine { engine in
        let done = try await bench.rollout(id, engine)
        #expect(done.phase == .succeeded, "\(String(describing: done.reason))")
        #expect(await bench.selector()["slipway.dev/slot"] == "green")
      }
    }
  }
}
