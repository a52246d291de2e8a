import SlipwayModel

/// Reads `cluster` of an environment.
struct ClusterReader {
  let sink: DiagnosticSink

  /// - Returns: `nil` when the environment has no namespace, which is reported where a target needs one.
  func read(_ environment: View) -> KubernetesSpec? {
    guard let namespace = environment.text("namespace").flatMap({ Name($0) }) else { return nil }
    let cluster = environment.view("cluster")
    let files = cluster.text("kubeconfig").map { [$0] } ?? cluster.items("kubeconfig").compactMap { $0.scalar?.text }
    return KubernetesSpec(
      context: cluster.text("context"), kubeconfig: files, namespace: namespace, router: router(cluster),
      manifests: cluster.text("manifests"), adopts: cluster.text("adopt"),
      pinning: cluster.text("image_pinning").flatMap { KubernetesSpec.ImagePinning(rawValue: $0) } ?? .digest)
  }

  private func router(_ cluster: View) -> KubernetesRouter {
    let stated = cluster.view("router")
    if stated.entries.count > 1, let second = stated.entries.dropFirst().first {
      sink.error(
        .conflictingKeys, at: second.place, "a service has one router, and here are \(stated.entries.count)",
        remedy: "keep the one that the service's requests come through")
    }
    let word = cluster.text("router") ?? stated.entries.first?.key
    let service = "{{service}}"
    switch word {
    case "service": return .service
    case "nginx": return .nginx(ingress: stated.view("nginx").text("ingress") ?? service)
    case "istio":
      let istio = stated.view("istio")
      return .istio(
        IstioRouter(
          virtualService: istio.text("virtual_service") ?? service, routes: istio.items("routes").compactMap { $0.scalar?.text },
          destinationRule: istio.text("destination_rule")))
    case "gateway_api": return .gatewayAPI(route: stated.view("gateway_api").text("route") ?? service)
    default: return .replicas
    }
  }
}
