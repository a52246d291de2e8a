/// Where in a cluster a service runs, and what divides its traffic there: all that the Kubernetes target needs beside the service.
package struct KubernetesSpec: Hashable, Sendable, Codable {
  /// Whether a version stands for the same image for ever.
  package enum ImagePinning: String, Codable, CaseIterable, Hashable, Sendable {
    /// The registry is asked for the tag's digest, and the pods run that.
    case digest
    /// The pods run the tag. For registries that only the cluster can reach; then a tag must never be moved.
    case tag
  }

  /// The context of the kubeconfig; `nil`: its current one, or the cluster that Slipway itself runs in.
  package let context: String?
  /// Files in the order in which they count, as in `KUBECONFIG`; empty: `KUBECONFIG`, or else `~/.kube/config`.
  package let kubeconfig: [String]
  /// The namespace of all objects of the service.
  package let namespace: Name
  /// What divides the requests.
  package let router: KubernetesRouter
  /// File or folder of manifests that the workloads start from, relative to the folder of the configuration until a plan is compiled;
  /// `nil`: Slipway's own. Their content is in ``ServiceSpec/manifests``.
  package let manifests: String?
  /// The Deployment whose pods have the service's requests before Slipway's first release, and may lose them to it; `nil`: there is none.
  package let adopts: String?
  /// What a version stands for.
  package let pinning: ImagePinning

  package init(
    context: String? = nil, kubeconfig: [String] = [], namespace: Name, router: KubernetesRouter = .replicas, manifests: String? = nil,
    adopts: String? = nil, pinning: ImagePinning = .digest
  ) {
    self.context = context
    self.kubeconfig = kubeconfig
    self.namespace = namespace
    self.router = router
    self.manifests = manifests
    self.adopts = adopts
    self.pinning = pinning
  }

  /// The settings for one service of a project in a folder: names and paths complete.
  package func completed(for service: Name, in folder: String) -> KubernetesSpec {
    func absolute(_ path: String) -> String { path.hasPrefix("/") || path.hasPrefix("~") ? path : "\(folder)/\(path)" }
    return KubernetesSpec(
      context: context, kubeconfig: kubeconfig.map(absolute), namespace: namespace, router: router.named(after: service),
      manifests: manifests.map(absolute), adopts: adopts, pinning: pinning)
  }
}

/// What divides the requests of a service between its slots in a cluster.
package enum KubernetesRouter: Hashable, Sendable {
  /// The selector of the service's own Service: all traffic to one slot, switched at once.
  case service
  /// The same Service over the pods of both slots: the share follows the replicas.
  case replicas
  /// A second Ingress with the canary annotations of the NGINX Ingress controller, beside the one that has this name.
  case nginx(ingress: String)
  /// The weights of a VirtualService.
  case istio(IstioRouter)
  /// The weights of an HTTPRoute of the Gateway API.
  case gatewayAPI(route: String)

  /// What messages call it: the word of the file.
  package var words: String {
    switch self {
    case .service: "service"
    case .replicas: "replicas"
    case .nginx(let ingress): "nginx (\(ingress))"
    case .istio(let router): "istio (\(router.virtualService))"
    case .gatewayAPI(let route): "gateway_api (\(route))"
    }
  }

  /// The same router with the service's name in the place of `{{service}}`.
  func named(after service: Name) -> KubernetesRouter {
    func named(_ text: String) -> String { text.replacing("{{service}}", with: service.description) }
    return switch self {
    case .service, .replicas: self
    case .nginx(let ingress): .nginx(ingress: named(ingress))
    case .istio(let router):
      .istio(
        IstioRouter(
          virtualService: named(router.virtualService), routes: router.routes, destinationRule: router.destinationRule.map(named)))
    case .gatewayAPI(let route): .gatewayAPI(route: named(route))
    }
  }

  /// Whether it divides requests by weights of its own; otherwise shares between 0 and 100 % are had by replicas or not at all.
  package var hasWeights: Bool {
    switch self {
    case .service, .replicas: false
    case .nginx, .istio, .gatewayAPI: true
    }
  }
}

/// Whose weights Slipway sets in an Istio mesh.
package struct IstioRouter: Hashable, Sendable, Codable {
  /// Name of the VirtualService.
  package let virtualService: String
  /// Names of the HTTP routes whose weights are set; empty: the only one there is.
  package let routes: [String]
  /// When the slots are subsets of one host: the DestinationRule that names them. `nil`: the slots are hosts of their own.
  package let destinationRule: String?

  package init(virtualService: String, routes: [String] = [], destinationRule: String? = nil) {
    self.virtualService = virtualService
    self.routes = routes
    self.destinationRule = destinationRule
  }

  private enum CodingKeys: String, CodingKey {
    case routes
    case virtualService = "virtual_service"
    case destinationRule = "destination_rule"
  }
}

extension KubernetesRouter: Codable {
  private enum CodingKeys: String, CodingKey {
    case kind, ingress, route, istio
  }

  private enum Kind: String, Codable {
    case service, replicas, nginx, istio
    case gatewayAPI = "gateway_api"
  }

  package init(from decoder: any Decoder) throws {
    let container = try decoder.container(keyedBy: CodingKeys.self)
    self =
      switch try container.decode(Kind.self, forKey: .kind) {
      case .service: .service
      case .replicas: .replicas
      case .nginx: .nginx(ingress: try container.decode(String.self, forKey: .ingress))
      case .istio: .istio(try container.decode(IstioRouter.self, forKey: .istio))
      case .gatewayAPI: .gatewayAPI(route: try container.decode(String.self, forKey: .route))
      }
  }

  package func encode(to encoder: any Encoder) throws {
    var container = encoder.container(keyedBy: CodingKeys.self)
    switch self {
    case .service: try container.encode(Kind.service, forKey: .kind)
    case .replicas: try container.encode(Kind.replicas, forKey: .kind)
    case .nginx(let ingress):
      try container.encode(Kind.nginx, forKey: .kind)
      try container.encode(ingress, forKey: .ingress)
    case .istio(let router):
      try container.encode(Kind.istio, forKey: .kind)
      try container.encode(router, forKey: .istio)
    case .gatewayAPI(let route):
      try container.encode(Kind.gatewayAPI, forKey: .kind)
      try container.encode(route, forKey: .route)
    }
  }
}
