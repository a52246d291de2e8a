import SlipwayKubernetes
import SlipwayModel
import Testing

@Suite("The router nginx")
struct CanaryIngressTests {
  private let service: ManagedService
  private let router: any ClusterRouter
  private let canary: ObjectKey

  init() throws {
    service = try Sample.service()
    router = KubernetesRouter.nginx(ingress: "web").router(for: service)
    canary = service.object(.ingress, "web-api-canary")
  }

  @Test("A share is a second Ingress with the paths of the service, and the user's own is never written")
  func share() throws {
    var cluster = Route.cluster(service)
    try cluster.converge(router, to: Route.share(10), for: service)
    try Snapshot.expect([try #require(cluster[canary])], are: "nginx-share")
    #expect(cluster[service.object(.ingress, "web")] == Route.ingress)
    #expect(router.splitInForce(in: cluster.present(for: service), sinceWrite: .zero) == Route.share(10))
  }

  @Test("A fraction of a percent has another total")
  func fraction() throws {
    var cluster = Route.cluster(service)
    try cluster.converge(router, to: Route.share(2.5), for: service)
    let annotations = cluster[canary]?.annotations ?? [:]
    #expect(annotations["nginx.ingress.kubernetes.io/canary-weight"] == "250")
    #expect(annotations["nginx.ingress.kubernetes.io/canary-weight-total"] == "10000")
    #expect(router.splitInForce(in: cluster.present(for: service), sinceWrite: .zero) == Route.share(2.5))
  }

  @Test("At the end the Service moves first, and the canary goes when no endpoint is old any more")
  func end() throws {
    var cluster = Route.cluster(service)
    try cluster.converge(router, to: Route.share(50), for: service)
    cluster.stale[service.root.name] = cluster.selected(by: service.root)
    try cluster.converge(router, to: .all(to: .green), for: service)
    #expect(
      try router.next(towards: .all(to: .green), from: cluster.present(for: service))
        == .wait("Service 'api' to have pods of api-green only"))
    #expect(cluster[canary] != nil)
    #expect(cluster[service.root]?.json[path: ["spec", "selector", "slipway.dev/slot"]] == "green")
    #expect(router.splitInForce(in: cluster.present(for: service), sinceWrite: .zero) == nil)
    cluster.stale = [:]
    try cluster.converge(router, to: .all(to: .green), for: service)
    #expect(cluster[canary] == nil)
    #expect(router.splitInForce(in: cluster.present(for: service), sinceWrite: .zero) == .all(to: .green))
  }

  @Test("flagger #256: the way back from a share is one write that touches nothing that serves")
  func wayBack() throws {
    var cluster = Route.cluster(service)
    try cluster.converge(router, to: Route.share(50), for: service)
    cluster.run(blue: 2, green: 0, of: service)
    let before = cluster.writes.count
    try cluster.converge(router, to: .all(to: .blue), for: service)
    #expect(Array(cluster.writes[before...]) == [.delete(canary, version: nil)])
  }

  @Test("flagger #874: a slot without ready pods gets no larger share, and always a smaller one")
  func zeroPods() throws {
    var cluster = Route.cluster(service)
    try cluster.converge(router, to: Route.share(20), for: service)
    cluster.run(blue: 2, green: 0, of: service)
    #expect(throws: SlipwayError.self) { try router.next(towards: Route.share(50), from: cluster.present(for: service)) }
    try cluster.converge(router, to: Route.share(5), for: service)
    #expect(router.splitInForce(in: cluster.present(for: service), sinceWrite: .zero) == Route.share(5))
  }

  @Test("A header and a cookie send their requests to the candidate, and are gone at the end")
  func rules() throws {
    var cluster = Route.cluster(service)
    let any = RoutingRule(source: .header, name: "X-Tester", value: nil, slot: .green)
    for split in [Route.share(0, rules: [Route.tester, Route.beta]), Route.share(10, rules: [any]), Route.share(20)] {
      try cluster.converge(router, to: split, for: service)
      #expect(router.splitInForce(in: cluster.present(for: service), sinceWrite: .zero) == split)
    }
    try Snapshot.expect(
      cluster.writes.compactMap { if case .apply(let document) = $0 { document } else { nil } }, are: "nginx-rules")
    try cluster.converge(router, to: .all(to: .green), for: service)
    #expect(cluster[canary] == nil)
  }

  @Test("What ingress-nginx can't do is said when the plan is made")
  func refusals() {
    let never = RoutingRule(source: .cookie, name: "beta", value: "on", slot: .green)
    for rules in [[never], [Route.tester, Route.tester], [Route.beta, Route.tester]] {
      #expect(router.refusal(of: Route.share(10, rules: rules))?.code == .splitNotExpressible)
    }
    #expect(router.refusal(of: Route.share(10, mirror: .green))?.code == .splitNotExpressible)
    #expect(router.expressible(Percentage(basisPoints: 1)!))
  }

  @Test("An Ingress that is not there, or does not lead to the service, is named")
  func unsuitable() throws {
    let present = Route.cluster(service).present(for: service)
    let missing = KubernetesRouter.nginx(ingress: "other").router(for: service)
    #expect(throws: SlipwayError.self) { try missing.next(towards: Route.share(10), from: present) }
    let key = DeploymentKey(service: Sample.name("shop"), environment: Sample.name("production"))
    let stranger = KubernetesRouter.nginx(ingress: "web").router(for: try Sample.service(key))
    let error = #expect(throws: SlipwayError.self) { try stranger.next(towards: Route.share(10), from: present) }
    #expect(error?.code == .routeUnsuitable)
  }

  @Test("When the user changes the Ingress the canary follows")
  func userEdit() throws {
    var cluster = Route.cluster(service)
    try cluster.converge(router, to: Route.share(10), for: service)
    let user = service.object(.ingress, "web")
    try cluster.perform(.patch(user, [.replace("/spec/rules/2/host", "v2.example")]))
    try cluster.converge(router, to: Route.share(10), for: service)
    #expect(cluster[canary]?.json.value(at: "/spec/rules/1/host") == "v2.example")
  }
}
