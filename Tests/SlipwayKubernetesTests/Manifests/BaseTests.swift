import SlipwayKubernetes
import SlipwayModel
import Testing

@Suite("A base of manifests")
struct BaseTests {
  static let text = """
    apiVersion: v1
    kind: ConfigMap
    metadata: {name: api-config}
    data: {mode: fast}
    ---
    apiVersion: v1
    kind: Secret
    metadata: {name: api-secret}
    stringData: {password: s3cret}
    ---
    apiVersion: apps/v1
    kind: Deployment
    metadata: {name: api}
    spec:
      selector: {matchLabels: {app: api}}
      template:
        metadata: {labels: {app: api}}
        spec:
          containers:
          - name: web
            image: placeholder
            ports: [{name: web, containerPort: 9000}]
            env:
            - {name: MODE, value: fast}
            envFrom: [{configMapRef: {name: api-config}}, {secretRef: {name: api-secret}}]
            resources: {requests: {cpu: 250m, memory: 256Mi}}
            readinessProbe: {httpGet: {path: /ready, port: web}}
    ---
    apiVersion: policy/v1
    kind: PodDisruptionBudget
    metadata: {name: api}
    spec: {minAvailable: 1, selector: {matchLabels: {app: api}}}
    ---
    apiVersion: autoscaling/v2
    kind: HorizontalPodAutoscaler
    metadata: {name: api}
    spec: {minReplicas: 2, maxReplicas: 5, scaleTargetRef: {apiVersion: apps/v1, kind: Deployment, name: api}}
    ---
    apiVersion: networking.k8s.io/v1
    kind: Ingress
    metadata: {name: api}
    """

  private func read(_ text: String = text) throws -> (manifests: [LocatedManifest], base: BaseManifests) {
    let manifests = try ManifestReader.manifests(in: text, source: "deploy/api.yaml")
    return (manifests, try BaseManifests.read(manifests, of: try Sample.service()))
  }

  private func slot(_ base: BaseManifests, spec: ServiceSpec = Sample.spec) throws -> SlotWorkload {
    let plain = try Sample.slot(replicas: 3, spec: spec)
    return SlotWorkload(
      service: try base.managed(plain.service, port: 8080), workload: plain.workload, image: plain.image, base: base)
  }

  @Test("The objects of a slot are the base's, with what makes them a slot and what a rollout needs")
  func objects() throws {
    try Snapshot.expect(try slot(try read().base).objects(), are: "slot-from-base")
  }

  @Test("What a release keeps of a base makes the same slot again")
  func content() throws {
    let base = try read().base
    let again = try BaseManifests(content: base.content, of: try Sample.service())
    #expect(try slot(again).objects() == slot(base).objects())
    #expect(
      base.content.keys.sorted() == [
        "ConfigMap/api-config", "Deployment/api", "HorizontalPodAutoscaler/api", "PodDisruptionBudget/api", "Secret/api-secret",
      ])
    #expect(base.extras.map(\.name) == ["api"])
  }

  @Test("A Secret's name tells nothing of its content: it changes with the release's configuration, a ConfigMap's with what is in it")
  func names() throws {
    func names(_ text: String) throws -> [String] {
      try slot(try read(text).base).objects().filter { ["Secret", "ConfigMap"].contains($0.json["kind"]?.text) }.compactMap(\.name)
    }
    let first = try names(Self.text)
    let second = try names(Self.text.replacing("password: s3cret", with: "password: other").replacing("mode: fast", with: "mode: slow"))
    #expect(first.contains("api-secret-" + Sample.release().configuration.hexadecimal.prefix(10)))
    #expect(first.filter { !second.contains($0) }.map { $0.prefix(11) } == ["api-config-"])
  }

  @Test("A file that says otherwise than its base is told where both say it; what only one says is no contradiction")
  func contradictions() throws {
    let (manifests, base) = try read()
    let spec = ServiceSpec(
      name: Sample.name("api"), image: "x", port: 8000, variables: ["MODE": "slow", "OTHER": "1"],
      health: HealthSpec(liveness: "/live", readiness: "/health"), resources: ResourceSpec(cpu: "0.25", memory: "1Gi"))
    func found(_ stated: Set<String>) throws -> [String] {
      try BaseAgreement.contradictions(of: spec, stating: stated, with: base, manifests, in: try Sample.service()).map {
        "\($0.key): \($0.message)"
      }
    }
    #expect(
      try found(["port", "resources.cpu", "resources.memory", "health.liveness", "health.readiness", "env.MODE", "env.OTHER"]) == [
        "port: `port` is 8000, and the container listens at 9000 (deploy/api.yaml:22)",
        "resources.memory: `memory` is 1Gi, and the container requests 256Mi (deploy/api.yaml:26)",
        "health.readiness: `health.readiness` is /health, and the container's readinessProbe asks /ready (deploy/api.yaml:27)",
        "env.MODE: variable `MODE` is in `env`, and the container has another one (deploy/api.yaml:24)",
      ])
    #expect(try found([]) == [])
  }

  @Test(
    "What can't be a base is said with its place",
    arguments: [
      ("metadata: {name: api-config}", "metadata: {name: api-config, namespace: other}", "deploy/api.yaml:3"),
      ("metadata: {name: api-config}", "metadata: {generateName: api-config}", "deploy/api.yaml:1"),
      ("kind: Secret\nmetadata: {name: api-secret}", "kind: ConfigMap\nmetadata: {name: api-config}", "deploy/api.yaml:6"),
      ("image: placeholder", "image: placeholder\n      - name: sidecar", "deploy/api.yaml:11"),
      ("data: {mode: fast}", "data: {mode: [}", "deploy/api.yaml:4"),
    ])
  func refused(old: String, new: String, place: String) throws {
    let error = #expect(throws: SlipwayError.self) { try read(Self.text.replacing(old, with: new)) }
    #expect(error?.code == .baseUnsuitable)
    #expect(error?.message.contains(place) == true, "\(error?.message ?? "")")
  }
}
