import SlipwayKubernetes
import SlipwayModel

/// A service in a cluster as tests use it: `api` in the environment `production`, namespace `shop`.
enum Sample {
  static func name(_ text: String) -> Name { Name(text)! }

  static let key = DeploymentKey(service: name("api"), environment: name("production"))

  static func service(_ key: DeploymentKey = key) throws -> ManagedService {
    try ManagedService(key: key, namespace: name("shop"))
  }

  static let spec = ServiceSpec(
    name: name("api"), image: "registry.example/shop/api", port: 9000,
    variables: ["DATABASE_URL": "postgres://db/shop", "LIMIT": "10"],
    health: HealthSpec(
      liveness: "/live", readiness: "/ready", interval: .seconds(2), timeout: .milliseconds(1500), failures: 4,
      minimumHealthyTime: .seconds(5), startupTimeout: .seconds(90)),
    shutdown: ShutdownSpec(drain: .seconds(15), grace: .seconds(20)), resources: ResourceSpec(cpu: "250m", memory: "256Mi"))

  static func release(_ version: String = "1.4.2") -> Release {
    Release(
      version: Version(version)!, artifact: Digest(hashing: "artifact \(version)".utf8),
      configuration: Digest(hashing: "configuration \(version)".utf8))
  }

  static let image = "registry.example/shop/api@sha256:" + Digest(hashing: "image".utf8).hexadecimal

  static func slot(
    _ slot: Slot = .green, version: String = "1.4.2", replicas: Int = 3, spec: ServiceSpec = spec, fence: Fence? = nil,
    cluster: ClusterVersion = .assumed
  ) throws -> SlotWorkload {
    SlotWorkload(
      service: try service(), workload: Workload(key: key, slot: slot, release: release(version), replicas: replicas, service: spec),
      image: image, plan: Digest(hashing: "plan".utf8), fence: fence, project: name("shop"), cluster: cluster)
  }
}
