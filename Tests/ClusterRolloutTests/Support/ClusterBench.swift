import ClusterDouble
import Logging
import SlipwayEngine
import SlipwayKubernetes
import SlipwayModel
import SlipwayPorts
import SlipwayRuntime
import Testing
import TwinWorld

/// The real engine, runtime and client against an API server in memory, over real sockets and in real time.
struct ClusterBench: Sendable {
  static let namespace = Name("shop")!
  static let key = DeploymentKey(service: Name("api")!, environment: Name("production")!)
  static let person = Actor(.person, "ada@example")

  let server: ClusterServer
  let clusters: Clusters
  let journal = MemoryJournal()
  let values = MemoryValues()
  let clock = SystemClock()

  var cluster: Cluster { server.cluster }

  static func run(
    _ prepare: (inout ClusterState) throws -> Void = { _ in }, _ body: @escaping @Sendable (ClusterBench) async throws -> Void
  )
    async throws
  {
    var state = ClusterState(now: SystemClock().now())
    state.addNamespace(namespace.description)
    try prepare(&state)
    try await ClusterServer.run(state) { server in
      let bench = ClusterBench(server: server, clusters: directory(of: server))
      try await withThrowingTaskGroup(of: Void.self) { group in
        group.addTask { await bench.clusters.run() }
        defer { group.cancelAll() }
        try await body(bench)
      }
    }
  }

  static func directory(of server: ClusterServer, idleLimit: TimeSpan = .minutes(10)) -> Clusters {
    let quiet = Logger(label: "test") { _ in SwiftLogNoOpLogHandler() }
    let clock = SystemClock()
    return Clusters(clock: clock, idleLimit: idleLimit) { _ in
      KubernetesClient(
        transport: try HTTPTransport(ClusterAccess(server: server.url), clock: clock, logger: quiet, environment: [:]), clock: clock,
        random: { Double.random(in: 0..<1) }, logger: quiet)
    } resolveImage: { reference in
      Digest(hashing: Array(reference.utf8))
    }
  }

  /// Runs an engine that recovers from the journal, and cancels it at the end, as a crash would as far as it can tell.
  @discardableResult
  func withEngine<Result: Sendable>(_ body: @escaping @Sendable (Engine) async throws -> Result) async throws -> Result {
    let nowhere = Nowhere()
    let ports = Ports(
      journal: journal, leases: journal, target: nowhere, router: nowhere, metrics: nowhere, values: values, clock: clock,
      ids: SystemIDs(), clusters: clusters)
    let engine = Engine(ports: ports, logger: Logger(label: "test") { _ in SwiftLogNoOpLogHandler() })
    try await engine.recover()
    return try await withThrowingTaskGroup(of: Void.self) { group in
      group.addTask { await engine.run() }
      defer { group.cancelAll() }
      return try await body(engine)
    }
  }

  // MARK: Requests

  static func request(
    _ version: String, _ strategy: StrategySpec = .blueGreen(BlueGreenSpec(keepPrevious: .seconds(1))),
    router: KubernetesRouter = .replicas, replicas: Int = 2, variables: Variables = .none, startup: TimeSpan = .seconds(20),
    manifests: Variables? = nil, adopts: String? = nil
  ) -> DeployRequest {
    let service = ServiceSpec(
      name: key.service, image: "example.com/api", port: 8000, variables: variables,
      health: HealthSpec(minimumHealthyTime: .milliseconds(100), startupTimeout: startup),
      shutdown: ShutdownSpec(drain: .seconds(1), grace: .seconds(1)), manifests: manifests)
    return DeployRequest(
      service: key.service, version: Version(version)!,
      environment: EnvironmentSpec(
        name: key.environment, target: .kubernetes, listen: [:], replicas: replicas, services: [service], strategy: strategy,
        rollback: RollbackSpec(), namespace: namespace.description,
        kubernetes: KubernetesSpec(
          namespace: namespace, router: router, manifests: manifests.map { _ in "deploy" }, adopts: adopts, pinning: .tag)),
      configuration: Digest(hashing: Array(version.utf8)), folder: "project", reason: "a test", actor: person)
  }

  static func canary(_ shares: Double..., hold: TimeSpan = .milliseconds(200), bake: TimeSpan = .seconds(1)) -> StrategySpec {
    .canary(
      CanarySpec(
        stages: shares.map { StageSpec(name: "\($0)%", traffic: Percentage(percent: $0)!, duration: hold) }, keepPrevious: bake))
  }

  /// A base as a file of a user has it, as a request carries it.
  static func manifests(_ text: String) throws -> Variables {
    let service = try ManagedService(key: key, namespace: namespace)
    return .values(try BaseManifests.read(try ManifestReader.manifests(in: text, source: "deploy/api.yaml"), of: service).content)
  }

  // MARK: Watching

  /// Waits until a rollout is over, or as far as `phase`.
  func rollout(_ id: String, _ engine: Engine, until phase: RolloutPhase? = nil) async throws -> Rollout {
    var last: Rollout?
    for _ in 0..<3000 {
      let rollout = try await engine.rollout(id)
      if rollout.phase.isTerminal || rollout.phase == phase { return rollout }
      last = rollout
      try await Task.sleep(for: .milliseconds(20))
    }
    let seen = await engine.observation(of: id)?.world
    let found = last
    Issue.record(
      """
      the rollout did not end within a minute: \(String(describing: found?.phase)) step \(String(describing: found?.stepIndex)) \
      \(String(describing: found?.stage)), pending \(String(describing: found?.pending)); seen: \(String(describing: seen))
      """)
    return try #require(last)
  }

  /// Deploys, and waits for the end.
  func deploy(_ request: DeployRequest, _ engine: Engine, until phase: RolloutPhase? = nil) async throws -> Rollout {
    try await rollout(try await engine.deploy(request), engine, until: phase)
  }

  /// Makes an object as a user would, over the API.
  func create(_ kind: String, _ object: JSONValue) async throws {
    let kinds: [ResourceKind] = [.horizontalPodAutoscaler, .ingress, .virtualService, .destinationRule, .httpRoute, .service, .deployment]
    let document = ObjectDocument(object)
    let kind = try #require(kinds.first { $0.kind == kind })
    let key = ObjectKey(kind, namespace: Self.namespace.description, name: try #require(document.name))
    let quiet = Logger(label: "test") { _ in SwiftLogNoOpLogHandler() }
    let client = KubernetesClient(
      transport: try HTTPTransport(ClusterAccess(server: server.url), clock: clock, logger: quiet, environment: [:]), clock: clock,
      random: { 0.5 }, logger: quiet)
    _ = try await client.create(document, as: key, ClusterCall("make \(key)"))
    await client.close()
  }

  /// Leaves a pod as a node does that has thrown it out: phase `Failed`, not ready, still owned.
  func leavePod(_ name: String, labels: JSONValue, owners: JSONValue) async {
    let namespace = Self.namespace.description
    await cluster.with { state in
      var object: JSONValue = [
        "apiVersion": "v1", "kind": "Pod", "metadata": ["name": .text(name), "namespace": .text(namespace)],
        "spec": ["containers": [["name": "app", "image": "example.com/api:v2"]]],
      ]
      object["metadata"]?["labels"] = labels
      object["metadata"]?["ownerReferences"] = owners
      let now = state.now
      func send(_ method: String, _ path: String, _ body: JSONValue) {
        let request = APIRequest(method, path, body: body)
        _ = state.respond(to: request, verdict: state.verdict(on: request), at: now)
      }
      send("POST", "/api/v1/namespaces/\(namespace)/pods", object)
      object["status"] = ["phase": "Failed", "reason": "Evicted", "conditions": [["type": "Ready", "status": "False"]]]
      send("PUT", "/api/v1/namespaces/\(namespace)/pods/\(name)/status", object)
    }
  }

  /// The root Service's selector.
  func selector() async -> [String: String] {
    let service = await cluster.object("Service", Self.namespace.description, Self.key.service.description)
    return (service.map { ObjectDocument($0) }?.spec?["selector"]?.members ?? [:]).compactMapValues(\.text)
  }

  func replicas(_ slot: Slot) async -> Int? {
    let deployment = await cluster.object("Deployment", Self.namespace.description, "\(Self.key.service)-\(slot.rawValue)")
    return deployment.map { ObjectDocument($0) }?.spec?["replicas"]?.integer
  }

  func pods(_ slot: Slot) async -> Int {
    await cluster.objects("Pod", Self.namespace.description, labels: ["slipway.dev/slot": slot.rawValue]).count
  }
}
