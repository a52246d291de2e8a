import SlipwayKubernetes
import SlipwayModel
import Testing

@Suite("The router istio")
struct VirtualServiceTests {
  private let service: ManagedService
  private let hosts: any ClusterRouter
  private let subsets: any ClusterRouter
  private let key: ObjectKey

  init() throws {
    service = try Sample.service()
    hosts = KubernetesRouter.istio(IstioRouter(virtualService: "api", routes: ["main"])).router(for: service)
    subsets = KubernetesRouter.istio(IstioRouter(virtualService: "api", routes: ["main"], destinationRule: "api")).router(for: service)
    key = service.object(.virtualService, "api")
  }

  private func writes(_ cluster: Cluster) throws -> String {
    try cluster.writes.map { change in
      switch change {
      case .apply(let document): try Snapshot.yaml(document.json)
      case .patch(let key, let operations): "# patch of \(key)\n" + (try Snapshot.yaml(.list(operations.map(\.json))))
      case .delete(let key, _): "# delete of \(key)\n"
      }
    }.joined(separator: "---\n")
  }

  @Test("Slots as hosts: weights of the named route, and nothing else of the user's")
  func share() throws {
    var cluster = Route.cluster(service)
    try cluster.converge(hosts, to: Route.share(10), for: service)
    try Snapshot.expect([try #require(cluster[key])], are: "istio-share")
    try Snapshot.expect(try writes(cluster), is: "istio-share-patch")
    #expect(hosts.splitInForce(in: cluster.present(for: service), sinceWrite: .zero) == Route.share(10))
  }

  @Test("A header, a cookie and a mirror stand in routes of their own, and all are gone at the end")
  func rules() throws {
    var cluster = Route.cluster(service)
    let split = Route.share(10, rules: [Route.tester, Route.beta], mirror: .green)
    try cluster.converge(hosts, to: split, for: service)
    try Snapshot.expect([try #require(cluster[key])], are: "istio-rules")
    #expect(hosts.splitInForce(in: cluster.present(for: service), sinceWrite: .zero) == split)
    try cluster.converge(hosts, to: .all(to: .green), for: service)
    let routes = cluster[key]?.spec?["http"]?.items ?? []
    #expect(routes.map { $0["name"] } == ["health", "main"])
    #expect(routes[1]["mirror"] == nil && routes[1]["mirrorPercentage"] == nil)
    #expect(hosts.splitInForce(in: cluster.present(for: service), sinceWrite: .zero) == .all(to: .green))
  }

  @Test("argo #587, #4195: both destinations always stand there, so that no proxy is sent to one that it does not know")
  func bothDestinations() throws {
    for router in [hosts, subsets] {
      var cluster = Route.cluster(service)
      for split in [TrafficSplit.all(to: .blue), Route.share(50), .all(to: .green), .all(to: .blue)] {
        try cluster.converge(router, to: split, for: service)
        let weights = cluster[key]?.json.value(at: "/spec/http/1/route")?.items?.map { $0["weight"]?.integer ?? -1 }
        #expect(weights == Slot.allCases.map { split.weight(of: $0).basisPoints / 100 })
      }
    }
  }

  @Test("argo #4195, #2507, #3420: subsets never change with a release, and their first use goes in steps that are each safe")
  func subsetSteps() throws {
    var cluster = Route.cluster(service)
    var states: [String] = []
    try cluster.converge(subsets, to: Route.share(10), for: service) { cluster in
      let root = cluster[service.root].map { $0.json[path: ["spec", "selector", "slipway.dev/slot"]] == nil ? "both" : "one" } ?? ""
      let weights = cluster[key]?.json.value(at: "/spec/http/1/route")?.items?.map { $0["weight"]?.integer ?? -1 } ?? []
      let names = cluster[service.object(.destinationRule, "api")]?.spec?["subsets"]?.items?.count ?? 0
      states.append("\(names) subsets, weights \(weights), Service selects \(root)")
    }
    #expect(
      states == [
        "3 subsets, weights [-1], Service selects one", "3 subsets, weights [100, 0], Service selects one",
        "3 subsets, weights [100, 0], Service selects both", "3 subsets, weights [90, 10], Service selects both",
      ])
    try Snapshot.expect(try writes(cluster), is: "istio-subsets-patches")
    let before = cluster.writes.count
    try cluster.converge(subsets, to: Route.share(20), for: service)
    #expect(cluster.writes.count == before + 1)
    #expect(subsets.splitInForce(in: cluster.present(for: service), sinceWrite: .zero) == Route.share(20))
  }

  @Test("argo #1904, #2522: an edit of the same route in between makes the patch fail and be made anew, an edit of another does not")
  func concurrentEdit() throws {
    let cluster = Route.cluster(service)
    let step = try hosts.next(towards: Route.share(10), from: cluster.present(for: service))
    guard case .write(let change) = step else {
      Issue.record("\(step)")
      return
    }
    var same = cluster
    try same.perform(.patch(key, [.replace("/spec/http/1/timeout", "9s")]))
    #expect(throws: Cluster.Failed(operation: "test /spec/http/1")) { try same.perform(change) }
    try same.converge(hosts, to: Route.share(10), for: service)
    #expect(same[key]?.json.value(at: "/spec/http/1/timeout") == "9s")
    var other = cluster
    try other.perform(.patch(key, [.replace("/spec/http/0/match/0/uri/exact", "/alive")]))
    try other.perform(change)
    #expect(other[key]?.json.value(at: "/spec/http/0/match/0/uri/exact") == "/alive")
    #expect(other[key]?.json.value(at: "/spec/http/1/route/1/weight") == 10)
  }

  @Test("Weights that somebody else set are seen, and set again")
  func drift() throws {
    var cluster = Route.cluster(service)
    try cluster.converge(hosts, to: Route.share(10), for: service)
    try cluster.perform(.patch(key, [.replace("/spec/http/1/route/0/weight", 40), .replace("/spec/http/1/route/1/weight", 60)]))
    #expect(hosts.splitInForce(in: cluster.present(for: service), sinceWrite: .zero) == Route.share(60))
    try cluster.converge(hosts, to: Route.share(10), for: service)
    #expect(hosts.splitInForce(in: cluster.present(for: service), sinceWrite: .zero) == Route.share(10))
  }

  @Test("A fraction of a percent is refused when the plan is made")
  func fraction() {
    #expect(!hosts.expressible(Percentage(basisPoints: 250)!))
    #expect(hosts.refusal(of: Route.share(2.5))?.code == .splitNotExpressible)
    #expect(hosts.refusal(of: Route.share(3)) == nil)
  }

  @Test(
    "A route whose weights are not the service's alone is refused",
    arguments: [
      JSONPatch.add("/spec/http/1/route", [["destination": ["host": "api"]], ["destination": ["host": "files"]]]),
      .add("/spec/http/1/mirror", ["host": "shadow"]), .replace("/spec/http/1/name", "renamed"),
      .add("/spec/http/1/match/0/headers", ["x-tester": ["exact": "no"]]),
    ])
  func unsuitable(edit: JSONPatch) throws {
    var cluster = Route.cluster(service)
    try cluster.perform(.patch(key, [edit]))
    let error = #expect(throws: SlipwayError.self) {
      try hosts.next(towards: Route.share(10, rules: [Route.tester]), from: cluster.present(for: service))
    }
    #expect(error?.code == .routeUnsuitable)
  }

  @Test("Where Istio writes a status, a generation that it has not seen is waited for, but not for ever")
  func generation() throws {
    var cluster = Route.cluster(service)
    try cluster.converge(hosts, to: Route.share(10), for: service)
    cluster.objects[key]?.json["metadata"]?["generation"] = 5
    cluster.objects[key]?.json["status"] = ["observedGeneration": "4"]
    #expect(hosts.splitInForce(in: cluster.present(for: service), sinceWrite: .seconds(1)) == nil)
    #expect(hosts.splitInForce(in: cluster.present(for: service), sinceWrite: .seconds(20)) == Route.share(10))
  }
}
