import Foundation
import SlipwayEngine
import SlipwayKubernetes
import SlipwayModel
import SlipwayPorts
import SlipwayRuntime
import Testing

/// What routers write and read back. No request is sent: nodes and gateways may be stand-ins.
@Suite(
  "Conformance: routers", .enabled(if: Place.canRun, Comment(rawValue: Place.present.lack ?? "")), .timeLimit(.minutes(10)))
struct RouterConformance {
  /// Whether the cluster serves a kind; says so when not.
  private static func serves(_ kind: ResourceKind, _ site: Site) async throws -> Bool {
    if try await site.client.serves(kind, ClusterCall("look for \(kind.plural)")) { return true }
    FileHandle.standardError.write(
      Data("conformance: the cluster does not serve \(kind.kind) (\(kind.apiVersion)); that router is left out\n".utf8))
    return false
  }

  @Test("NGINX: a share is a second Ingress, which an abort takes away, and the user's own is never changed")
  func nginx() async throws {
    try await Site.run { site in
      try await site.make(
        .ingress, "web",
        [
          "spec": [
            "ingressClassName": "nginx",
            "rules": [
              [
                "host": .text("\(site.namespace).example.com"),
                "http": [
                  "paths": [["path": "/", "pathType": "Prefix", "backend": ["service": ["name": "api", "port": ["number": 80]]]]]
                ],
              ]
            ],
          ]
        ])
      let users = try await site.object(.ingress, "web")?.spec
      try await site.withEngine { engine in
        let router = KubernetesRouter.nginx(ingress: "web")
        try await site.begin(engine, router: router)
        let shifting = try await site.expose(engine, router: router, share: 20)
        let canary = try await site.object(.ingress, "web-api-canary")
        #expect(canary?.annotations["nginx.ingress.kubernetes.io/canary-weight"] == "20")
        let back = try await site.abort(shifting, engine)
        #expect(back.phase == .rolledBack, "\(String(describing: back.reason))")
        #expect(try await site.object(.ingress, "web-api-canary") == nil)
        #expect(try await site.selected() == "blue")
        let done = try await site.deploy(try site.request(3, Site.canary(50), router: router), engine)
        #expect(done.phase == .succeeded, "\(String(describing: done.reason))")
        #expect(try await site.object(.ingress, "web-api-canary") == nil)
        #expect(try await site.selected() == "green")
      }
      #expect(try await site.object(.ingress, "web")?.spec == users)
    }
  }

  @Test("Istio: weights move in the user's VirtualService and nothing else of it")
  func istio() async throws {
    try await Site.run { site in
      guard try await Self.serves(.virtualService, site) else { return }
      try await site.make(
        .virtualService, "api",
        ["spec": ["hosts": ["api"], "http": [["timeout": "3s", "route": [["destination": ["host": "api"]]]]]]])
      try await site.withEngine { engine in
        func weights() async throws -> [Int?] {
          let routes = try await site.object(.virtualService, "api")?.spec?["http"]?.items ?? []
          #expect(routes.first?["timeout"] == "3s")
          return (routes.first?["route"]?.items ?? []).map { $0["weight"]?.integer }
        }
        let router = KubernetesRouter.istio(IstioRouter(virtualService: "api"))
        try await site.begin(engine, router: router)
        let shifting = try await site.expose(engine, router: router, share: 20)
        #expect(try await weights() == [80, 20])
        let back = try await site.abort(shifting, engine)
        #expect(back.phase == .rolledBack, "\(String(describing: back.reason))")
        #expect(try await weights() == [100, 0])
        let done = try await site.deploy(try site.request(3, Site.canary(50), router: router), engine)
        #expect(done.phase == .succeeded, "\(String(describing: done.reason))")
        #expect(try await weights() == [0, 100])
      }
    }
  }

  @Test("Gateway API: weights move in the user's HTTPRoute, whatever the gateway says of it")
  func gateway() async throws {
    try await Site.run { site in
      guard try await Self.serves(.httpRoute, site) else { return }
      try await site.make(
        .httpRoute, "api", ["spec": ["parentRefs": [["name": "gateway"]], "rules": [["backendRefs": [["name": "api", "port": 80]]]]]])
      try await site.withEngine { engine in
        func weights() async throws -> [Int?] {
          let rules = try await site.object(.httpRoute, "api")?.spec?["rules"]?.items ?? []
          return (rules.first?["backendRefs"]?.items ?? []).map { $0["weight"]?.integer }
        }
        let router = KubernetesRouter.gatewayAPI(route: "api")
        try await site.begin(engine, router: router)
        let shifting = try await site.expose(engine, router: router, share: 20)
        #expect(try await weights() == [80, 20])
        let back = try await site.abort(shifting, engine)
        #expect(back.phase == .rolledBack, "\(String(describing: back.reason))")
        #expect(try await weights() == [100, 0])
      }
    }
  }
}
