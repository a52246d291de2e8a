import ClusterDouble
import SlipwayModel
import SlipwaySimulation

extension ClusterScene {
  /// The scene of a seed.
  package init(seed: UInt64) {
    var maker = SceneMaker(random: SimulationRandom(seed: seed, purpose: .campaign))
    self = maker.scene(seed)
  }
}

/// Draws a scene.
private struct SceneMaker {
  var random: SimulationRandom

  mutating func scene(_ seed: UInt64) -> ClusterScene {
    // Whatever else is drawn, seeds in a row bring each trouble together with each router, and now and then none.
    let (name, router, route, host) = Self.places[Int(seed % 5)]
    let replicas = random.whole(in: 2...4)
    let count = random.whole(in: 2...3)
    let releases = (1...count).map { release($0, name) }
    let kinds = Trouble.Kind.allCases
    let kind = Int(seed / 5 % UInt64(kinds.count + 3))
    let troubles = kind < kinds.count ? troubles(with: kinds[kind]) : []
    return ClusterScene(
      seed: seed, routerName: name, router: router, route: route, host: host, replicas: replicas, releases: releases, troubles: troubles,
      troublesBeginAtOnce: random.chance(0.2), settings: settings(), longestLatency: pick([4, 4, 40]))
  }

  private mutating func pick<Element>(_ elements: [Element]) -> Element { elements[random.whole(in: 0...(elements.count - 1))] }

  private mutating func seconds(_ range: ClosedRange<Int>) -> TimeSpan { .milliseconds(Int64(random.whole(in: range)) * 1000) }

  private mutating func milliseconds(_ range: ClosedRange<Int>) -> TimeSpan { .milliseconds(Int64(random.whole(in: range))) }

  private static let places: [(String, KubernetesRouter, JSONValue?, String)] = [
    ("service", .service, nil, "api"), ("replicas", .replicas, nil, "api"),
    ("nginx", .nginx(ingress: "{{service}}"), SceneRoutes.ingress, "api.example.com"),
    ("istio", .istio(IstioRouter(virtualService: "{{service}}")), SceneRoutes.virtualService, "api"),
    ("gateway_api", .gatewayAPI(route: "{{service}}"), SceneRoutes.httpRoute, "api"),
  ]

  private mutating func settings() -> ClusterSettings {
    var settings = ClusterSettings()
    settings.schedulingTakes = milliseconds(5...100)
    settings.pullingTakes = milliseconds(5...1000)
    settings.startingTakes = milliseconds(5...500)
    settings.readinessTakes = milliseconds(20...1500)
    settings.stoppingTakes = milliseconds(1200...2000)
    settings.firstBackOff = .seconds(1)
    settings.longestBackOff = .seconds(8)
    settings.endpointsLag = milliseconds(0...300)
    settings.routerLag = milliseconds(0...500)
    settings.historyWindow = pick([20, 5000])
    return settings
  }

  private mutating func release(_ number: Int, _ router: String) -> SceneRelease {
    let sort: SceneRelease.Sort = number == 1 || random.chance(0.5) ? .healthy : pick(SceneRelease.Sort.allCases)
    let suffix =
      switch sort {
      case .healthy: ""
      case .crashing: pick(["-crash", "-crash-after-2s", "-oom-after-3s"])
      case .neverReady: pick(["-never-ready", "-image-missing", "-unschedulable"])
      case .failing: "-failing"
      case .slow: "-slow-4s"
      }
    let version = Version("v\(number)\(suffix)")
    guard let version else { preconditionFailure("a letter and a digit are a version") }
    let acts = number > 1 && random.chance(0.4) ? (0..<random.whole(in: 1...2)).map { _ in act() } : []
    return SceneRelease(
      version: version, sort: sort, errors: sort == .failing ? pick([12, 40]) : 0, strategy: strategy(router), rollback: rollback(),
      supersedes: number > 2 && random.chance(0.4),
      after: seconds(1...15), acts: acts)
  }

  private mutating func act() -> SceneAct {
    SceneAct(kind: pick(SceneAct.Kind.allCases), after: milliseconds(500...16_000), pause: seconds(2...20))
  }

  private mutating func rollback() -> RollbackSpec {
    let bound = Percentage(percent: 5) ?? .zero
    let trigger = Criterion(metric: .errorRate, comparison: .greater, bound: .percentage(bound), window: .seconds(5))
    return RollbackSpec(
      style: random.chance(0.5) ? .gradual : .immediate, stepDuration: seconds(1...3), triggers: random.chance(0.7) ? [trigger] : [])
  }

  private mutating func strategy(_ router: String) -> StrategySpec {
    let bake = seconds(3...12)
    if router == "service" { return .blueGreen(BlueGreenSpec(keepPrevious: bake, patience: .seconds(40))) }
    let draw = random.whole(in: 0...3)
    if draw == 0 {
      let shift = random.chance(0.5) ? stages() : []
      return .blueGreen(BlueGreenSpec(trafficShift: shift, keepPrevious: bake, patience: .seconds(40)))
    }
    if draw == 1, router == "replicas" || router == "gateway_api" { return .rolling(RollingSpec(interval: seconds(1...3), bake: bake)) }
    return .canary(CanarySpec(stages: stages(), keepPrevious: bake, patience: .seconds(40)))
  }

  private mutating func stages() -> [StageSpec] {
    let shares = pick([[50.0], [20, 60], [10, 30, 70]])
    return shares.compactMap { share in
      guard let traffic = Percentage(percent: share), let bound = Percentage(percent: 10) else { return nil }
      let judges = random.chance(0.5)
      let criteria = judges ? [Criterion(metric: .errorRate, comparison: .less, bound: .percentage(bound))] : []
      return StageSpec(name: "\(traffic)", traffic: traffic, duration: seconds(2...6), criteria: criteria)
    }
  }

  /// The one that is asked for and others, crashes above all: whatever else goes wrong has to be survived by a new server too.
  private mutating func troubles(with kind: Trouble.Kind) -> [Trouble] {
    let others = (0..<random.whole(in: 0...2)).map { _ in
      random.chance(0.5) ? pick([Trouble.Kind.crash, .crashAtAppend, .crashAtWrite]) : pick(Trouble.Kind.allCases)
    }
    return ([kind] + others).map { kind in
      Trouble(kind: kind, at: milliseconds(0...25_000), length: milliseconds(1000...40_000), choice: random.whole(in: 0...9))
    }
  }
}

/// The users' own routes.
private enum SceneRoutes {
  static let ingress: JSONValue = [
    "apiVersion": "networking.k8s.io/v1", "kind": "Ingress", "metadata": ["name": "api", "namespace": "shop"],
    "spec": [
      "ingressClassName": "nginx",
      "rules": [
        [
          "host": "api.example.com",
          "http": ["paths": [["path": "/", "pathType": "Prefix", "backend": ["service": ["name": "api", "port": ["number": 80]]]]]],
        ]
      ],
    ],
  ]

  static let virtualService: JSONValue = [
    "apiVersion": "networking.istio.io/v1", "kind": "VirtualService", "metadata": ["name": "api", "namespace": "shop"],
    "spec": ["hosts": ["api"], "http": [["route": [["destination": ["host": "api"]]]]]],
  ]

  static let httpRoute: JSONValue = [
    "apiVersion": "gateway.networking.k8s.io/v1", "kind": "HTTPRoute", "metadata": ["name": "api", "namespace": "shop"],
    "spec": ["parentRefs": [["name": "gateway"]], "rules": [["backendRefs": [["name": "api", "port": 80]]]]],
  ]
}
