import ClusterDouble
import SlipwayEngine
import SlipwayKubernetes
import SlipwayModel
import SlipwayPorts
import SlipwayRuntime
import Testing
import TwinWorld

@Suite("Rollouts from a user's own manifests", .serialized, .timeLimit(.minutes(5)))
struct BaseTests {
  private typealias Bench = ClusterBench

  private static func base(greeting: String, more: String = "") -> String {
    """
    apiVersion: v1
    kind: ConfigMap
    metadata: {name: api-config}
    data: {greeting: \(greeting)}
    ---
    apiVersion: v1
    kind: Secret
    metadata: {name: api-secret}
    stringData: {password: "s3cret-of-\(greeting)"}
    ---
    apiVersion: apps/v1
    kind: Deployment
    metadata: {name: api, labels: {app: api}}
    spec:
      replicas: 9
      selector: {matchLabels: {app: api}}
      template:
        metadata: {labels: {app: api}}
        spec:
          containers:
          - name: api
            image: placeholder
            ports: [{name: web, containerPort: 9000}]
            envFrom: [{configMapRef: {name: api-config}}, {secretRef: {name: api-secret}}]
    ---
    apiVersion: v1
    kind: Service
    metadata: {name: api, annotations: {team: shop}}
    spec: {selector: {app: api}, ports: [{name: web, port: 8080, targetPort: web}]}
    \(more)
    """
  }

  private static let scaling = """
    ---
    apiVersion: autoscaling/v2
    kind: HorizontalPodAutoscaler
    metadata: {name: api}
    spec: {minReplicas: 1, maxReplicas: 5, scaleTargetRef: {apiVersion: apps/v1, kind: Deployment, name: api}}
    ---
    apiVersion: policy/v1
    kind: PodDisruptionBudget
    metadata: {name: api}
    spec: {minAvailable: 1, selector: {matchLabels: {app: api}}}
    """

  /// The ConfigMap that a slot's pods read, and what stands in it.
  private func configuration(_ slot: Slot, _ bench: ClusterBench) async throws -> (name: String, greeting: String?) {
    let deployment = try #require(await bench.cluster.object("Deployment", "shop", "api-\(slot.rawValue)"))
    let name = try #require(
      ObjectDocument(deployment).json.value(at: "/spec/template/spec/containers/0/envFrom/0/configMapRef/name")?.text)
    let map = await bench.cluster.object("ConfigMap", "shop", name)
    return (name, map?["data"]?["greeting"]?.text)
  }

  private func names(_ kind: String, _ bench: ClusterBench) async -> [String] {
    await bench.cluster.objects(kind, "shop", labels: ["slipway.dev/service": "api"]).compactMap { ObjectDocument($0).name }.sorted()
  }

  @Test("argo #1297: configuration rolls out with the code, and goes back with it while the release is warm")
  func warm() async throws {
    try await Bench.run { bench in
      try await bench.withEngine { engine in
        let first = try await bench.deploy(Bench.request("v1", manifests: try Bench.manifests(Self.base(greeting: "hello"))), engine)
        #expect(first.phase == .succeeded, "\(String(describing: first.reason))")
        #expect(try await configuration(.blue, bench).greeting == "hello")
        #expect(await bench.pods(.blue) == 2)
        let root = try #require(await bench.cluster.object("Service", "shop", "api"))
        #expect(ObjectDocument(root).spec?["ports"]?.items?.first?["port"] == 8080)
        #expect(ObjectDocument(root).annotations["team"] == "shop")
        let second = try await bench.deploy(
          Bench.request(
            "v2", .blueGreen(BlueGreenSpec(keepPrevious: .minutes(5))), manifests: try Bench.manifests(Self.base(greeting: "goodbye"))),
          engine, until: .baking)
        try #require(second.phase == .baking, "\(String(describing: second.reason))")
        #expect(try await configuration(.green, bench).greeting == "goodbye")
        #expect(try await configuration(.blue, bench).greeting == "hello")
        let back = try await bench.rollout(
          try await engine.rollBack(Bench.key, to: nil, actor: Bench.person, reason: "a test"), engine)
        #expect(back.phase == .rolledBack, "\(String(describing: back.reason))")
        #expect(await bench.selector()["slipway.dev/slot"] == "blue")
        #expect(try await configuration(.blue, bench).greeting == "hello")
        let ports = ObjectDocument(try #require(await bench.cluster.object("Service", "shop", "api"))).spec?["ports"]
        #expect(ports?.items?.first?["port"] == 8080)
      }
    }
  }

  @Test("A release goes back to the manifests it was deployed with, also after a restart; none of a Secret is in the journal")
  func cold() async throws {
    try await Bench.run { bench in
      try await bench.withEngine { engine in
        for (version, greeting) in [("v1", "hello"), ("v2", "goodbye")] {
          let done = try await bench.deploy(
            Bench.request(version, manifests: try Bench.manifests(Self.base(greeting: greeting))), engine)
          #expect(done.phase == .succeeded, "\(String(describing: done.reason))")
        }
        #expect(await bench.pods(.blue) == 0)
      }
      try await bench.withEngine { engine in
        let back = try await bench.rollout(
          try await engine.rollBack(Bench.key, to: Version("v1"), actor: Bench.person, reason: "a test"), engine)
        #expect(back.phase == .succeeded, "\(String(describing: back.reason))")
        #expect(await bench.selector()["slipway.dev/slot"] == "blue")
        #expect(try await configuration(.blue, bench).greeting == "hello")
        // Then the slot of v2 gets something else, and what only v2 read goes.
        let third = try await bench.deploy(
          Bench.request("v3", manifests: try Bench.manifests(Self.base(greeting: "again"))), engine)
        #expect(third.phase == .succeeded, "\(String(describing: third.reason))")
        let kept = [try await configuration(.blue, bench), try await configuration(.green, bench)]
        #expect(kept.map(\.greeting) == ["hello", "again"])
        #expect(await names("ConfigMap", bench) == kept.map(\.name).sorted())
        #expect(await names("Secret", bench).count == 2)
      }
      for entry in await bench.journal.entries {
        let text = String(decoding: entry.body, as: UTF8.self)
        #expect(!text.contains("s3cret") && !text.contains("hello"))
      }
    }
  }

  @Test("Each slot has an autoscaler and a disruption budget made from the base's")
  func scaling() async throws {
    try await Bench.run { bench in
      try await bench.withEngine { engine in
        let text = Self.base(greeting: "hello", more: Self.scaling)
        _ = try await bench.deploy(Bench.request("v1", manifests: try Bench.manifests(text)), engine)
        let second = try await bench.deploy(
          Bench.request("v2", .blueGreen(BlueGreenSpec(keepPrevious: .seconds(2))), replicas: 3, manifests: try Bench.manifests(text)),
          engine, until: .baking)
        #expect(second.phase == .baking, "\(String(describing: second.reason))")
        let during = try #require(await bench.cluster.object("HorizontalPodAutoscaler", "shop", "api-green"))
        #expect(during["spec"]?["minReplicas"] == 3)
        #expect(during["spec"]?["scaleTargetRef"]?["name"] == "api-green")
        let budget = try #require(await bench.cluster.object("PodDisruptionBudget", "shop", "api-green"))
        #expect(budget["spec"]?["minAvailable"] == 1 && budget["spec"]?["maxUnavailable"] == nil)
        #expect(budget["spec"]?["selector"]?["matchLabels"]?["slipway.dev/slot"] == "green")
        let done = try await bench.rollout(second.id, engine)
        #expect(done.phase == .succeeded, "\(String(describing: done.reason))")
        let after = await bench.cluster.object("HorizontalPodAutoscaler", "shop", "api-green")
        #expect(after?["spec"]?["minReplicas"] == 1)
      }
    }
  }

  @Test("A Service that leads to a port which the base's pods do not name is found before anything is changed")
  func port() async throws {
    try await Bench.run { bench in
      try await bench.withEngine { engine in
        _ = try await bench.deploy(Bench.request("v1"), engine)
        await #expect {
          _ = try await engine.deploy(Bench.request("v2", manifests: try Bench.manifests(Self.base(greeting: "hello"))))
        } throws: {
          ($0 as? SlipwayError)?.code == .baseUnsuitable && "\($0)".contains("the port 'http'")
        }
        #expect(await bench.cluster.object("Deployment", "shop", "api-green") == nil)
      }
    }
  }
}
