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
    switch spec.router {
    case .service: RootSelector(service: service, dividesByReplicas: false)
    case .replicas: RootSelector(service: service, dividesByReplicas: true)
    case .nginx(let ingress): CanaryIngress(service: service, ingress: ingress)
    case .istio(let router): VirtualServiceWeights(service: service, spec: router)
    case .gatewayAPI(let route): HTTPRouteWeights(service: service, route: route)
    }
  }

  func writer(_ key: DeploymentKey, _ operation: Operation, _ priority: ClusterCall.Priority = .ordinary) throws -> FencedWriter {
    FencedWriter(view: try view(), key: key, operation: operation, priority: priority, tenure: clusters.tenure)
  }

  /// Every object that a rollout of the service may write, so that an older writer can be kept from all of them.
  func written(_ service: ManagedService) -> [ObjectKey] {
    Slot.allCases.map { service.deployment(of: $0) } + router(of: service).reads.objects
  }

  // MARK: Preparing

  /// Resolves the image and asks the cluster what it would refuse; all of it is said at once.
  func check(_ request: PrepareRequest, listen: ListenAddress?) async throws {
    let service = try service(request.key)
    if request.trial?.isFirst == true { try await requireUnserved(service) }
    let artifact = try await digest(of: request)
    let preflight = Preflight(client: try view().client, service: service, spec: spec)
    let report = try await preflight.report(on: try candidate(request, service, artifact))
    guard let first = report.problems.first else { return }
    guard report.problems.count > 1 else { throw first }
    let list = report.problems.enumerated()
    throw SlipwayError(
      first.code, first.kind,
      "the cluster would refuse this release for \(report.problems.count) reasons:"
        + list.map { "\n  \($0 + 1). \($1.message) [\($1.code.rawValue)]" }.joined(),
      remedy: list.map { "\n  \($0 + 1). \($1.remedy)" }.joined())
  }

  /// A first release has nothing to go back to, and taking it back leaves nobody behind the service's address. So it may not begin where
  /// pods answer already: those of somebody else, or of a release that another journal knows.
  private func requireUnserved(_ service: ManagedService) async throws {
    let services = [service.root] + Slot.allCases.map { service.service(of: $0) }
    let names = services.map(\.name).joined(separator: ",")
    let call = ClusterCall("look at the endpoints of \(service.root.name)")
    let slices = try await view().client.list(
      .endpointSlice, in: spec.namespace.description, ObjectSelection(labels: "\(Label.serviceOfSlice) in (\(names))"), call
    ).objects
    let ready = SlotReader.readyEndpoints(slices)
    guard !ready.isEmpty else { return }
    throw SlipwayError(
      .serviceInUse, .refused,
      "the Service '\(service.root.name)' of namespace '\(spec.namespace)' leads to \(ready.count) running pods, and no release of it is in this journal",
      remedy: "use the state folder of the server that deployed it; a service that something else deployed needs another name here for now")
  }

  /// The objects that would be applied, for a trial.
  private func candidate(
    _ request: PrepareRequest, _ service: ManagedService, _ artifact: Digest
  ) throws(SlipwayError) -> Preflight.Candidate {
    guard let trial = request.trial else { return Preflight.Candidate() }
    let release = Release(version: request.version, artifact: artifact, configuration: trial.configuration)
    let workload = Workload(key: request.key, slot: trial.slot, release: release, replicas: trial.replicas, service: trial.service)
    let slot = SlotWorkload(service: service, workload: workload, image: try image(of: workload))
    return Preflight.Candidate(slot: trial.slot, documents: slot.objects)
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
  static let serviceInUse = Self("service-in-use")
}
