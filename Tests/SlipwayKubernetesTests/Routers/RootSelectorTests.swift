import SlipwayKubernetes
import SlipwayModel
import Testing

@Suite("The routers service and replicas")
struct RootSelectorTests {
  private let service: ManagedService
  private var router: any ClusterRouter { KubernetesRouter.service.router(for: service) }
  private var replicas: any ClusterRouter { KubernetesRouter.replicas.router(for: service) }

  init() throws { service = try Sample.service() }

  @Test("One write moves everything, and it is in force once the endpoints are the new slot's")
  func switching() throws {
    var cluster = Route.cluster(service)
    #expect(router.splitInForce(in: cluster.present(for: service), sinceWrite: .zero) == .all(to: .blue))
    cluster.stale[service.root.name] = cluster.selected(by: service.root)
    try cluster.converge(router, to: .all(to: .green), for: service)
    #expect(cluster.writes.count == 1)
    #expect(cluster[service.root]?.json[path: ["spec", "selector", "slipway.dev/slot"]] == "green")
    #expect(router.splitInForce(in: cluster.present(for: service), sinceWrite: .seconds(600)) == nil)
    cluster.stale = [:]
    #expect(router.splitInForce(in: cluster.present(for: service), sinceWrite: .zero) == .all(to: .green))
  }

  @Test("argo #4750: the selector never names a slot without ready pods while others answer")
  func silence() throws {
    for router in [router, replicas] {
      var cluster = Route.cluster(service)
      cluster.run(blue: 2, green: 0, of: service)
      let error = #expect(throws: SlipwayError.self) {
        try router.next(towards: .all(to: .green), from: cluster.present(for: service))
      }
      #expect(error?.code == .slotWithoutReadyPods)
    }
  }

  @Test("argo #4750: the way back is open however broken the candidate is, also while the live slot's pods still start")
  func wayBack() throws {
    for (blue, green) in [(2, 0), (2, 1), (0, 0)] {
      var cluster = Route.cluster(service, selecting: .only(.green))
      cluster.run(blue: blue, green: green, of: service)
      try cluster.converge(router, to: .all(to: .blue), for: service)
      #expect(cluster.writes.count == 1)
      #expect(router.splitInForce(in: cluster.present(for: service), sinceWrite: .zero) == .all(to: .blue))
    }
  }

  @Test("flagger #1026: a selector that somebody else changed is seen at once and written again")
  func foreignEdit() throws {
    var cluster = Route.cluster(service)
    cluster.objects[service.root]?.json["spec"]?["selector"] = ["app": "api"]
    #expect(router.splitInForce(in: cluster.present(for: service), sinceWrite: .zero) == nil)
    try cluster.converge(router, to: .all(to: .blue), for: service)
    #expect(router.splitInForce(in: cluster.present(for: service), sinceWrite: .zero) == .all(to: .blue))
  }

  @Test("argo #2463, flagger #928: of a Service that somebody else made only the selector is claimed")
  func adopted() throws {
    var cluster = Route.cluster(service)
    cluster.objects[service.root]?.json["metadata"]?["labels"] = ["app": "api", "app.kubernetes.io/managed-by": "Helm"]
    cluster.objects[service.root]?.json["spec"] = [
      "selector": ["app": "api"], "ports": [["port": 8080, "nodePort": 30_123]], "sessionAffinity": "ClientIP",
    ]
    let step = try router.next(towards: .all(to: .green), from: cluster.present(for: service))
    guard case .write(.apply(let document)) = step else {
      Issue.record("\(step)")
      return
    }
    #expect(document.spec == ["selector": .object(service.selector(of: .green).mapValues { .text($0) })])
    #expect(document.labels.isEmpty)
    try cluster.perform(.apply(document))
    #expect(cluster[service.root]?.json[path: ["spec", "sessionAffinity"]] == "ClientIP")
  }

  @Test("What it can't do is said when the plan is made")
  func refusals() {
    #expect(!router.expressible(Percentage(percent: 10)!))
    #expect([Percentage.zero, .hundred].allSatisfy { router.expressible($0) })
    for split in [Route.share(10), Route.share(0, rules: [Route.tester]), Route.share(0, mirror: .green)] {
      #expect(router.refusal(of: split)?.code == .splitNotExpressible)
    }
    #expect(replicas.refusal(of: Route.share(10)) == nil)
    #expect(replicas.refusal(of: Route.share(10, rules: [Route.beta]))?.code == .splitNotExpressible)
  }

  @Test("With replicas the share follows the ready pods of both slots")
  func shares() throws {
    var cluster = Route.cluster(service)
    cluster.run(blue: 3, green: 1, of: service)
    try cluster.converge(replicas, to: Route.share(25), for: service)
    #expect(
      cluster[service.root].map { service.selector(of: .both) == ($0.spec?["selector"]?.members ?? [:]).compactMapValues(\.text) } == true)
    #expect(replicas.splitInForce(in: cluster.present(for: service), sinceWrite: .zero) == Route.share(25))
    // Two of the three live pods fail: what is asked of the Deployments does not change.
    cluster.pods["api-blue-1"] = nil
    cluster.pods["api-blue-2"] = nil
    #expect(replicas.splitInForce(in: cluster.present(for: service), sinceWrite: .zero) == Route.share(50))
    cluster.pods["api-green-0"] = nil
    #expect(replicas.splitInForce(in: cluster.present(for: service), sinceWrite: .zero) == Route.share(0))
  }

  @Test("A share that replicas can only come near to counts as in force when no pod more or less is nearer")
  func nearest() throws {
    for (total, percent) in [(1, 10.0), (2, 75), (3, 10), (10, 1), (10, 99), (7, 33)] {
      let counts = try #require(ReplicaShare.counts(total: total, share: Percentage(percent: percent)!, surge: 1))
      var cluster = Route.cluster(service)
      cluster.run(blue: counts.live, green: counts.candidate, of: service)
      try cluster.converge(replicas, to: Route.share(percent), for: service)
      #expect(replicas.splitInForce(in: cluster.present(for: service), sinceWrite: .zero) == Route.share(percent))
    }
  }

  @Test("flagger #874: a candidate without ready pods has no share, whatever was asked for")
  func zeroPods() throws {
    var cluster = Route.cluster(service)
    cluster.run(blue: 2, green: 0, of: service)
    try cluster.converge(replicas, to: Route.share(50), for: service)
    #expect(replicas.splitInForce(in: cluster.present(for: service), sinceWrite: .zero) == Route.share(0))
  }

  @Test("flagger #773: a service that is taken over goes from the old pods to the slot in one write, once the slot is ready")
  func takenOver() throws {
    var cluster = Route.cluster(service)
    cluster.objects[service.root]?.json["spec"]?["selector"] = ["app": "api"]
    cluster.run(blue: 0, green: 0, of: service)
    cluster.pods["old"] = ["app": "api"]
    #expect(throws: SlipwayError.self) { try router.next(towards: .all(to: .blue), from: cluster.present(for: service)) }
    cluster.run(blue: 1, green: 0, of: service)
    try cluster.converge(router, to: .all(to: .blue), for: service)
    #expect(cluster.writes.count == 1)
    #expect(cluster.selected(by: service.root) == ["api-blue-0"])
  }

  @Test("Endpoints that are not ready, or are being deleted, take nothing; a pod with two addresses counts once")
  func endpoints() {
    func endpoint(_ name: String, _ conditions: JSONValue) -> JSONValue {
      ["addresses": ["10.0.0.1"], "conditions": conditions, "targetRef": ["kind": "Pod", "name": .text(name)]]
    }
    var first = Cluster.slice(of: service.root, pods: [])
    first.json["endpoints"] = [
      endpoint("a", ["ready": true]), endpoint("b", ["ready": false]), endpoint("c", ["ready": true, "terminating": true]),
      endpoint("d", [:]),
    ]
    var second = Cluster.slice(of: service.root, pods: ["a"])
    second.json["metadata"]?["name"] = "other"
    #expect(ObjectSet([first, second]).readyPods(behind: service.root) == ["a", "d"])
  }

  @Test("Before the first release nobody is selected, and nothing has to be done for it")
  func first() throws {
    let cluster = Cluster()
    #expect(router.splitInForce(in: cluster.present(for: service), sinceWrite: .zero) == TrafficSplit.none)
    #expect(try router.next(towards: .none, from: cluster.present(for: service)) == .done)
    var routed = Route.cluster(service)
    try routed.converge(router, to: .none, for: service)
    #expect(routed.selected(by: service.root).isEmpty)
    #expect(router.splitInForce(in: routed.present(for: service), sinceWrite: .zero) == TrafficSplit.none)
  }
}
