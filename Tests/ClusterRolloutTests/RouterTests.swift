import ClusterDouble
import SlipwayEngine
import SlipwayModel
import SlipwayRuntime
import Testing

/// Each router carries one canary through and brings another back, under requests of which none may be lost.
@Suite("Canaries behind each router", .serialized, .timeLimit(.minutes(5)))
struct RouterTests {
  private typealias Bench = ClusterBench

  private static let ingress: JSONValue = [
    "apiVersion": "networking.k8s.io/v1", "kind": "Ingress", "metadata": ["name": "api", "namespace": "shop"],
    "spec": [
      "ingressClassName": "nginx",
      "rules": [
        [
          "host": "api.example.com",
          "http": [
            "paths": [
              ["path": "/", "pathType": "Prefix", "backend": ["service": ["name": "api", "port": ["number": 80]]]]
            ]
          ],
        ]
      ],
    ],
  ]

  private static let virtualService: JSONValue = [
    "apiVersion": "networking.istio.io/v1", "kind": "VirtualService", "metadata": ["name": "api", "namespace": "shop"],
    "spec": ["hosts": ["api"], "http": [["timeout": "3s", "route": [["destination": ["host": "api"]]]]]],
  ]

  private static let route: JSONValue = [
    "apiVersion": "gateway.networking.k8s.io/v1", "kind": "HTTPRoute", "metadata": ["name": "api", "namespace": "shop"],
    "spec": ["parentRefs": [["name": "gateway"]], "rules": [["backendRefs": [["name": "api", "port": 80]]]]],
  ]

  private func canary(_ router: KubernetesRouter, _ kind: String?, _ object: JSONValue, host: String = "api") async throws {
    let prober = Prober()
    try await Bench.run { state in
      // What really comes about some time after it was written.
      state.settings.endpointsLag = .milliseconds(80)
      state.settings.routerLag = .milliseconds(120)
    } _: { bench in
      try await withThrowingTaskGroup(of: Void.self) { group in
        group.addTask { await prober.run(bench.cluster, host) }
        defer { group.cancelAll() }
        try await rollouts(bench, router, kind, object)
      }
    }
    #expect(await prober.sent > 500)
    #expect(await prober.lost == [])
    #expect(await prober.answered.keys.sorted() == ["example.com/api:v1", "example.com/api:v2", "example.com/api:v3"])
  }

  private func rollouts(_ bench: Bench, _ router: KubernetesRouter, _ kind: String?, _ object: JSONValue) async throws {
    try await bench.withEngine { engine in
      if let kind { try await bench.create(kind, object) }
      let first = try await bench.deploy(Bench.request("v1", router: router), engine)
      try #require(first.phase == .succeeded, "\(String(describing: first.reason))")
      let good = try await bench.deploy(Bench.request("v2", Bench.canary(20, 50), router: router), engine)
      #expect(good.phase == .succeeded, "\(String(describing: good.reason))")
      #expect(await bench.pods(.blue) == 0)
      #expect(await bench.pods(.green) == 2)
      let id = try await engine.deploy(Bench.request("v3", Bench.canary(20, 50, hold: .minutes(5)), router: router))
      let shifting = try await bench.rollout(id, engine, until: .shifting)
      try await Task.sleep(for: .seconds(2))
      try #require(shifting.phase == .shifting, "\(String(describing: shifting.reason))")
      try await engine.intend(.abort, rollout: id, actor: Bench.person, reason: "a test", planDigest: nil)
      let back = try await bench.rollout(id, engine)
      #expect(back.phase == .rolledBack, "\(String(describing: back.reason))")
      #expect(await bench.pods(.green) == 2)
      #expect(await bench.pods(.blue) == 0)
    }
  }

  @Test("Shares by replicas") func replicas() async throws { try await canary(.replicas, nil, .null) }

  @Test("A first release behind a route that can't run is taken back, and the next one may come")
  func firstRelease() async throws {
    try await Bench.run { bench in
      try await bench.withEngine { engine in
        try await bench.create("HTTPRoute", Self.route)
        let router = KubernetesRouter.gatewayAPI(route: "{{service}}")
        let bad = try await bench.deploy(Bench.request("v1-image-missing", router: router), engine)
        #expect(bad.phase == .rolledBack, "\(String(describing: bad.reason)) \(bad.pending)")
        let good = try await bench.deploy(Bench.request("v2", router: router), engine)
        #expect(good.phase == .succeeded, "\(String(describing: good.reason))")
      }
    }
  }

  @Test("NGINX Ingress") func nginx() async throws {
    try await canary(.nginx(ingress: "{{service}}"), "Ingress", Self.ingress, host: "api.example.com")
  }

  @Test("Istio") func istio() async throws {
    try await canary(.istio(IstioRouter(virtualService: "{{service}}")), "VirtualService", Self.virtualService)
  }

  @Test("Gateway API") func gateway() async throws { try await canary(.gatewayAPI(route: "{{service}}"), "HTTPRoute", Self.route) }
}
