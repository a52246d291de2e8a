import ClusterDouble
import Foundation
import RealSite
import SlipwayModel
import Testing

/// The program, its server and its journal are real; the API server is the double, over HTTP.
@Suite("End to end: a cluster", .serialized, .timeLimit(.minutes(4)))
struct ClusterTests {
  static func configure(
    _ site: Site, _ server: ClusterServer, stages: String = "{ traffic: 20%, duration: 1s }, { traffic: 50%, duration: 1s }"
  ) throws {
    let kubeconfig = """
      apiVersion: v1
      kind: Config
      current-context: double
      clusters: [{ name: double, cluster: { server: "\(server.url)" } }]
      users: [{ name: nobody, user: {} }]
      contexts: [{ name: double, context: { cluster: double, user: nobody } }]

      """
    try kubeconfig.write(to: site.folder.appending(path: "kubeconfig"), atomically: true, encoding: .utf8)
    let file = """
      project: e2e
      services:
        answers:
          image: example.com/answers
          port: 8000
          env: { GREETING: hello-from-a-variable }
          health: { min_healthy_time: 200ms, startup_timeout: 10s }
          shutdown: { drain: 1s, grace: 1s }
      environments:
        production:
          target: kubernetes
          namespace: shop
          replicas: 4
          cluster: { kubeconfig: kubeconfig, image_pinning: tag }
      strategy: { canary: { keep_previous: 5m, stages: [\(stages)] } }

      """
    try file.write(to: site.folder.appending(path: "slipway.yaml"), atomically: true, encoding: .utf8)
  }

  private func withCluster(_ body: @escaping @Sendable (Site, ClusterServer) async throws -> Void) async throws {
    var state = ClusterState(now: Timestamp(milliseconds: Int64(Date().timeIntervalSince1970 * 1000)))
    state.addNamespace("shop")
    try await ClusterServer.run(state) { server in
      let site = try Site()
      do {
        try Self.configure(site, server)
        try await body(site, server)
      } catch {
        await site.remove()
        throw error
      }
      await site.remove()
    }
  }

  @Test("The same commands deploy, show, go back and prove, and no agent is started for it")
  func commands() async throws {
    try await withCluster { site, server in
      let plan = try await site.run("plan", "--version", "v2")
      #expect(plan.status == 0, "\(plan)")
      #expect(plan.output.contains("shop"), "\(plan.output)")
      let first = try await site.run("deploy", "--version", "v1", "--reason", "a test")
      #expect(first.status == 0, "\(first)")
      let second = try await site.run("deploy", "--version", "v2", "--reason", "a test")
      #expect(second.status == 0, "\(second)")
      #expect(!FileManager.default.fileExists(atPath: site.state.appending(path: "agent.sock").path))
      let status = try await site.run("status")
      #expect(status.status == 0 && status.output.contains("v2"), "\(status)")
      #expect(!status.output.contains("agent"), "\(status.output)")
      let service = await server.cluster.object("Service", "shop", "answers")
      #expect(service?["spec"]?["selector"]?["slipway.dev/slot"]?.text == "green")
      let back = try await site.run("rollback", "--reason", "a test")
      #expect(back.status == 0, "\(back)")
      let after = await server.cluster.object("Service", "shop", "answers")
      #expect(after?["spec"]?["selector"]?["slipway.dev/slot"]?.text == "blue")
      let verified = try await site.run("audit", "verify")
      #expect(verified.status == 0, "\(verified)")
      let secret = await server.cluster.object("Secret", "shop", "answers-blue-env")
      #expect(secret != nil)
      let journal = try Data(contentsOf: site.state.appending(path: "journal.db"))
      #expect(journal.range(of: Data("hello-from-a-variable".utf8)) == nil)
    }
  }

  @Test("An image that is not there goes back with the cluster's words and exit status 1; a namespace that is not there is refused with 2")
  func mistakes() async throws {
    try await withCluster { site, _ in
      #expect(try await site.run("deploy", "--version", "v1", "--reason", "a test").status == 0)
      let missing = try await site.run("deploy", "--version", "v2-image-missing", "--reason", "a test")
      #expect(missing.status == 1, "\(missing)")
      #expect(missing.output.contains("replicas of the candidate can't start"), "\(missing.output)")
      let text = try String(contentsOf: site.folder.appending(path: "slipway.yaml"), encoding: .utf8)
      try text.replacingOccurrences(of: "namespace: shop", with: "namespace: nowhere").replacingOccurrences(
        of: "production:", with: "other:"
      )
      .write(to: site.folder.appending(path: "slipway.yaml"), atomically: true, encoding: .utf8)
      let nowhere = try await site.run("deploy", "--version", "v3", "--reason", "a test")
      #expect(nowhere.status == 2, "\(nowhere)")
      #expect(nowhere.errors.contains("there is no namespace 'nowhere'"), "\(nowhere.errors)")
    }
  }

  private static let legacy: [(path: String, object: JSONValue)] = [
    ("api/v1/namespaces/shop/configmaps", ["metadata": ["name": "answers-config"], "data": ["greeting": "hello"]]),
    (
      "apis/apps/v1/namespaces/shop/deployments",
      [
        "metadata": ["name": "legacy"],
        "spec": [
          "replicas": 2, "selector": ["matchLabels": ["app": "answers"]],
          "template": [
            "metadata": ["labels": ["app": "answers"]],
            "spec": [
              "containers": [
                [
                  "name": "web", "image": "example.com/answers:v0", "ports": [["containerPort": 8000]],
                  "envFrom": [["configMapRef": ["name": "answers-config"]], ["secretRef": ["name": "answers-secret"]]],
                ]
              ]
            ],
          ],
        ],
      ]
    ),
    (
      "api/v1/namespaces/shop/services",
      [
        "metadata": ["name": "answers"],
        "spec": ["selector": ["app": "answers"], "ports": [["port": 80, "targetPort": 8000]]],
      ]
    ),
    ("api/v1/namespaces/shop/secrets", ["metadata": ["name": "answers-secret"], "stringData": ["password": "s3cret"]]),
  ]

  @Test("A Deployment that serves is adopted by `init --from-cluster` and `deploy`, with its configuration")
  func adopt() async throws {
    try await withCluster { site, server in
      await server.cluster.with { state in
        for (path, object) in Self.legacy {
          let request = APIRequest("POST", "/" + path, body: object)
          _ = state.respond(to: request, verdict: state.verdict(on: request), at: state.now)
        }
      }
      try FileManager.default.removeItem(at: site.folder.appending(path: "slipway.yaml"))
      let kubeconfig = ["KUBECONFIG": site.folder.appending(path: "kubeconfig").path]
      let wrote = try await site.run("init", "--from-cluster", "--namespace", "shop", environment: kubeconfig)
      #expect(wrote.status == 0, "\(wrote)")
      #expect(wrote.output.contains("Secrets are named and not copied: answers-secret"), "\(wrote.output)")
      let again = try await site.run("init", "--from-cluster", "--namespace", "shop", environment: kubeconfig)
      #expect(again.status == 2 && again.errors.contains("[file-exists]"), "\(again)")
      let path = site.folder.appending(path: "slipway.yaml")
      let text = try String(contentsOf: path, encoding: .utf8)
      // The double's image is in no registry.
      try text.replacingOccurrences(
        of: "router: replicas", with: "router: replicas\n      image_pinning: tag\n      kubeconfig: kubeconfig"
      )
      .write(to: path, atomically: true, encoding: .utf8)
      #expect(try await site.run("validate").status == 0)
      let first = try await site.run("deploy", "--version", "v1", "--reason", "a test")
      #expect(first.status == 0, "\(first)")
      let service = await server.cluster.object("Service", "shop", "answers")
      #expect(service?["spec"]?["selector"]?["slipway.dev/slot"]?.text == "blue")
      #expect(await server.cluster.object("Deployment", "shop", "legacy")?["spec"]?["replicas"] == 2)
      let maps = await server.cluster.objects("ConfigMap", "shop", labels: ["slipway.dev/service": "answers"])
      #expect(maps.map { $0["data"]?["greeting"] } == ["hello"])
      let plan = try await site.run("plan", "--version", "v2")
      #expect(plan.output.contains("Manifests: ConfigMap/answers-config, Deployment/legacy, Service/answers"), "\(plan)")
    }
  }
}
