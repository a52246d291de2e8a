import SlipwayModel
import SlipwayPorts

/// A namespace of a cluster as a target and a router: two Deployments for each service, and what divides its traffic.
struct KubernetesPlace: DeploymentTarget, TrafficRouter {
  let spec: KubernetesSpec
  let clusters: Clusters

  var clock: any EngineClock { clusters.clock }

  func view() throws -> NamespaceView { try clusters.namespace(of: spec) }

  func service(_ key: DeploymentKey) throws -> ManagedService { try ManagedService(key: key, namespace: spec.namespace) }

  func router(of service: ManagedService) -> any ClusterRouter {
    spec.router.router(for: service, adopting: spec.adopts != nil)
  }

  func writer(_ key: DeploymentKey, _ operation: Operation, _ priority: ClusterCall.Priority = .ordinary) throws -> FencedWriter {
    FencedWriter(view: try view(), key: key, operation: operation, priority: priority, term: clusters.term)
  }

  /// Every object that a rollout of the service may write, so that an older writer can be kept from all of them.
  func written(_ service: ManagedService) -> [ObjectKey] {
    Slot.allCases.map { service.deployment(of: $0) } + router(of: service).reads.objects
  }

  // MARK: Preparing

  /// Resolves the image and asks the cluster what it would refuse; all of it is said at once.
  func check(_ request: PrepareRequest, listen: ListenAddress?) async throws {
    let service = try service(request.key)
    if request.trial?.isFirst == true { try await requireUnserved(service, adopting: spec.adopts) }
    let artifact = try await digest(of: request)
    let view = try view()
    let preflight = Preflight(client: view.client, service: service, spec: spec, granted: view.granted)
    let report = try await preflight.report(on: try await candidate(request, service, artifact))
    guard let first = report.problems.first else { return }
    guard report.problems.count > 1 else { throw first }
    let list = report.problems.enumerated()
    throw SlipwayError(
      first.code, first.kind,
      "the cluster would refuse this release for \(report.problems.count) reasons:"
        + list.map { "\n  \($0 + 1). \($1.message) [\($1.code.rawValue)]" }.joined(),
      remedy: list.map { "\n  \($0 + 1). \($1.remedy)" }.joined())
  }

  /// The objects that would be applied, for a trial.
  private func candidate(
    _ request: PrepareRequest, _ service: ManagedService, _ artifact: Digest
  ) async throws -> Preflight.Candidate {
    guard let trial = request.trial else { return Preflight.Candidate() }
    let release = Release(version: request.version, artifact: artifact, configuration: trial.configuration)
    let workload = Workload(key: request.key, slot: trial.slot, release: release, replicas: trial.replicas, service: trial.service)
    return Preflight.Candidate(slot: trial.slot, documents: try await slotWorkload(of: workload).objects())
  }

  func prepare(_ request: PrepareRequest, _ operation: Operation) async throws -> Digest {
    try await digest(of: request)
  }

  private func digest(of request: PrepareRequest) async throws -> Digest {
    switch spec.pinning {
    case .digest: try await clusters.resolveImage(request.artifact)
    // The name stands for the image: whoever moves the tag is not noticed.
    case .tag: Digest(hashing: Array(request.artifact.utf8))
    }
  }

  /// What the pods of a workload run.
  func image(of workload: Workload) throws(SlipwayError) -> String {
    guard let image = workload.service.image else {
      throw SlipwayError(
        .imageMissing, .input, "service '\(workload.key.service)' has no image", remedy: "state `image:` for the service")
    }
    switch spec.pinning {
    case .digest: return "\(image)@\(workload.release.artifact)"
    case .tag: return "\(image):\(workload.release.version)"
    }
  }
}

extension SlipwayError.Code {
  static let imageMissing = Self("image-missing")
}
