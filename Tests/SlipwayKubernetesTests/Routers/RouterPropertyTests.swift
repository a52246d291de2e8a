import SlipwayKubernetes
import SlipwayModel
import Testing

/// What holds for every router over rows of splits, with pods coming and going in between.
@Suite("Every router")
struct RouterPropertyTests {
  static let kinds: [KubernetesRouter] = [
    .service, .replicas, .nginx(ingress: "web"), .istio(IstioRouter(virtualService: "api", routes: ["main"])),
    .istio(IstioRouter(virtualService: "api", routes: ["main"], destinationRule: "api")), .gatewayAPI(route: "api"),
  ]

  /// Pseudo-random numbers that are the same each time (SplitMix64).
  private struct Numbers: RandomNumberGenerator {
    var state: UInt64
    mutating func next() -> UInt64 {
      state &+= 0x9E37_79B9_7F4A_7C15
      var value = (state ^ (state >> 30)) &* 0xBF58_476D_1CE4_E5B9
      value = (value ^ (value >> 27)) &* 0x94D0_49BB_1331_11EB
      return value ^ (value >> 31)
    }
  }

  private static func split(_ numbers: inout Numbers) -> TrafficSplit {
    let points = [0, 0, 1, 25, 250, 1000, 3300, 5000, 9900, 9999, 10_000, 10_000].randomElement(using: &numbers) ?? 0
    let rules = [[], [], [Route.tester], [Route.tester, Route.beta]].randomElement(using: &numbers) ?? []
    let slot: Slot? = [nil, nil, nil, .green].randomElement(using: &numbers) ?? nil
    return TrafficSplit(
      green: Percentage(basisPoints: points), rules: rules, mirror: slot == nil ? .zero : Percentage(percent: 12.5)!, mirrorTo: slot)
  }

  @Test(
    "argo #5018, #4973, flagger #1732: what it says it can do it does, in few writes, and then it is content and writes no more",
    arguments: kinds)
  func converges(kind: KubernetesRouter) throws {
    let service = try Sample.service()
    let router = kind.router(for: service)
    var numbers = Numbers(state: 7)
    var cluster = Route.cluster(service)
    for _ in 0..<150 {
      let split = Self.split(&numbers)
      let blueIsLive = kind == .nginx(ingress: "web") && cluster.selected(by: service.root).contains { $0.contains("green") }
      guard router.refusal(of: split) == nil, !(blueIsLive && !split.rules.isEmpty) else { continue }
      cluster.run(blue: Int.random(in: 1...5, using: &numbers), green: Int.random(in: 1...5, using: &numbers), of: service)
      let before = cluster.writes.count
      try cluster.converge(router, to: split, for: service)
      #expect(cluster.writes.count - before <= 4)
      #expect(try router.next(towards: split, from: cluster.present(for: service)) == .done)
      let inForce = router.splitInForce(in: cluster.present(for: service), sinceWrite: .zero)
      if kind != .replicas { #expect(inForce == split) }
      try Self.check(cluster, service, kind)
    }
  }

  @Test("Whatever pods come and go, no write gives requests to a slot that can't answer while the other can", arguments: kinds)
  func neverSilent(kind: KubernetesRouter) throws {
    let service = try Sample.service()
    let router = kind.router(for: service)
    var numbers = Numbers(state: 11)
    var cluster = Route.cluster(service)
    var refused = 0
    for _ in 0..<200 {
      let split = Self.split(&numbers)
      guard router.refusal(of: split) == nil, split.rules.isEmpty else { continue }
      cluster.run(
        blue: [0, 1, 3].randomElement(using: &numbers) ?? 0, green: [0, 1, 3].randomElement(using: &numbers) ?? 0, of: service)
      let present = cluster.present(for: service)
      let before = Self.answered(cluster, service, kind)
      do {
        try cluster.converge(router, to: split, for: service) { after in
          #expect(Self.answered(after, service, kind) >= min(before, 0.0001), "\(split) lost every pod that answered")
        }
      } catch let error as SlipwayError {
        #expect(error.code == .slotWithoutReadyPods)
        #expect(Slot.allCases.contains { present.readyPods(behind: service.service(of: $0)).isEmpty })
        refused += 1
      }
    }
    #expect(refused > 0, "the case did not come up")
  }

  @Test("From every split there is a way back to a slot with ready pods, in one write of what divides the traffic", arguments: kinds)
  func wayBack(kind: KubernetesRouter) throws {
    let service = try Sample.service()
    let router = kind.router(for: service)
    for percent in [1.0, 10, 50, 99] {
      var cluster = Route.cluster(service)
      // Of a share that the router can't have only the way back from everything is left.
      let split = router.refusal(of: Route.share(percent)) == nil ? Route.share(percent) : TrafficSplit.all(to: .green)
      try cluster.converge(router, to: split, for: service)
      cluster.run(blue: 2, green: 0, of: service)
      let before = cluster.writes.count
      try cluster.converge(router, to: .all(to: .blue), for: service)
      #expect(cluster.writes.count == before + 1)
      #expect(router.splitInForce(in: cluster.present(for: service), sinceWrite: .zero) == .all(to: .blue))
    }
  }

  @Test("A write carries its writer's fence, and the version that was read")
  func fenced() throws {
    let service = try Sample.service()
    let fence = Fence(epoch: 3, sequence: 8)
    for kind in Self.kinds {
      var cluster = Route.cluster(service)
      let router = kind.router(for: service)
      guard case .write(let change) = try router.next(towards: .all(to: .green), from: cluster.present(for: service)) else {
        Issue.record("\(kind) has nothing to write")
        continue
      }
      switch change {
      case .apply(let document):
        guard case .apply(let fenced) = change.fenced(by: fence, over: Route.httpRoute) else { continue }
        #expect(Fence(of: fenced) == fence)
        #expect(fenced.resourceVersion == "41")
        #expect(fenced.spec == document.spec)
      case .patch(let key, _):
        let read = cluster[key]
        try cluster.perform(change.fenced(by: fence, over: read))
        #expect(cluster[key].flatMap { Fence(of: $0) } == fence)
        #expect(cluster[key]?.resourceVersion == "41")
      case .delete: Issue.record("nothing is there to be deleted")
      }
    }
    let key = service.object(.ingress, "web")
    #expect(ObjectChange.delete(key, version: nil).fenced(by: fence, over: Route.ingress) == .delete(key, version: "41"))
  }

  // MARK: What is looked at

  /// The share of requests that reach a ready pod.
  private static func answered(_ cluster: Cluster, _ service: ManagedService, _ kind: KubernetesRouter) -> Double {
    func ready(_ slot: Slot) -> Bool { !cluster.selected(by: service.service(of: slot)).isEmpty }
    func split(_ entries: [JSONValue]) -> Double {
      let weights = zip(Slot.allCases, entries.map { $0["weight"]?.number ?? 0 })
      let all = weights.reduce(0) { $0 + $1.1 }
      return all == 0 ? 0 : weights.reduce(0) { $0 + (ready($1.0) ? $1.1 : 0) } / all
    }
    let root = cluster.selected(by: service.root).isEmpty ? 0.0 : 1
    switch kind {
    case .service, .replicas: return root
    case .nginx:
      guard let canary = cluster[service.object(.ingress, "web-api-canary")],
        let weight = canary.annotations["nginx.ingress.kubernetes.io/canary-weight"].flatMap({ Double($0) }),
        let total = canary.annotations["nginx.ingress.kubernetes.io/canary-weight-total"].flatMap({ Double($0) }),
        let slot = canary.labels["slipway.dev/slot"].flatMap({ Slot(rawValue: $0) })
      else { return root }
      return root * (1 - weight / total) + (ready(slot) ? weight / total : 0)
    case .istio:
      let route = cluster[service.object(.virtualService, "api")]?.json.value(at: "/spec/http/1/route")?.items ?? []
      return route.count == 1 ? root : split(route)
    case .gatewayAPI:
      let references = cluster[service.object(.httpRoute, "api")]?.json.value(at: "/spec/rules/0/backendRefs")?.items ?? []
      return references.count == 1 ? root : split(references)
    }
  }

  /// Weights sum to their total, and everything of the user's is as it was.
  private static func check(_ cluster: Cluster, _ service: ManagedService, _ kind: KubernetesRouter) throws {
    #expect(cluster[service.object(.ingress, "web")] == Route.ingress)
    let virtual = try #require(cluster[service.object(.virtualService, "api")])
    let http = try #require(cluster[service.object(.httpRoute, "api")])
    func users(_ routes: [JSONValue]) -> [JSONValue] { routes.filter { $0["name"]?.text?.hasPrefix("slipway.dev/") != true } }
    func stripped(_ value: JSONValue, _ fields: [String]) -> JSONValue {
      fields.reduce(into: value) { $0[$1] = nil }
    }
    let routes = users(virtual.spec?["http"]?.items ?? [])
    let fields = ["route", "mirror", "mirrorPercentage"]
    #expect(routes.map { stripped($0, fields) } == (Route.virtualService.spec?["http"]?.items ?? []).map { stripped($0, fields) })
    #expect(stripped(virtual.spec ?? .null, ["http"]) == stripped(Route.virtualService.spec ?? .null, ["http"]))
    #expect(virtual.labels == ["team": "shop"])
    let rules = Array((http.spec?["rules"]?.items ?? []).prefix(2))
    #expect(rules.map { $0["timeouts"] } == [["request": "4s"], nil])
    #expect(rules.last == Route.httpRoute.json.value(at: "/spec/rules/1"))
    for entries in [routes[1]["route"]?.items ?? [], rules[0]["backendRefs"]?.items ?? []] where entries.count > 1 {
      let sum = entries.reduce(0) { $0 + ($1["weight"]?.integer ?? 0) }
      #expect(sum == 100 || sum == 10_000)
    }
  }
}
