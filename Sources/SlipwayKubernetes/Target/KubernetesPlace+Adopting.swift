import SlipwayModel

extension KubernetesPlace {
  /// A first release has nothing to go back to, and taking it back leaves nobody behind the service's address. So it may not begin where
  /// pods answer already: those of somebody else, or of a release that another journal knows. The pods of a Deployment that is adopted are
  /// the exception: the address goes back to them.
  func requireUnserved(_ service: ManagedService, adopting name: String?) async throws {
    let services = [service.root] + Slot.allCases.map { service.service(of: $0) }
    let names = services.map(\.name).joined(separator: ",")
    let call = ClusterCall("look at the endpoints of \(service.root.name)")
    let slices = try await view().client.list(
      .endpointSlice, in: spec.namespace.description, ObjectSelection(labels: "\(Label.serviceOfSlice) in (\(names))"), call
    ).objects
    var ready = SlotReader.readyEndpoints(slices)
    if let name {
      try requireSelectorRouter(name)
      ready.subtract(try await pods(of: name))
    }
    guard !ready.isEmpty else { return }
    throw SlipwayError(
      .serviceInUse, .refused,
      "the Service '\(service.root.name)' of namespace '\(spec.namespace)' leads to \(ready.count) running pods"
        + (name.map { " that are not of Deployment '\($0)'" } ?? "") + ", and no release of it is in this journal",
      remedy: "use the state folder of the server that deployed it; to take over what something else deployed, name its Deployment with "
        + "`cluster: { adopt: … }`, which `slipway init --from-cluster` writes")
  }

  /// Only the selector can be given back in one write.
  private func requireSelectorRouter(_ name: String) throws(SlipwayError) {
    switch spec.router {
    case .service, .replicas: return
    case .nginx, .istio, .gatewayAPI:
      throw SlipwayError(
        .adoptionNotPossible, .input, "Deployment '\(name)' can't be adopted behind the router '\(spec.router.words)'",
        remedy: "adopt it with `router: service` or `router: replicas`; a later release may use `nginx` instead")
    }
  }

  /// Names of the pods that a Deployment has, by its selector.
  private func pods(of name: String) async throws -> Set<String> {
    let key = ObjectKey(.deployment, namespace: spec.namespace.description, name: name)
    let client = try view().client
    guard let deployment = try await client.get(key, ClusterCall("look at \(key)")) else {
      throw SlipwayError(
        .adoptionNotPossible, .input, "there is no Deployment '\(name)' in the namespace '\(spec.namespace)'",
        remedy: "correct `adopt` under `cluster`, or remove it when nothing is to be taken over")
    }
    let labels = (deployment.spec?["selector"]?["matchLabels"]?.members ?? [:]).compactMapValues(\.text)
    guard !labels.isEmpty else { return [] }
    let selection = ObjectSelection(labels: labels.sorted { $0.key < $1.key }.map { "\($0.key)=\($0.value)" }.joined(separator: ","))
    let pods = try await client.list(.pod, in: spec.namespace.description, selection, ClusterCall("look at the pods of \(key)")).objects
    return Set(pods.compactMap(\.name))
  }
}

extension SlipwayError.Code {
  static let serviceInUse = Self("service-in-use")
  static let adoptionNotPossible = Self("adoption-not-possible")
}
