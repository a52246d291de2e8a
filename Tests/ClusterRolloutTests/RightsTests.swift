import ClusterDouble
import SlipwayEngine
import SlipwayKubernetes
import SlipwayModel
import SlipwayRuntime
import Testing

/// The double counts every call; what the exported Roles grant has to be just that.
@Suite("The rights that are exported are those that rollouts use", .serialized, .timeLimit(.minutes(5)))
struct RightsTests {
  private typealias Bench = ClusterBench

  /// A right as a rule of a Role has it: `patch apps/deployments`.
  private static func granted(_ router: KubernetesRouter) -> Set<String> {
    let place = KubernetesSpec(namespace: Bench.namespace, router: router)
    let installation = Installation(namespace: "slipway", image: "example.com/slipway:1", places: [place])
    return Set(
      installation.questions(in: Bench.namespace).map { question in
        let resource = question.kind.plural + (question.subresource.map { "/\($0)" } ?? "")
        return "\(question.verb) \(question.kind.group)/\(resource)"
      })
  }

  /// What calls need: an apply may make its object, for which the API server asks for `create` too.
  private static func used(_ calls: [APICall: Int]) -> Set<String> {
    var rights: Set<String> = []
    for call in calls.keys {
      var parts = call.path.split(separator: "/").map(String.init)
      let group = parts.removeFirst() == "api" ? "" : parts.removeFirst()
      parts.removeFirst()
      if parts.count > 2, parts[0] == "namespaces" { parts.removeFirst(2) }
      let resource = parts.filter { !$0.hasPrefix("{") }.joined(separator: "/")
      // Asking what one may do is allowed to everybody who is known (`system:basic-user`).
      if group == "authorization.k8s.io" { continue }
      for verb in call.verb == "apply" ? ["create", "patch"] : [call.verb] { rights.insert("\(verb) \(group)/\(resource)") }
    }
    return rights
  }

  private static func autoscaler(_ slot: String) -> JSONValue {
    [
      "apiVersion": "autoscaling/v2", "kind": "HorizontalPodAutoscaler", "metadata": ["name": .text("api-\(slot)"), "namespace": "shop"],
      "spec": [
        "minReplicas": 1, "maxReplicas": 5,
        "scaleTargetRef": ["apiVersion": "apps/v1", "kind": "Deployment", "name": .text("api-\(slot)")],
      ],
    ]
  }

  private static let quota: JSONValue = [
    "apiVersion": "v1", "kind": "ResourceQuota", "metadata": ["name": "pods", "namespace": "shop"], "spec": ["hard": ["pods": "50"]],
  ]

  private static let destinationRule: JSONValue = [
    "apiVersion": "networking.istio.io/v1", "kind": "DestinationRule", "metadata": ["name": "api", "namespace": "shop"],
    "spec": ["host": "api"],
  ]

  /// Everything that a rollout may come to: first, promoted, taken back, a crash, a probe that fails.
  private static func rights(_ router: KubernetesRouter, _ objects: [(String, JSONValue)]) async throws -> Set<String> {
    let calls = Calls()
    try await Bench.run { state in
      let request = APIRequest("POST", "/api/v1/namespaces/shop/resourcequotas", body: quota)
      let now = state.now
      _ = state.respond(to: request, verdict: state.verdict(on: request), at: now)
    } _: { bench in
      try await bench.withEngine { engine in
        for (kind, object) in objects + ["blue", "green"].map({ ("HorizontalPodAutoscaler", autoscaler($0)) }) {
          try await bench.create(kind, object)
        }
        await calls.begin(bench.cluster.calls)
        // A selector knows all or nothing.
        let step = router == .service ? nil : Bench.canary(50)
        let first = try await bench.deploy(request("v1", router), engine)
        #expect(first.phase == .succeeded, "\(router.words): \(String(describing: first.reason))")
        let second = try await bench.deploy(request("v2", router, step), engine)
        #expect(second.phase == .succeeded, "\(router.words): \(String(describing: second.reason))")
        for version in ["v3-crash", "v4-never-ready"] {
          let bad = try await bench.deploy(request(version, router, step), engine)
          #expect(bad.phase == .rolledBack, "\(router.words): \(String(describing: bad.reason))")
        }
        await calls.end(bench.cluster.calls)
      }
    }
    return used(await calls.made)
  }

  private static func request(_ version: String, _ router: KubernetesRouter, _ strategy: StrategySpec? = nil) -> DeployRequest {
    Bench.request(
      version, strategy ?? .blueGreen(BlueGreenSpec(keepPrevious: .seconds(1))), router: router,
      variables: .values(["GREETING": "hello"]), startup: version == "v4-never-ready" ? .seconds(4) : .seconds(60))
  }

  @Test("Rollouts by every router make no call that the Role does not allow, and the Role allows nothing that none of them makes")
  func rights() async throws {
    let istio = KubernetesRouter.istio(IstioRouter(virtualService: "{{service}}", destinationRule: "{{service}}"))
    let cases =
      [RouterCase.service, .replicas, .nginx, .gateway].map { ($0, [JSONValue]()) } + [(RouterCase.istio, [Self.destinationRule])]
    try await withThrowingTaskGroup(of: (String, used: Set<String>, granted: Set<String>).self) { group in
      for (place, more) in cases {
        let router = more.isEmpty ? place.router : istio
        let objects = ([place.object].compactMap { $0 } + more).compactMap { object in object["kind"]?.text.map { ($0, object) } }
        group.addTask { (router.words, try await Self.rights(router, objects), Self.granted(router)) }
      }
      for try await (router, used, granted) in group {
        #expect(used.subtracting(granted).sorted() == [], "\(router) does what its Role does not allow")
        #expect(granted.subtracting(used).sorted() == [], "the Role for \(router) allows what it does not do")
      }
    }
  }
}

/// What was called between two moments.
private actor Calls {
  private var before: [APICall: Int] = [:]
  private(set) var made: [APICall: Int] = [:]

  func begin(_ calls: [APICall: Int]) { before = calls }
  func end(_ calls: [APICall: Int]) { made = calls.filter { $1 > before[$0, default: 0] } }
}
