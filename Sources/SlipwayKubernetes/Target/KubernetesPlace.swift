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
    FencedWriter(view: try view(), key: key, operation: operation, priority: priority)
  }

  /// Every object that a rollout of the service may write, so that an older writer can be kept from all of them.
  func written(_ service: ManagedService) -> [ObjectKey] {
    Slot.allCases.map { service.deployment(of: $0) } + router(of: service).reads.objects
  }

  // MARK: Preparing

  func check(_ request: PrepareRequest, listen: ListenAddress?) async throws {
    let view = try view()
    let service = try service(request.key)
    let namespace = ObjectKey(.namespace, namespace: nil, name: spec.namespace.description)
    guard try await view.client.get(namespace, ClusterCall("look for the namespace \(spec.namespace)")) != nil else {
      throw SlipwayError(
        .namespaceMissing, .input, "there is no namespace '\(spec.namespace)' in the cluster",
        remedy: "create it with `kubectl create namespace \(spec.namespace)`, or correct `namespace` of the environment")
    }
    for object in router(of: service).reads.objects where object.kind != .service {
      _ = try await view.client.get(object, ClusterCall("look at \(object)"))
    }
    _ = try await digest(of: request)
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
  static let namespaceMissing = Self("namespace-missing")
  static let imageMissing = Self("image-missing")
}
