import ClusterDouble
import SlipwayEngine
import SlipwayModel
import SlipwayRuntime
import Testing

/// Two services behind one route.
@Suite("Services that share a route", .timeLimit(.minutes(2)))
struct SharedRouteTests {
  private typealias Bench = ClusterBench

  @Test("A service with few rollouts goes its way behind a route that another with many has written")
  func epochs() async throws {
    try await Bench.run { bench in
      try await bench.create("Ingress", Self.ingress)
      try await bench.withEngine { engine in
        for version in ["v1", "v2", "v3"] {
          let rollout = try await bench.deploy(Self.request("api", version), engine)
          #expect(rollout.phase == .succeeded, "\(String(describing: rollout.reason))")
        }
        for version in ["v1", "v2"] {
          let rollout = try await bench.deploy(Self.request("web", version), engine)
          #expect(rollout.phase == .succeeded, "\(String(describing: rollout.reason))")
        }
        let api = try await bench.deploy(Self.request("api", "v4"), engine)
        #expect(api.phase == .succeeded, "\(String(describing: api.reason))")
      }
    }
  }

  private static let ingress: JSONValue = [
    "apiVersion": "networking.k8s.io/v1", "kind": "Ingress", "metadata": ["name": "shop", "namespace": "shop"],
    "spec": [
      "ingressClassName": "nginx",
      "rules": [["http": ["paths": [path("/api", "api"), path("/web", "web")]]]],
    ],
  ]

  private static func path(_ prefix: String, _ service: String) -> JSONValue {
    [
      "path": .text(prefix), "pathType": "Prefix",
      "backend": ["service": ["name": .text(service), "port": ["number": 80]]],
    ]
  }

  private static func request(_ name: String, _ version: String) -> DeployRequest {
    let router = KubernetesRouter.nginx(ingress: "shop")
    let service = ServiceSpec(
      name: Name(name)!, image: "example.com/\(name)", port: 8000,
      health: HealthSpec(minimumHealthyTime: .milliseconds(100), startupTimeout: .seconds(20)),
      shutdown: ShutdownSpec(drain: .seconds(1), grace: .seconds(1)))
    return DeployRequest(
      service: service.name, version: Version(version)!,
      environment: EnvironmentSpec(
        name: Bench.key.environment, target: .kubernetes, listen: [:], replicas: 1, services: [service],
        strategy: Bench.canary(50), rollback: RollbackSpec(), namespace: Bench.namespace.description,
        kubernetes: KubernetesSpec(namespace: Bench.namespace, router: router, pinning: .tag)),
      configuration: Digest(hashing: Array(version.utf8)), folder: "project", reason: "a test", actor: Bench.person)
  }
}
