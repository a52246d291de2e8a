import Logging
import SlipwayEngine
import SlipwayKubernetes
import SlipwayModel
import SlipwayPorts
import SlipwayRuntime
import Testing
import TwinWorld

/// A namespace of its own in a cluster, with an engine that deploys into it.
struct Site: Sendable {
  static let key = DeploymentKey(service: Name("api")!, environment: Name("production")!)
  static let person = Actor(.person, "conformance")
  /// What a test may take: pods of a real cluster need time, and nothing may hang for ever.
  static let limit = TimeSpan.seconds(240)

  let place: Place
  let kubeconfig: String
  let namespace: Name
  let client: KubernetesClient
  let clusters: Clusters
  let journal = MemoryJournal()
  let values = MemoryValues()
  let clock = SystemClock()

  /// Runs `body` in a new namespace, which is taken away again whatever becomes of it.
  static func run(_ body: @escaping @Sendable (Site) async throws -> Void) async throws {
    try await Place.present.withKubeconfig { file in try await run(in: file, body) }
  }

  static func run(in file: String, _ body: @escaping @Sendable (Site) async throws -> Void) async throws {
    let site = try Site(Place.present, file)
    let outcome: Result<Void, any Error>
    do {
      outcome = .success(try await site.limited { try await site.prepareAndRun(body) })
    } catch {
      outcome = .failure(error)
    }
    // Here nothing is cancelled: the limit has ended only what ran under it.
    await site.cleanUp()
    await site.client.close()
    try outcome.get()
  }

  /// A client by the kubeconfig alone.
  static func connect(_ kubeconfig: String) throws -> KubernetesClient {
    try connect(KubernetesSpec(kubeconfig: [kubeconfig], namespace: Name("default")!))
  }

  @Sendable private static func connect(_ spec: KubernetesSpec) throws -> KubernetesClient {
    try KubernetesClient.connect(spec, clock: SystemClock(), random: { Double.random(in: 0..<1) }, logger: quiet)
  }

  private init(_ place: Place, _ kubeconfig: String) throws {
    (self.place, self.kubeconfig) = (place, kubeconfig)
    let letters = Array("abcdefghijklmnopqrstuvwxyz0123456789")
    let suffix = String((0..<10).map { _ in letters[Int.random(in: letters.indices)] })
    namespace = try #require(Name("slipway-conformance-\(suffix)"))
    client = try Self.connect(kubeconfig)
    clusters = Clusters(clock: clock, connect: { try Self.connect($0) }) { Digest(hashing: Array($0.utf8)) }
  }

  static let quiet = Logger(label: "test") { _ in SwiftLogNoOpLogHandler() }

  private func limited(_ body: @escaping @Sendable () async throws -> Void) async throws {
    try await withThrowingTaskGroup(of: Void.self) { group in
      group.addTask { try await body() }
      group.addTask {
        try await clock.sleep(for: Self.limit)
        throw TookTooLong(namespace: namespace)
      }
      defer { group.cancelAll() }
      try await group.next()
    }
  }

  private func prepareAndRun(_ body: @escaping @Sendable (Site) async throws -> Void) async throws {
    let key = ObjectKey(.namespace, namespace: nil, name: namespace.description)
    let labels = ["app.kubernetes.io/managed-by": "slipway-conformance"]
    _ = try await client.create(ObjectDocument(key, labels: labels), as: key, ClusterCall("make the namespace"))
    try await waitForAccount()
    try await withThrowingTaskGroup(of: Void.self) { group in
      group.addTask { await clusters.run() }
      defer { group.cancelAll() }
      try await body(self)
    }
  }

  /// Where admission wants one, pods are refused until a controller has made the namespace's account.
  private func waitForAccount() async throws {
    let account = ObjectKey(
      ResourceKind(kind: "ServiceAccount", plural: "serviceaccounts"), namespace: namespace.description, name: "default")
    let end = ContinuousClock.now + .seconds(place.kubeconfig == nil ? 0 : 10)
    while ContinuousClock.now < end, try await client.get(account, ClusterCall("look for the account")) == nil {
      try await Task.sleep(for: .milliseconds(100))
    }
  }

  /// Deletes the namespace, and waits a while until it is gone or going.
  private func cleanUp() async {
    let key = ObjectKey(.namespace, namespace: nil, name: namespace.description)
    do {
      guard try await client.delete(key, ClusterCall("delete the namespace", within: .seconds(30))) else { return }
      let left = try await client.get(key, ClusterCall("look at the namespace"))
      let isGoing = left.map { $0.json[path: ["metadata", "deletionTimestamp"]] != nil } ?? true
      #expect(isGoing, "namespace \(namespace) is still there")
    } catch {
      Issue.record("namespace \(namespace) could not be deleted, and has to be by hand: \(error)")
    }
  }
}

/// A test has used up its time.
struct TookTooLong: Error, CustomStringConvertible {
  let namespace: Name
  var description: String { "not done after \(Site.limit), in namespace \(namespace)" }
}
