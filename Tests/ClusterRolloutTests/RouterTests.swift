import ClusterDouble
import SlipwayEngine
import SlipwayModel
import SlipwayRuntime
import Testing

/// Each router carries one canary through and brings another back, under requests of which none may be lost.
@Suite("Canaries behind each router", .serialized, .timeLimit(.minutes(5)))
struct RouterTests {
  private typealias Bench = ClusterBench

  private func canary(_ router: RouterCase) async throws {
    let prober = Prober()
    try await Bench.run { state in
      // What really comes about some time after it was written.
      state.settings.endpointsLag = .milliseconds(80)
      state.settings.routerLag = .milliseconds(120)
    } _: { bench in
      try await withThrowingTaskGroup(of: Void.self) { group in
        group.addTask { await prober.run(bench.cluster, router.host) }
        defer { group.cancelAll() }
        try await rollouts(bench, router)
      }
    }
    #expect(await prober.sent > 500)
    #expect(await prober.lost == [])
    #expect(await prober.answered.keys.sorted() == ["example.com/api:v1", "example.com/api:v2", "example.com/api:v3"])
  }

  private func rollouts(_ bench: Bench, _ router: RouterCase) async throws {
    try await bench.withEngine { engine in
      try await bench.begin(router, engine)
      let good = try await bench.deploy(Bench.request("v2", Bench.canary(20, 50), router: router.router), engine)
      #expect(good.phase == .succeeded, "\(String(describing: good.reason))")
      #expect(await bench.pods(.blue) == 0)
      #expect(await bench.pods(.green) == 2)
      let shifting = try await bench.expose(
        Bench.request("v3", Bench.canary(20, 50, hold: .minutes(5)), router: router.router), engine)
      try await Task.sleep(for: .milliseconds(500))
      try await bench.abort(shifting.id, engine)
      let back = try await bench.rollout(shifting.id, engine)
      #expect(back.phase == .rolledBack, "\(String(describing: back.reason))")
      #expect(await bench.pods(.green) == 2)
      #expect(await bench.pods(.blue) == 0)
    }
  }

  @Test("flagger #256, #310, PR #257: with shares by replicas no request is lost, on the way to the end and back")
  func replicas() async throws { try await canary(.replicas) }

  @Test("flagger #256, #310, PR #257: behind NGINX no request is lost, on the way to the end and back")
  func nginx() async throws { try await canary(.nginx) }

  @Test("argo #587, #4195: behind Istio no request is lost, on the way to the end and back")
  func istio() async throws { try await canary(.istio) }

  @Test("flagger #1202: behind a gateway no request is lost, on the way to the end and back")
  func gateway() async throws { try await canary(.gateway) }

  @Test("A first release behind a route that can't run is taken back, and the next one may come")
  func firstRelease() async throws {
    try await Bench.run { bench in
      try await bench.withEngine { engine in
        try await bench.create("HTTPRoute", RouterCase.gateway.object ?? .null)
        let bad = try await bench.deploy(Bench.request("v1-image-missing", router: RouterCase.gateway.router), engine)
        #expect(bad.phase == .rolledBack, "\(String(describing: bad.reason)) \(bad.pending)")
        let good = try await bench.deploy(Bench.request("v2", router: RouterCase.gateway.router), engine)
        #expect(good.phase == .succeeded, "\(String(describing: good.reason))")
      }
    }
  }
}
