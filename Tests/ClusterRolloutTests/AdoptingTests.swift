import ClusterDouble
import SlipwayEngine
import SlipwayKubernetes
import SlipwayModel
import SlipwayRuntime
import Testing

@Suite("Adopting what serves already", .serialized, .timeLimit(.minutes(5)))
struct AdoptingTests {
  private typealias Bench = ClusterBench

  /// A Deployment and a Service as `kubectl create` leaves them, and its pods ready.
  private func make(_ bench: ClusterBench) async throws {
    try await bench.create(
      "Deployment",
      [
        "apiVersion": "apps/v1", "kind": "Deployment", "metadata": ["name": "legacy", "namespace": "shop"],
        "spec": [
          "replicas": 2, "selector": ["matchLabels": ["app.kubernetes.io/name": "api"]],
          "template": [
            "metadata": ["labels": ["app.kubernetes.io/name": "api"]],
            "spec": ["containers": [["name": "web", "image": "example.com/api:old"]]],
          ],
        ],
      ])
    try await bench.create(
      "Service",
      [
        "apiVersion": "v1", "kind": "Service", "metadata": ["name": "api", "namespace": "shop"],
        "spec": ["selector": ["app.kubernetes.io/name": "api"], "ports": [["port": 80, "targetPort": 8000]]],
      ])
    for _ in 0..<500 {
      let deployment = await bench.cluster.object("Deployment", "shop", "legacy")
      if deployment?["status"]?["readyReplicas"] == 2 { return }
      try await Task.sleep(for: .milliseconds(20))
    }
    Issue.record("the old Deployment did not get ready")
  }

  private func underRequests(
    endpointsLag lag: TimeSpan = .milliseconds(80), _ body: @escaping @Sendable (ClusterBench) async throws -> Void
  ) async throws -> Prober {
    let prober = Prober()
    try await Bench.run { state in
      state.settings.endpointsLag = lag
    } _: { bench in
      try await make(bench)
      try await withThrowingTaskGroup(of: Void.self) { group in
        group.addTask { await prober.run(bench.cluster, "api") }
        defer { group.cancelAll() }
        try await Task.sleep(for: .milliseconds(200))
        try await body(bench)
        try await Task.sleep(for: .milliseconds(300))
      }
    }
    return prober
  }

  @Test(
    "The first release takes the requests over from an adopted Deployment, and none is lost",
    arguments: [KubernetesRouter.replicas, .service])
  func adopt(router: KubernetesRouter) async throws {
    let prober = try await underRequests { bench in
      try await bench.withEngine { engine in
        let first = try await bench.deploy(Bench.request("v1", router: router, adopts: "legacy"), engine)
        #expect(first.phase == .succeeded, "\(String(describing: first.reason))")
        #expect(await bench.selector()["slipway.dev/slot"] == "blue")
        // What was there stays, and the next release is like any other.
        #expect(await bench.cluster.object("Deployment", "shop", "legacy")?["spec"]?["replicas"] == 2)
        let second = try await bench.deploy(Bench.request("v2", router: router, adopts: "legacy"), engine)
        #expect(second.phase == .succeeded, "\(String(describing: second.reason))")
        #expect(await bench.selector()["slipway.dev/slot"] == "green")
      }
    }
    #expect(await prober.sent > 200)
    #expect(await prober.lost == [])
    #expect(await prober.answered.keys.sorted() == ["example.com/api:old", "example.com/api:v1", "example.com/api:v2"])
  }

  @Test("A release that can't run never has a request of the adopted Deployment's, whose selector stays")
  func broken() async throws {
    let prober = try await underRequests { bench in
      try await bench.withEngine { engine in
        let bad = try await bench.deploy(Bench.request("v1-image-missing", adopts: "legacy"), engine)
        #expect(bad.phase == .rolledBack, "\(String(describing: bad.reason)) \(bad.pending)")
        #expect(await bench.selector() == ["app.kubernetes.io/name": "api"])
        let good = try await bench.deploy(Bench.request("v2", adopts: "legacy"), engine)
        #expect(good.phase == .succeeded, "\(String(describing: good.reason))")
      }
    }
    #expect(await prober.lost == [])
    #expect(await prober.answered.keys.sorted() == ["example.com/api:old", "example.com/api:v2"])
  }

  @Test("An abort after the requests have moved gives all of them back to the adopted Deployment")
  func abort() async throws {
    let prober = try await underRequests(endpointsLag: .seconds(1)) { bench in
      try await bench.withEngine { engine in
        // What tells that the split is in force lags, so that the step can't end before the abort.
        let id = try await engine.deploy(Bench.request("v1", adopts: "legacy"))
        for _ in 0..<1000 where await bench.selector()["slipway.dev/slot"] != "blue" { try await Task.sleep(for: .milliseconds(5)) }
        #expect(await bench.selector()["slipway.dev/slot"] == "blue")
        do {
          try await engine.intend(.abort, rollout: id, actor: Bench.person, reason: "a test", planDigest: nil)
        } catch let error as SlipwayError where error.code.rawValue == "rollout-over" {
          Issue.record("the rollout was over before it could be aborted")
        }
        let back = try await bench.rollout(id, engine)
        #expect(back.phase == .rolledBack, "\(String(describing: back.reason))")
        #expect(await bench.selector() == ["app.kubernetes.io/name": "api"])
        #expect(await bench.pods(.blue) == 0)
      }
    }
    #expect(await prober.lost == [])
  }

  @Test("Pods that are not the named Deployment's are not taken for it, and routers that can't give back are refused")
  func refused() async throws {
    _ = try await underRequests { bench in
      try await bench.withEngine { engine in
        for (request, code) in [
          (Bench.request("v1"), "service-in-use"), (Bench.request("v1", adopts: "other"), "adoption-not-possible"),
          (Bench.request("v1", router: .gatewayAPI(route: "api"), adopts: "legacy"), "adoption-not-possible"),
        ] {
          await #expect {
            _ = try await engine.deploy(request)
          } throws: {
            ($0 as? SlipwayError)?.code.rawValue == code
          }
        }
        #expect(await bench.selector() == ["app.kubernetes.io/name": "api"])
      }
    }
  }
}
