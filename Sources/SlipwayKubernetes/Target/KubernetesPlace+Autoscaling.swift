import SlipwayModel

extension KubernetesPlace {
  /// The autoscaler of a slot; `nil` when it has none. Asked for at each change of a slot, and not watched in between.
  func autoscaler(of slot: Slot, _ service: ManagedService) async throws -> ObjectKey? {
    let call = ClusterCall("look for autoscalers of \(service.name(of: slot))")
    let all = try await view().client.list(.horizontalPodAutoscaler, in: spec.namespace.description, .all, call).objects
    let own = all.first { Autoscaler($0).targets(service.deployment(of: slot)) }
    return own?.name.map { service.object(.horizontalPodAutoscaler, $0) }
  }

  /// Keeps an autoscaler from taking away what a rollout needs, until ``restoreAutoscalers(_:_:)``.
  func lift(_ autoscaler: ObjectKey, to replicas: Int, _ writer: FencedWriter) async throws {
    try await writer.write(autoscaler) { present in
      guard let before = present.map({ Autoscaler($0) }) else { return nil }
      return before.patch(to: before.lifted(to: replicas), at: autoscaler)
    }
  }

  /// Gives both slots' autoscalers the bounds back that they had before the rollout.
  func restoreAutoscalers(_ service: ManagedService, _ writer: FencedWriter) async throws {
    for slot in Slot.allCases {
      guard let autoscaler = try await autoscaler(of: slot, service) else { continue }
      try await writer.write(autoscaler) { present in
        guard let before = present.map({ Autoscaler($0) }) else { return nil }
        return before.patch(to: before.restored(), at: autoscaler)
      }
    }
  }
}
