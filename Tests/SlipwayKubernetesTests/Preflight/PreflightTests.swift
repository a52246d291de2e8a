import ClusterDouble
import Logging
import SlipwayModel
import Testing

@testable import SlipwayKubernetes

@Suite("What is looked at before a rollout")
struct PreflightTests {
  private let service: ManagedService
  private let key = DeploymentKey(service: Name("api")!, environment: Name("production")!)

  init() throws { service = try ManagedService(key: key, namespace: Name("shop")!) }

  private func spec(_ router: KubernetesRouter) -> KubernetesSpec { KubernetesSpec(namespace: Name("shop")!, router: router) }

  /// A cluster with the namespace `shop` and these objects, and a client of it.
  private func withCluster(
    _ objects: [ObjectDocument] = [], namespace: Bool = true, minorVersion: Int = 34,
    _ body: @escaping @Sendable (ClusterServer, KubernetesClient) async throws -> Void
  ) async throws {
    var state = ClusterState(seed: 1, now: Timestamp(milliseconds: 1_795_000_000_000))
    state.settings.minorVersion = minorVersion
    if namespace { state.addNamespace("shop") }
    try await ClusterServer.run(state) { server in
      let client = try Self.client(of: server)
      let outcome: Result<Void, any Error>
      do {
        for object in objects {
          let kind = try #require(try await client.kind(of: object, ClusterCall("find the kind")))
          let key = ObjectKey(kind, namespace: "shop", name: object.name ?? "")
          _ = try await client.create(object, as: key, ClusterCall("prepare a test"))
        }
        try await body(server, client)
        outcome = .success(())
      } catch {
        outcome = .failure(error)
      }
      await client.close()
      try outcome.get()
    }
  }

  private static func client(of server: ClusterServer) throws -> KubernetesClient {
    let logger = Logger(label: "preflight-tests")
    let transport = try HTTPTransport(ClusterAccess(server: server.url), clock: TickingClock(), logger: logger, environment: [:])
    return KubernetesClient(transport: transport, clock: TickingClock(), random: { 0.5 }, logger: logger)
  }

  private func report(
    _ client: KubernetesClient, _ router: KubernetesRouter = .replicas, _ candidate: Preflight.Candidate = Preflight.Candidate()
  ) async throws -> Preflight.Report {
    try await Preflight(client: client, service: service, spec: spec(router)).report(on: candidate)
  }

  private func deployment(replicas: Int = 3, pod: [String: JSONValue] = [:]) -> ObjectDocument {
    let labels = JSONValue.object(service.selector(of: .green).mapValues { .text($0) })
    let container: JSONValue = ["name": "app", "image": "registry/api:v2", "resources": ["requests": ["cpu": "500m", "memory": "1Gi"]]]
    var document = ObjectDocument(service.deployment(of: .green))
    document.json["spec"] = [
      "replicas": .integer(replicas), "selector": ["matchLabels": labels],
      "template": ["metadata": ["labels": labels], "spec": .object(pod.merging(["containers": [container]]) { stated, _ in stated })],
    ]
    return document
  }

  private func other(_ apiVersion: String, _ kind: String, _ name: String, _ more: [String: JSONValue]) -> ObjectDocument {
    ObjectDocument(
      .object(
        more.merging(["apiVersion": .text(apiVersion), "kind": .text(kind), "metadata": ["name": .text(name), "namespace": "shop"]]) {
          a, _ in a
        }
      ))
  }

  private func ingress(_ name: String, to backend: String) -> ObjectDocument {
    let path: JSONValue = ["path": "/", "pathType": "Prefix", "backend": ["service": ["name": .text(backend), "port": ["name": "http"]]]]
    return other(
      "networking.k8s.io/v1", "Ingress", name,
      ["spec": ["ingressClassName": "nginx", "rules": [["host": "api.example.com", "http": ["paths": [path]]]]]])
  }

  @Test("In a cluster with everything in place nothing is found, and nothing is written")
  func clean() async throws {
    try await withCluster { server, client in
      let found = try await self.report(client, .replicas, Preflight.Candidate(slot: .green, documents: [self.deployment()]))
      #expect(found == Preflight.Report())
      #expect(await server.cluster.objects("Deployment", "shop") == [])
    }
  }

  @Test("A namespace that is not there is all that is said")
  func noNamespace() async throws {
    try await withCluster(namespace: false) { _, client in
      let found = try await self.report(client)
      #expect(found.problems.map(\.code) == [.namespaceMissing])
      #expect(found.problems[0].remedy.contains("kubectl create namespace shop"))
    }
  }

  @Test("A cluster that is too old for what is applied is all that is said")
  func tooOld() async throws {
    try await withCluster(minorVersion: 29) { _, client in
      let found = try await self.report(client)
      #expect(found.problems.map(\.code) == [.clusterTooOld])
      #expect(found.problems[0].message.hasPrefix("the API server is v1.29.1, and Slipway needs 1.30 or later"))
    }
  }

  @Test("All rights that are missing are one problem, with the rules to add")
  func rights() async throws {
    try await withCluster { server, client in
      await server.cluster.inject(
        FaultRule("no secrets", .forbid, on: CallPattern(verbs: ["create", "patch"], resources: ["secrets"], namespace: "shop")))
      await server.cluster.inject(FaultRule("no logs", .forbid, on: CallPattern(resources: ["pods/log"])))
      let found = try await self.report(client)
      #expect(found.problems.map(\.code) == [.clusterForbidden])
      #expect(found.problems.first?.message.hasSuffix("in the namespace 'shop': get pods/log; create, patch secrets") == true)
      #expect(found.problems.first?.remedy.contains(#"- {apiGroups: [""], resources: ["secrets"], verbs: ["create", "patch"]}"#) == true)
    }
  }

  @Test("What may not be looked at is passed over, or said, and does not end the others")
  func forbiddenLooks() async throws {
    try await withCluster { server, client in
      for resource in ["resourcequotas", "serviceaccounts", "namespaces"] {
        await server.cluster.inject(FaultRule(resource, .forbid, on: CallPattern(resources: [resource])))
      }
      let candidate = Preflight.Candidate(
        slot: .green, documents: [self.deployment(pod: ["serviceAccountName": "api", "imagePullSecrets": [["name": "pull"]]])])
      let found = try await self.report(client, .replicas, candidate)
      #expect(found.problems.map(\.code) == [.clusterForbidden, .configurationMissing])
      #expect(found.problems.last?.message.contains("lacks Secret 'pull'") == true)
      #expect(found.notes.count == 2)
    }
  }

  @Test("A router's object that is missing, or does not lead to the service, is found")
  func router() async throws {
    try await withCluster([ingress("web", to: "web")]) { _, client in
      func codes(_ router: KubernetesRouter) async throws -> [SlipwayError.Code] {
        try await self.report(client, router).problems.map(\.code)
      }
      let missing = try await codes(.nginx(ingress: "api"))
      #expect(missing == [.routeMissing])
      let elsewhere = try await codes(.nginx(ingress: "web"))
      #expect(elsewhere == [.routeUnsuitable])
      let noRoute = try await codes(.gatewayAPI(route: "api"))
      #expect(noRoute == [.routeMissing])
      let neither = try await codes(.istio(IstioRouter(virtualService: "api", destinationRule: "api")))
      #expect(neither == [.routeMissing, .routeMissing])
    }
  }

  @Test("Another Ingress for the same host and path is found")
  func conflict() async throws {
    try await withCluster([ingress("api", to: "api"), ingress("old", to: "old")]) { _, client in
      let found = try await self.report(client, .nginx(ingress: "api"))
      #expect(found.problems.map(\.message) == ["Ingress 'old' is another one for api.example.com/"])
    }
  }

  @Test("A Service that selects other pods will be adopted, and that is only said")
  func adopted() async throws {
    let present = other("v1", "Service", "api", ["spec": ["selector": ["app": "api"], "ports": [["port": 80]]]])
    try await withCluster([present]) { _, client in
      let found = try await self.report(client)
      #expect(found.problems == [])
      #expect(found.notes.count == 1)
      #expect(found.notes[0].contains("selects app=api: it will be adopted"))
    }
  }

  @Test("Secrets and ConfigMaps that pods name are there, given with them, or a problem")
  func needs() async throws {
    let present = other("v1", "Secret", "db", ["data": ["user": "eA=="]])
    let given = other("v1", "ConfigMap", "flags", ["data": ["a": "b"]])
    let container: JSONValue = [
      "name": "app", "image": "registry/api:v2",
      "env": [
        ["name": "USER", "valueFrom": ["secretKeyRef": ["name": "db", "key": "user"]]],
        ["name": "PASSWORD", "valueFrom": ["secretKeyRef": ["name": "db", "key": "password"]]],
      ],
      "envFrom": [["configMapRef": ["name": "flags"]], ["configMapRef": ["name": "more"]]],
    ]
    let candidate = Preflight.Candidate(slot: .green, documents: [given, deployment(pod: ["containers": [container]])])
    try await withCluster([present]) { _, client in
      let found = try await self.report(client, .replicas, candidate)
      #expect(
        found.problems.map(\.message) == [
          "pods of 'api-green' would not start: the namespace 'shop' lacks ConfigMap 'more', 'password' in Secret 'db'"
        ])
    }
  }

  @Test("A quota that leaves no room for the candidate is found before any pod is refused")
  func quota() async throws {
    let quota = other("v1", "ResourceQuota", "compute", ["spec": ["hard": ["requests.cpu": "2", "pods": "10"]]])
    try await withCluster([quota]) { _, client in
      let enough = Preflight.Candidate(slot: .green, documents: [self.deployment(replicas: 4)])
      #expect(try await self.report(client, .replicas, enough).problems == [])
      let tooMany = Preflight.Candidate(slot: .green, documents: [self.deployment(replicas: 5)])
      let found = try await self.report(client, .replicas, tooMany)
      #expect(found.problems.map(\.code) == [.quotaExceeded])
      #expect(found.problems[0].message.contains("requests.cpu 2500m needed, 2 of 2 left"))
    }
  }

  @Test("Every document is tried, and what admission says to each is told")
  func trial() async throws {
    try await withCluster { server, client in
      await server.cluster.inject(
        FaultRule(
          "policy", .deny(webhook: "policy.example.com", message: "images must be signed", code: 403),
          on: CallPattern(verbs: ["create", "patch"], resources: ["deployments"])))
      let broken = self.other("v1", "Service", "api-green", ["spec": ["ports": []]])
      let unknown = self.other("example.com/v1", "Widget", "w", [:])
      let candidate = Preflight.Candidate(slot: .green, documents: [self.deployment(), broken, unknown])
      let found = try await self.report(client, .replicas, candidate)
      #expect(found.problems.map(\.code) == [.admissionRefused, .objectInvalid, .kindNotServed])
      #expect(found.problems.first?.message.contains("images must be signed") == true)
      #expect(found.problems.last?.message == "the API server does not serve Widget (example.com/v1)")
    }
  }

  @Test("A field that another manager has is found, and Slipway's own is none")
  func fieldConflict() async throws {
    try await withCluster { _, client in
      let call = ClusterCall("prepare a test")
      _ = try await client.apply(self.deployment(replicas: 2), as: self.service.deployment(of: .green), manager: "argocd-controller", call)
      let candidate = Preflight.Candidate(slot: .green, documents: [self.deployment(replicas: 3)])
      let found = try await self.report(client, .replicas, candidate)
      #expect(found.problems.map(\.code) == [.fieldConflict])
      #expect(found.problems.first?.message.contains("`argocd-controller` owns .spec.replicas") == true)
    }
  }

  @Test("A cluster that does not answer is no finding but an error")
  func unreachable() async throws {
    try await withCluster { server, client in
      await server.cluster.inject(FaultRule("down", .answer(401), on: CallPattern(resources: ["services"])))
      let error = try await slipwayError { try await self.report(client) }
      #expect(error?.code == .clusterUnauthorized)
    }
  }
}
