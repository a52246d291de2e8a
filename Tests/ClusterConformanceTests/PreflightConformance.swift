import SlipwayKubernetes
import SlipwayModel
import SlipwayPorts
import SlipwayRuntime
import Testing

/// What is said before anything is changed.
@Suite(
  "Conformance: before a rollout", .enabled(if: Place.canRun, Comment(rawValue: Place.present.lack ?? "")), .timeLimit(.minutes(10)))
struct PreflightConformance {
  private static func code(_ body: () async throws -> Void) async throws -> String? {
    do { try await body() } catch let error as SlipwayError { return error.code.rawValue }
    return nil
  }

  @Test("A namespace that is not there is said, and nothing is made")
  func missing() async throws {
    try await Site.run { site in
      let spec = KubernetesSpec(namespace: Name("slipway-conformance-absent")!, router: .service, pinning: .tag)
      let preflight = Preflight(
        client: site.client, service: try ManagedService(key: Site.key, namespace: spec.namespace), spec: spec)
      let report = try await preflight.report(on: Preflight.Candidate())
      #expect(report.problems.map(\.code.rawValue) == ["namespace-missing"])
    }
  }

  @Test("In an empty namespace nothing is found")
  func nothing() async throws {
    try await Site.run { site in
      let spec = KubernetesSpec(namespace: site.namespace, router: .service, pinning: .tag)
      let preflight = Preflight(
        client: site.client, service: try ManagedService(key: Site.key, namespace: spec.namespace), spec: spec)
      #expect(try await preflight.report(on: Preflight.Candidate()).problems == [])
    }
  }

  @Test("A quota without room refuses the release before anything is made")
  func quota() async throws {
    try await Site.run { site in
      try await site.make(.resourceQuota, "few", ["spec": ["hard": ["pods": "1"]]])
      try await site.eventually("the quota is counted") {
        try await site.object(.resourceQuota, "few")?.status?["used"]?["pods"] != nil
      }
      try await site.withEngine { engine in
        let code = try await Self.code { _ = try await engine.deploy(try site.request(1)) }
        #expect(code == "quota-exceeded")
      }
      #expect(try await site.object(.deployment, "api-blue") == nil)
      #expect(try await site.object(.service, "api") == nil)
    }
  }

  @Test("A field that another manager has is a conflict before anything is made")
  func claimed() async throws {
    try await Site.run { site in
      let key = ObjectKey(.podDisruptionBudget, namespace: site.namespace.description, name: "api-blue")
      var budget = ObjectDocument(key)
      budget.json["spec"] = ["maxUnavailable": 7, "selector": ["matchLabels": ["app": "other"]]]
      _ = try await site.client.apply(budget, as: key, manager: "gitops", ClusterCall("make \(key)"))
      try await site.withEngine { engine in
        let code = try await Self.code { _ = try await engine.deploy(try site.request(1)) }
        #expect(code == "field-conflict")
      }
      #expect(try await site.object(.deployment, "api-blue") == nil)
    }
  }

  @Test("A service that something else runs is not taken over")
  func adoption() async throws {
    try await Site.run { site in
      let image = site.place.images[0]
      try await site.make(
        .deployment, "legacy",
        [
          "spec": [
            "replicas": 1, "selector": ["matchLabels": ["app": "legacy"]],
            "template": [
              "metadata": ["labels": ["app": "legacy"]],
              "spec": ["containers": [["name": "app", "image": .text("\(image.name):\(image.tag)")]]],
            ],
          ]
        ])
      try await site.make(.service, "api", ["spec": ["selector": ["app": "legacy"], "ports": [["name": "http", "port": 80]]]])
      try await site.eventually("the old pod answers") {
        let selection = ObjectSelection(labels: "kubernetes.io/service-name=api")
        let slices = try await site.client.list(
          .endpointSlice, in: site.namespace.description, selection, ClusterCall("look at the endpoints"))
        return slices.objects.flatMap { $0.json["endpoints"]?.items ?? [] }.contains { $0[path: ["conditions", "ready"]]?.flag == true }
      }
      try await site.withEngine { engine in
        let code = try await Self.code { _ = try await engine.deploy(try site.request(1)) }
        #expect(code != nil)
      }
      #expect(try await site.object(.service, "api")?.spec?["selector"] == ["app": "legacy"])
      #expect(try await site.object(.deployment, "api-blue") == nil)
    }
  }
}
