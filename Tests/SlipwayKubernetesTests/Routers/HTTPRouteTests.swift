import SlipwayKubernetes
import SlipwayModel
import Testing

@Suite("The router gateway_api")
struct HTTPRouteTests {
  private let service: ManagedService
  private let router: any ClusterRouter
  private let key: ObjectKey

  init() throws {
    service = try Sample.service()
    router = KubernetesRouter.gatewayAPI(route: "api").router(for: service)
    key = service.object(.httpRoute, "api")
  }

  @Test("Weights of the rules that lead to the service, and nothing else of the user's")
  func share() throws {
    var cluster = Route.cluster(service)
    try cluster.converge(router, to: Route.share(10), for: service)
    try Snapshot.expect([try #require(cluster[key])], are: "gateway-share")
    #expect(router.splitInForce(in: cluster.present(for: service), sinceWrite: .zero) == Route.share(10))
    try cluster.converge(router, to: Route.share(0.25), for: service)
    #expect(cluster[key]?.json.value(at: "/spec/rules/0/backendRefs/1/weight") == 25)
    #expect(cluster[key]?.json.value(at: "/spec/rules/0/backendRefs/0/weight") == 9975)
  }

  @Test("A header, a cookie and a mirror are added at the end and gone after the rollout; the user's rules keep their places")
  func rules() throws {
    var cluster = Route.cluster(service)
    let split = Route.share(10, rules: [Route.tester, Route.beta], mirror: .green)
    try cluster.converge(router, to: split, for: service)
    try Snapshot.expect([try #require(cluster[key])], are: "gateway-rules")
    #expect(router.splitInForce(in: cluster.present(for: service), sinceWrite: .zero) == split)
    try cluster.converge(router, to: .all(to: .green), for: service)
    let rules = cluster[key]?.spec?["rules"]?.items ?? []
    #expect(rules.map { $0["timeouts"] } == [["request": "4s"], nil])
    #expect(rules[0]["filters"] == Route.httpRoute.json.value(at: "/spec/rules/0/filters"))
    #expect(rules[1] == Route.httpRoute.json.value(at: "/spec/rules/1"))
  }

  @Test("Only what was read is replaced: an edit of the same rule in between makes the patch fail")
  func concurrentEdit() throws {
    var cluster = Route.cluster(service)
    let step = try router.next(towards: Route.share(10), from: cluster.present(for: service))
    guard case .write(let change) = step else {
      Issue.record("\(step)")
      return
    }
    try cluster.perform(.patch(key, [.replace("/spec/rules/0/timeouts/request", "9s")]))
    #expect(throws: Cluster.Failed(operation: "test /spec/rules/0")) { try cluster.perform(change) }
    try cluster.converge(router, to: Route.share(10), for: service)
    #expect(cluster[key]?.json.value(at: "/spec/rules/0/timeouts/request") == "9s")
  }

  @Test("linkerd2 #14964, flagger PR #1791: a gateway that never sets observedGeneration holds up nothing", arguments: [nil, 0])
  func neverSet(observed: Int?) throws {
    var cluster = Route.cluster(service)
    try cluster.converge(router, to: Route.share(10), for: service)
    cluster.objects[key]?.json["metadata"]?["generation"] = 4
    cluster.objects[key]?.json["status"] = ["parents": [Route.parent("api", observed: observed)]]
    #expect(router.splitInForce(in: cluster.present(for: service), sinceWrite: .zero) == Route.share(10))
  }

  @Test("A gateway that lags is waited for, and one that lags for ever or says nothing is not")
  func lagging() throws {
    var cluster = Route.cluster(service)
    try cluster.converge(router, to: Route.share(10), for: service)
    cluster.objects[key]?.json["metadata"]?["generation"] = 4
    for parents in [[Route.parent("public", observed: 3)], [], [Route.parent("a", observed: 4), Route.parent("b", observed: 2)]] {
      cluster.objects[key]?.json["status"] = ["parents": .list(parents)]
      #expect(router.splitInForce(in: cluster.present(for: service), sinceWrite: .seconds(19)) == nil)
      #expect(router.splitInForce(in: cluster.present(for: service), sinceWrite: .seconds(20)) == Route.share(10))
    }
    #expect(
      RouteAcceptance(ofRoute: try #require(cluster[key])) == .pending("'b' to take up generation 4 of the route; it has 2"))
  }

  @Test("A route that a gateway refuses is never in force")
  func refused() throws {
    var cluster = Route.cluster(service)
    try cluster.converge(router, to: Route.share(10), for: service)
    cluster.objects[key]?.json["status"] = ["parents": [Route.parent("public", resolved: "False", observed: 3)]]
    #expect(router.splitInForce(in: cluster.present(for: service), sinceWrite: .hours(1)) == nil)
    #expect(RouteAcceptance(ofRoute: try #require(cluster[key])) == .refused("'public' answers ResolvedRefs=False: Because"))
  }

  @Test(
    "A rule whose weights are not the service's alone is refused, as is a header that it looks at already",
    arguments: [
      JSONPatch.add("/spec/rules/0/backendRefs", [["name": "api", "port": 80], ["name": "files", "port": 80]]),
      .replace("/spec/rules/0/backendRefs/0/name", "files"), .add("/spec/rules/0/backendRefs/0/namespace", "elsewhere"),
      .add("/spec/rules/0/matches/0/headers", [["name": "x-tester", "value": "no"]]),
    ])
  func unsuitable(edit: JSONPatch) throws {
    var cluster = Route.cluster(service)
    try cluster.perform(.patch(key, [edit]))
    let error = #expect(throws: SlipwayError.self) {
      try router.next(towards: Route.share(10, rules: [Route.tester]), from: cluster.present(for: service))
    }
    #expect(error?.code == .routeUnsuitable)
  }

  @Test("More rules than a route may have are refused before the server does")
  func tooMany() throws {
    var cluster = Route.cluster(service)
    let rules = (0..<15).map { RoutingRule(source: .header, name: "X-\($0)", value: nil, slot: .green) }
    #expect(throws: SlipwayError.self) { try router.next(towards: Route.share(10, rules: rules), from: cluster.present(for: service)) }
    try cluster.converge(router, to: Route.share(10, rules: Array(rules.prefix(14))), for: service)
    #expect(cluster[key]?.spec?["rules"]?.items?.count == 16)
  }
}
