import ClusterDouble
import Logging
import SlipwayCLI
import SlipwayEngine
import SlipwayKubernetes
import SlipwayModel
import SlipwayRuntime
import Testing

/// A cluster whose rollouts are driven by objects alone, as a GitOps tool leaves them there.
struct ReleaseBench: Sendable {
  let bench: ClusterBench
  /// Of whoever commits YAML.
  let client: KubernetesClient

  static let definitions = ResourceKind(
    group: "apiextensions.k8s.io", kind: "CustomResourceDefinition", plural: "customresourcedefinitions", isNamespaced: false)

  /// A cluster that knows Releases and nothing else of Slipway's.
  static func run(
    _ prepare: @escaping @Sendable (inout ClusterState) throws -> Void = { _ in },
    _ body: @escaping @Sendable (ReleaseBench) async throws -> Void
  ) async throws {
    try await ClusterBench.run(prepare) { bench in
      let one = ReleaseBench(bench: bench, client: try client(of: bench))
      let manifest = ReleaseDefinition.manifest
      _ = try await one.client.create(
        manifest, as: ObjectKey(definitions, namespace: nil, name: manifest.name ?? ""), ClusterCall("make the definition"))
      try await body(one)
      await one.client.close()
    }
  }

  static func client(of bench: ClusterBench) throws -> KubernetesClient {
    let quiet = Logger(label: "test") { _ in SwiftLogNoOpLogHandler() }
    return KubernetesClient(
      transport: try HTTPTransport(ClusterAccess(server: bench.server.url), clock: bench.clock, logger: quiet, environment: [:]),
      clock: bench.clock, random: { Double.random(in: 0..<1) }, logger: quiet)
  }

  /// Runs engine and controller as `slipway serve --releases-in shop` does, and cancels both at the end: a crash, as far as they can tell.
  func serving<Result: Sendable>(_ body: @escaping @Sendable (Engine) async throws -> Result) async throws -> Result {
    try await bench.withEngine { engine in
      let client = try Self.client(of: bench)
      let controller = ReleaseController(
        desk: EngineDesk(engine: engine), client: client, namespaces: [ClusterBench.namespace], clock: bench.clock,
        logger: Logger(label: "test") { _ in SwiftLogNoOpLogHandler() }, haste: 10)
      let result = try await withThrowingTaskGroup(of: Void.self) { group in
        group.addTask { await controller.run() }
        defer { group.cancelAll() }
        return try await body(engine)
      }
      await client.close()
      return result
    }
  }

  // MARK: YAML

  /// Applies objects as a GitOps tool does.
  func apply(_ yaml: String) async throws {
    let kinds: [ResourceKind] = [.configMap, ReleaseDefinition.kind]
    for document in try ManifestReader.documents(in: yaml, source: "the test") {
      let kind = try #require(kinds.first { $0.kind == document.json["kind"]?.text })
      let key = ObjectKey(
        kind, namespace: document.namespace ?? ClusterBench.namespace.description, name: try #require(document.name))
      _ = try await client.apply(document, as: key, manager: "gitops", force: true, ClusterCall("apply \(key)"))
    }
  }

  /// The configuration as a ConfigMap.
  static func configuration(_ strategy: String, name: String = "api-slipway", namespace: String = "shop") -> String {
    """
    apiVersion: v1
    kind: ConfigMap
    metadata: { name: \(name), namespace: shop }
    data:
      slipway.yaml: |
        project: shop
        services:
          api:
            image: example.com/api
            port: 8000
            health: { liveness: /health, readiness: /ready, min_healthy_time: 100ms, startup_timeout: 20s }
            shutdown: { drain: 1s, grace: 1s }
        environments:
          production:
            target: kubernetes
            namespace: \(namespace)
            replicas: 2
            cluster: { context: from-outside, router: replicas, image_pinning: tag }
        strategy: \(strategy)

    """
  }

  static func canary(hold: String = "300ms", bake: String = "500ms") -> String {
    "{ canary: { stages: [{ traffic: 50%, duration: \(hold) }], keep_previous: \(bake) } }"
  }

  static func release(_ version: String, name: String = "api", configuration: String = "api-slipway", _ more: String = "") -> String {
    """
    apiVersion: slipway.dev/v1alpha1
    kind: Release
    metadata: { name: \(name), namespace: shop }
    spec:
      service: api
      environment: production
      version: \(version)
      configuration: { configMapRef: { name: \(configuration) } }
      \(more)
    """
  }

  // MARK: Looking

  func release(_ name: String = "api") async -> ObjectDocument? {
    await bench.cluster.object("Release", ClusterBench.namespace.description, name).map { ObjectDocument($0) }
  }

  /// Status and reason of a condition: `True Live`; `nil` where there is none.
  static func condition(_ type: String, _ release: ObjectDocument?) -> String? {
    let found = release?.status?["conditions"]?.items?.first { $0["type"]?.text == type }
    return found.map { "\($0["status"]?.text ?? "") \($0["reason"]?.text ?? "")" }
  }

  static func message(_ release: ObjectDocument?) -> String {
    release?.status?["conditions"]?.items?.first { $0["type"]?.text == "Ready" }?["message"]?.text ?? ""
  }

  /// Waits until the status tells of the newest generation what is waited for.
  @discardableResult
  func wait(
    _ name: String = "api", sourceLocation: SourceLocation = #_sourceLocation, until isRight: @Sendable (ObjectDocument) -> Bool
  ) async throws -> ObjectDocument {
    for _ in 0..<3000 {
      if let release = await release(name), release.status?["observedGeneration"]?.integer == release.generation, isRight(release) {
        return release
      }
      try await Task.sleep(for: .milliseconds(20))
    }
    let found = await release(name)
    Issue.record("it did not come to that within a minute: \(String(describing: found?.status))", sourceLocation: sourceLocation)
    return try #require(found)
  }

  /// As ``wait(_:sourceLocation:until:)``, for a condition `Ready` such as `True Live`.
  @discardableResult
  func wait(_ name: String = "api", ready: String..., sourceLocation: SourceLocation = #_sourceLocation) async throws -> ObjectDocument {
    try await wait(name, sourceLocation: sourceLocation) { release in ready.contains { $0 == Self.condition("Ready", release) } }
  }

  struct Told: Sendable {
    let reason: String
    let type: String
    let count: Int
    let message: String
  }

  /// The Events about a Release, in the order of their time.
  func events(_ name: String = "api") async -> [Told] {
    await bench.cluster.objects("Event", ClusterBench.namespace.description)
      .filter { $0[path: ["involvedObject", "kind"]] == "Release" && $0[path: ["involvedObject", "name"]]?.text == name }
      .map {
        Told(
          reason: $0["reason"]?.text ?? "", type: $0["type"]?.text ?? "", count: $0["count"]?.integer ?? 0,
          message: $0["message"]?.text ?? "")
      }
  }

  /// As ``events(_:)``, once there is one of this reason that says this: an Event may come after the status that says the same.
  func events(until reason: String, saying words: String) async throws -> [Told] {
    for _ in 0..<1500 {
      let found = await events()
      if found.contains(where: { $0.reason == reason && $0.message.contains(words) }) { return found }
      try await Task.sleep(for: .milliseconds(20))
    }
    return await events()
  }

  /// How many rollouts there were, and the versions they brought.
  static func versions(_ engine: Engine) async -> [String] { await engine.rollouts().map(\.plan.version.description) }
}
