import SlipwayKubernetes
import SlipwayModel
import Testing

@Suite("Starting from what a user has")
struct AdoptionTests {
  /// What `helm template` or `kubectl kustomize` prints for a service with a database next to it.
  static let base = """
    # Source: shop/templates/config.yaml
    apiVersion: v1
    kind: ConfigMap
    metadata: {name: api-config}
    data: {mode: "0644", greeting: hello}
    ---
    apiVersion: v1
    kind: Secret
    metadata: {name: api-secret}
    stringData: {password: s3cret}
    ---
    ---
    apiVersion: apps/v1
    kind: Deployment
    metadata:
      name: api
      labels: {app: api, helm.sh/chart: shop-1}
      annotations: {meta.helm.sh/release-name: shop, owner: team-shop}
    spec:
      replicas: 7
      paused: true
      selector: {matchLabels: {app: api}}
      strategy: {type: Recreate}
      template:
        metadata:
          labels: {app: api}
          annotations: {kubectl.kubernetes.io/restartedAt: "2026-01-01T00:00:00Z", prometheus.io/scrape: "true"}
        spec:
          serviceAccountName: api
          initContainers:
            - {name: migrate, image: old:1, envFrom: [{configMapRef: {name: api-config}}]}
          containers:
            - name: api
              image: old:1
              env:
                - {name: PASSWORD, valueFrom: {secretKeyRef: {name: api-secret, key: password}}}
                - {name: FOREIGN, valueFrom: {secretKeyRef: {name: of-somebody-else, key: x}}}
              volumeMounts: [{name: config, mountPath: /etc/api}]
            - {name: proxy, image: "envoy:1"}
          volumes:
            - {name: config, projected: {sources: [{configMap: {name: api-config}}, {secret: {name: api-secret}}]}}
            - {name: keys, secret: {secretName: api-secret, defaultMode: 0400}}
          imagePullSecrets: [{name: api-secret}]
    ---
    apiVersion: v1
    kind: List
    items:
      - apiVersion: v1
        kind: Service
        metadata: {name: api}
        spec: {type: NodePort, selector: {app: api}, ports: [{name: web, port: 8080, targetPort: 9000, nodePort: 30080}]}
      - apiVersion: apps/v1
        kind: Deployment
        metadata: {name: cache}
        spec: {selector: {matchLabels: {app: cache}}, template: {metadata: {labels: {app: cache}}, spec: {containers: [{name: c, image: "c:1"}]}}}
    ---
    apiVersion: autoscaling/v2
    kind: HorizontalPodAutoscaler
    metadata: {name: api}
    spec: {minReplicas: 3, maxReplicas: 9, scaleTargetRef: {apiVersion: apps/v1, kind: Deployment, name: api}}
    """

  private func sorted(_ text: String = base) throws -> BaseManifests {
    try BaseManifests(try ManifestReader.documents(in: text, source: "base.yaml"), of: try Sample.service())
  }

  @Test("A base is sorted into what each slot is made from, its configuration, and the rest")
  func sorting() throws {
    let base = try sorted()
    #expect(base.deployment.name == "api")
    #expect(base.service?.name == "api")
    #expect(base.autoscaler?.floor == 3)
    #expect(base.configuration.map(\.name) == ["api-config", "api-secret"])
    #expect(base.extras.map(\.name) == ["cache"])
  }

  @Test("The slot's Deployment keeps what the user says of the pods and gets what makes it a slot")
  func adopted() throws {
    try Snapshot.expect([try Sample.slot(replicas: 2).deployment(from: try sorted().deployment)], are: "adopted-deployment")
  }

  @Test("argo #2669, #2675: each release reads ConfigMaps and Secrets of its own, named by their content")
  func configuration() throws {
    func released(_ text: String) throws -> (deployment: ObjectDocument, configuration: [ObjectDocument]) {
      try sorted(text).withReleasedConfiguration { Digest(hashing: $1.utf8).hexadecimal }
    }
    let first = try released(Self.base)
    let second = try released(Self.base.replacing("greeting: hello", with: "greeting: goodbye"))
    let names = first.configuration.compactMap(\.name)
    #expect(names.allSatisfy { $0.wholeMatch(of: /api-(config|secret)-[0-9a-f]{10}/) != nil })
    #expect(names[0] != second.configuration[0].name)
    #expect(names[1] == second.configuration[1].name)
    #expect(first.configuration.allSatisfy { $0.json["immutable"] == true })
    let pods = first.deployment.json[path: ["spec", "template", "spec"]]
    #expect(pods?.value(at: "/initContainers/0/envFrom/0/configMapRef/name") == .text(names[0]))
    #expect(pods?.value(at: "/containers/0/env/0/valueFrom/secretKeyRef/name") == .text(names[1]))
    #expect(pods?.value(at: "/volumes/0/projected/sources/0/configMap/name") == .text(names[0]))
    #expect(pods?.value(at: "/volumes/0/projected/sources/1/secret/name") == .text(names[1]))
    #expect(pods?.value(at: "/volumes/1/secret/secretName") == .text(names[1]))
    // Of another's, and of the namespace's.
    #expect(pods?.value(at: "/containers/0/env/1/valueFrom/secretKeyRef/name") == "of-somebody-else")
    #expect(pods?.value(at: "/imagePullSecrets/0/name") == "api-secret")
  }

  @Test("The slots' Services have the ports of the user's Service, but for those that the cluster chose")
  func ports() throws {
    let service = try Sample.service().with(portsOf: try #require(try sorted().service))
    #expect(service.document(of: .blue).json[path: ["spec", "ports"]] == [["name": "web", "port": 8080, "targetPort": 9000]])
    #expect(throws: SlipwayError.self) { try service.with(portsOf: ObjectDocument(["kind": "Service"])) }
  }

  @Test("flagger #826, #381: pods that are not proved yet lack the labels by which the service's old selector would take them")
  func hidden() throws {
    let user = try sorted()
    let old = try #require(user.service)
    func labels(hiddenFrom others: [ObjectDocument]) throws -> JSONValue? {
      let plain = try Sample.slot()
      let slot = SlotWorkload(service: plain.service, workload: plain.workload, image: plain.image, hiddenFrom: others)
      return try slot.deployment(from: user.deployment).json[path: ["spec", "template", "metadata", "labels"]]
    }
    #expect(try labels(hiddenFrom: [])?["app"] == "api")
    #expect(try labels(hiddenFrom: [old])?["app"] == nil)
    // Once the Service is Slipway's it chooses by slot, and the label comes back with the next release.
    let taken = try Sample.service().rootDocument(selecting: .only(.blue))
    #expect(try labels(hiddenFrom: [taken]) == labels(hiddenFrom: []))
    var elsewhere = old
    elsewhere.json["spec"]?["selector"] = ["app": "api", "tier": "web"]
    #expect(try labels(hiddenFrom: [elsewhere])?["app"] == "api")
    var common = old
    common.json["spec"]?["selector"] = ["app.kubernetes.io/name": "api"]
    #expect(try labels(hiddenFrom: [common])?["app.kubernetes.io/name"] == nil)
    #expect(try labels(hiddenFrom: [common])?["slipway.dev/slot"] == "green")
  }

  @Test("Which container is the service's has to be clear")
  func container() throws {
    let user = try sorted().deployment
    let slot = try Sample.slot()
    #expect(
      try slot.deployment(from: user, container: "proxy").json.value(at: "/spec/template/spec/containers/1/image") == .text(Sample.image))
    let error = #expect(throws: SlipwayError.self) { try slot.deployment(from: user, container: "web") }
    #expect(error?.message == "Deployment 'api' has no container 'web'; it has api, proxy")
  }

  @Test("Which Deployment is the service's has to be clear")
  func deployment() throws {
    let none = "apiVersion: v1\nkind: ConfigMap\nmetadata: {name: a}"
    let other = Self.base.replacing("name: api\n  labels: {app: api,", with: "name: web\n  labels: {app: web,")
    for text in [none, other] {
      let error = #expect(throws: SlipwayError.self) { try sorted(text) }
      #expect(error?.code == .baseUnsuitable)
    }
  }

  @Test("Texts, numbers and flags are read as Kubernetes reads them")
  func scalars() throws {
    let text = """
      apiVersion: v1
      kind: Sample
      values: {a: 0644, b: "8080", c: yes, d: 'yes', e: 1:30, f: ~, g: 1.5, h: 12e3, i: v1, j: -3, k: !!str 7}
      """
    let values = try ManifestReader.documents(in: text, source: "x").first?.json["values"]
    #expect(
      values == [
        "a": 420, "b": "8080", "c": true, "d": "yes", "e": "1:30", "f": .null, "g": 1.5, "h": 12_000.0, "i": "v1", "j": -3, "k": "7",
      ])
  }

  @Test("Anchors and merge keys are taken for what they stand for")
  func anchors() throws {
    let text = "apiVersion: v1\nkind: Sample\na: &a {x: 1, y: 2}\nb: {<<: *a, y: 3}\nc: *a"
    let json = try ManifestReader.documents(in: text, source: "x").first?.json
    #expect([json?["b"], json?["c"]] == [["x": 1, "y": 3], ["x": 1, "y": 2]])
  }

  @Test(
    "What is no manifest is named with its place",
    arguments: ["a: [", "apiVersion: v1\nkind: Service\n---\na: [", "replicas: 3", "- 1\n- 2", "kind: Service"])
  func refused(text: String) throws {
    let error = #expect(throws: SlipwayError.self) { try ManifestReader.documents(in: text, source: "values.yaml") }
    #expect(error?.code == .baseUnsuitable)
    #expect(error?.message.contains("values.yaml") == true)
  }
}
