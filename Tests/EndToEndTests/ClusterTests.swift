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
}
