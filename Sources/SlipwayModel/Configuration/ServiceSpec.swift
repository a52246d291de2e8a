/// A deployable unit as the file describes it, with an environment's overrides already merged in.
package struct ServiceSpec: Hashable, Sendable, Codable {
  package let name: Name
  /// Shell command that makes the artifact, run once per release in the folder of the file; `nil` when there is none.
  package let build: String?
  /// File or folder whose digest is the release; relative to the folder of the file. Needed by the local target.
  package let artifact: String?
  /// Shell command that starts one replica in the unpacked artifact's folder; it gets `PORT`. Needed by the local target.
  package let run: String?
  /// Container image without tag, for Kubernetes.
  package let image: String?
  /// The port that the service has in a container; the local target chooses a free one per replica.
  package let port: Int?
  /// Environment variables of each replica.
  package let variables: Variables
  package let health: HealthSpec
  package let shutdown: ShutdownSpec
  package let resources: ResourceSpec?
  /// Services that have to be up before this one.
  package let dependsOn: [Name]
  /// The user's own objects that the workloads in a cluster are made from, as JSON by kind and name (`Deployment/api`); `nil`: Slipway's
  /// own. They are kept and sealed as variables are, since there may be Secrets among them.
  package let manifests: Variables?

  package init(
    name: Name, build: String? = nil, artifact: String? = nil, run: String? = nil, image: String? = nil, port: Int? = nil,
    variables: Variables = .none, health: HealthSpec = HealthSpec(), shutdown: ShutdownSpec = ShutdownSpec(),
    resources: ResourceSpec? = nil, dependsOn: [Name] = [], manifests: Variables? = nil
  ) {
    self.name = name
    self.build = build
    self.artifact = artifact
    self.run = run
    self.image = image
    self.port = port
    self.variables = variables
    self.health = health
    self.shutdown = shutdown
    self.resources = resources
    self.dependsOn = dependsOn
    self.manifests = manifests
  }

  private enum CodingKeys: String, CodingKey {
    case name, build, artifact, run, image, port, variables, health, shutdown, resources, manifests
    case dependsOn = "depends_on"
  }

  /// The same service with other variables, or the same ones sealed or with their values.
  package func with(variables: Variables) -> ServiceSpec {
    ServiceSpec(
      name: name, build: build, artifact: artifact, run: run, image: image, port: port, variables: variables, health: health,
      shutdown: shutdown, resources: resources, dependsOn: dependsOn, manifests: manifests)
  }

  /// The same service made from other manifests, or from the same ones sealed or with their content.
  package func with(manifests: Variables?) -> ServiceSpec {
    ServiceSpec(
      name: name, build: build, artifact: artifact, run: run, image: image, port: port, variables: variables, health: health,
      shutdown: shutdown, resources: resources, dependsOn: dependsOn, manifests: manifests)
  }
}

/// How the health of a replica is asked for.
package struct HealthSpec: Hashable, Sendable, Codable {
  /// Path whose answer 200...299 says that the process is alive; default `/health`.
  package let liveness: String
  /// Path whose answer 200...299 says that it can take traffic; default: the liveness path.
  package let readiness: String
  /// Time between two probes; default 1 s.
  package let interval: TimeSpan
  /// How long a probe may take; default 5 s.
  package let timeout: TimeSpan
  /// Consecutive failed probes after which a replica gets no more traffic; default 3.
  package let failures: Int
  /// How long a candidate has to stay ready before it may get traffic; default 2 s.
  package let minimumHealthyTime: TimeSpan
  /// How long a candidate may take to become ready before the release is refused; default 60 s.
  package let startupTimeout: TimeSpan

  package init(
    liveness: String = "/health", readiness: String? = nil, interval: TimeSpan = .seconds(1), timeout: TimeSpan = .seconds(5),
    failures: Int = 3, minimumHealthyTime: TimeSpan = .seconds(2), startupTimeout: TimeSpan = .seconds(60)
  ) {
    self.liveness = liveness
    self.readiness = readiness ?? liveness
    self.interval = interval
    self.timeout = timeout
    self.failures = failures
    self.minimumHealthyTime = minimumHealthyTime
    self.startupTimeout = startupTimeout
  }

  private enum CodingKeys: String, CodingKey {
    case liveness, readiness, failures
    case interval = "interval_ms"
    case timeout = "timeout_ms"
    case minimumHealthyTime = "minimum_healthy_time_ms"
    case startupTimeout = "startup_timeout_ms"
  }
}

/// How a replica is stopped: no new requests, wait for open ones, SIGTERM, wait, SIGKILL.
package struct ShutdownSpec: Hashable, Sendable, Codable {
  /// How long open requests may go on before the signal; default 30 s.
  package let drain: TimeSpan
  /// How long the process may take after SIGTERM before SIGKILL; default 10 s.
  package let grace: TimeSpan

  package init(drain: TimeSpan = .seconds(30), grace: TimeSpan = .seconds(10)) {
    self.drain = drain
    self.grace = grace
  }

  private enum CodingKeys: String, CodingKey {
    case drain = "drain_ms"
    case grace = "grace_ms"
  }
}

/// What one replica needs; Kubernetes quantities (`500m`, `1Gi`). The local target records them and does not enforce them.
package struct ResourceSpec: Hashable, Sendable, Codable {
  package let cpu: String?
  package let memory: String?

  package init(cpu: String? = nil, memory: String? = nil) {
    self.cpu = cpu
    self.memory = memory
  }
}
