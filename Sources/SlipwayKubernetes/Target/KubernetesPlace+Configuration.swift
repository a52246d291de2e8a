import SlipwayModel

extension KubernetesPlace {
  /// Deletes the ConfigMaps and Secrets that Slipway made for the release that a slot had before, unless either slot reads them now. A slot
  /// takes a new release when its pods are gone; while any are left, what they read is left too.
  func removeConfiguration(
    of before: ObjectDocument, _ writer: FencedWriter, _ service: ManagedService, _ slot: Slot
  ) async throws {
    guard (before.status?["replicas"]?.integer ?? 0) == 0, spec.manifests != nil else { return }
    var used: Set<ConfigurationNames.Reference> = []
    for slot in Slot.allCases {
      let key = service.deployment(of: slot)
      if let present = try await view().client.get(key, ClusterCall("look at \(key)")) {
        used.formUnion(ConfigurationNames.used(by: present))
      }
    }
    for reference in ConfigurationNames.used(by: before).subtracting(used).sorted(by: { $0.name < $1.name }) {
      let kind = reference.kind == ResourceKind.secret.kind ? ResourceKind.secret : .configMap
      let key = service.object(kind, reference.name)
      try await writer.write(key) { present in
        guard let present, present.json["immutable"]?.flag == true, present.labels[Label.managedBy] == Label.slipway,
          present.labels[Label.service] == service.key.service.description,
          present.labels[Label.environment] == service.key.environment.description
        else { return nil }
        return .delete(key, version: present.resourceVersion)
      }
    }
  }
}
