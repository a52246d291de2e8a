import ClusterDouble
import Logging
import SlipwayKubernetes
import SlipwayModel
import SlipwayPorts
import Testing

@Suite("A draft for what runs in a cluster")
struct AdoptionDraftTests {
  private static let deployment = ObjectDocument([
    "apiVersion": "apps/v1", "kind": "Deployment",
    "metadata": [
      "name": "legacy", "namespace": "shop", "uid": "1", "resourceVersion": "7", "generation": 3, "labels": ["team": "shop"],
      "annotations": ["deployment.kubernetes.io/revision": "4", "owner": "team-shop"], "managedFields": [["manager": "kubectl"]],
    ],
    "spec": [
      "replicas": 3, "revisionHistoryLimit": 10, "progressDeadlineSeconds": 600, "selector": ["matchLabels": ["app": "api"]],
      "template": [
        "metadata": ["labels": ["app": "api"], "creationTimestamp": .null],
        "spec": [
          "containers": [
            ["name": "proxy", "image": "envoy:1"],
            [
              "name": "web", "image": "registry.example:5000/shop/api:1.2.3", "ports": [["name": "web", "containerPort": 9000]],
              "readinessProbe": ["httpGet": ["path": "/ready", "port": "web"]],
              "envFrom": [["configMapRef": ["name": "api-config"]], ["secretRef": ["name": "api-secret"]]],
              "args": ["--level", "1", "yes"],
            ],
          ]
        ],
      ],
    ], "status": ["replicas": 3],
  ])

  private static let service = ObjectDocument([
    "apiVersion": "v1", "kind": "Service", "metadata": ["name": "api", "namespace": "shop", "uid": "2"],
    "spec": [
      "type": "NodePort", "clusterIP": "10.0.0.7", "clusterIPs": ["10.0.0.7"], "selector": ["app": "api"],
      "ports": [["name": "web", "port": 80, "targetPort": "web", "nodePort": 30_080]],
    ],
  ])

  private static let configMap = ObjectDocument([
    "apiVersion": "v1", "kind": "ConfigMap", "metadata": ["name": "api-config", "namespace": "shop", "uid": "3"],
    "data": ["text": "two\nlines\n", "mode": "0644"],
  ])

  @Test("What runs is found by the pods' labels; the file and the base are what a person would write, and what was not taken over is said")
  func reading() async throws {
    var state = ClusterState(now: Timestamp(milliseconds: 0))
    state.addNamespace("shop")
    func post(_ path: String, _ document: ObjectDocument) {
      var json = document.json
      json["metadata"] = ["name": .text(document.name ?? ""), "labels": .object(document.labels.mapValues { .text($0) })]
      let request = APIRequest("POST", path, body: json)
      _ = state.respond(to: request, verdict: state.verdict(on: request), at: state.now)
    }
    post("/apis/apps/v1/namespaces/shop/deployments", Self.deployment)
    post("/api/v1/namespaces/shop/services", Self.service)
    post("/api/v1/namespaces/shop/configmaps", Self.configMap)
    var other = Self.service
    other.json["metadata"]?["name"] = "api-metrics"
    post("/api/v1/namespaces/shop/services", other)
    try await ClusterServer.run(state) { server in
      let quiet = Logger(label: "test") { _ in SwiftLogNoOpLogHandler() }
      let clock = FastClock(times: 1)
      let client = KubernetesClient(
        transport: try HTTPTransport(ClusterAccess(server: server.url), clock: clock, logger: quiet, environment: [:]), clock: clock,
        random: { 0.5 }, logger: quiet)
      let found = try await FoundService.read(client, namespace: Sample.name("shop"), deployment: "deployment/legacy")
      #expect(found.deployment.name == "legacy" && found.service?.name == "api")
      #expect(found.configMaps.map(\.name) == ["api-config"] && found.secrets == ["api-secret"])
      let draft = try AdoptionDraft(of: found, namespace: Sample.name("shop"), context: "prod", baseFile: "api-base.yaml")
      try Snapshot.expect(
        draft.configuration + "--- base\n" + draft.base + "--- notes\n" + draft.notes.map { "\($0)\n" }.joined(), is: "drafts/adoption")
      let documents = try ManifestReader.documents(in: draft.base, source: "api-base.yaml")
      #expect(documents.first { $0.json["kind"] == "ConfigMap" }?.json["data"] == ["text": "two\nlines\n", "mode": "0644"])
      #expect(try BaseManifests(documents, of: try Sample.service()).used.map(\.name) == ["legacy", "api", "api-config"])
      let missing = await #expect(throws: SlipwayError.self) {
        try await FoundService.read(client, namespace: Sample.name("shop"), deployment: "api")
      }
      #expect(missing?.code.rawValue == "adoption-not-possible" && missing?.remedy.contains("legacy") == true)
      await client.close()
    }
  }
}
