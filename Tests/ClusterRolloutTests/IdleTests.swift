import ClusterDouble
import SlipwayEngine
import SlipwayModel
import SlipwayPorts
import SlipwayRuntime
import Testing

@testable import SlipwayKubernetes

@Suite("Namespaces that nobody looks at", .timeLimit(.minutes(1)))
struct IdleTests {
  @Test("The watches of a namespace end some time after the last look, and begin anew with the next")
  func idle() async throws {
    var state = ClusterState(now: SystemClock().now())
    state.addNamespace("shop")
    try await ClusterServer.run(state) { server in
      let clusters = ClusterBench.directory(of: server, idleLimit: .seconds(1))
      try await withThrowingTaskGroup(of: Void.self) { group in
        group.addTask { await clusters.run() }
        defer { group.cancelAll() }
        let place = clusters.place(KubernetesSpec(namespace: ClusterBench.namespace, router: .replicas, pinning: .tag))
        _ = try await Self.look(at: place)
        #expect(clusters.watchedNamespaces == 1)
        let lists = await Self.lists(server)
        // As long as somebody looks it is watched, and a look costs no call.
        for _ in 0..<8 {
          try await Task.sleep(for: .milliseconds(200))
          _ = try await Self.look(at: place)
        }
        #expect(clusters.watchedNamespaces == 1)
        #expect(await Self.lists(server) == lists)
        for _ in 0..<200 where clusters.watchedNamespaces > 0 { try await Task.sleep(for: .milliseconds(20)) }
        #expect(clusters.watchedNamespaces == 0)
        _ = try await Self.look(at: place)
        #expect(clusters.watchedNamespaces == 1)
        #expect(await Self.lists(server) == 2 * lists)
      }
    }
  }

  /// The first look may come before all is listed.
  private static func look(at place: any DeploymentTarget) async throws -> WorldObservation {
    for _ in 0..<200 {
      do { return try await place.observe(ClusterBench.key) } catch { try await Task.sleep(for: .milliseconds(10)) }
    }
    return try await place.observe(ClusterBench.key)
  }

  private static func lists(_ server: ClusterServer) async -> Int {
    await server.cluster.calls.filter { $0.key.verb == "list" }.values.reduce(0, +)
  }
}
