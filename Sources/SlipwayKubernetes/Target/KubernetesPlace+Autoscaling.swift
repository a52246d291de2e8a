import SlipwayModel

extension KubernetesPlace {
  /// The autoscaler of a slot; `nil` when it has none. Asked for at each change of a slot, and not watched in between.
  func autoscaler(of slot: Slot, _ service: ManagedService) async throws -> ObjectKey? {
    let call = ClusterCall("look for autoscalers of \(service.name(of: slot))")
    let all = try await view().client.list(.horizontalPodAutoscaler, in: spec.namespace.description, .all, call).objects
    let own = all.first { Autoscaler($0).targets(service.deployment(of: slot)) }
    return own?.name.map { service.object(.horizontalPodAutoscaler, $0) }
  }

  /// Keeps the autoscaler of the slot that gives its traffic away from taking replicas that the way back needs: with fewer requests it
  /// looks idle (flagger #1600). Not where numbers of replicas make the share, since there the slot has to give some up.
  func hold(_ slot: Slot, _ service: ManagedService, _ writer: FencedWriter) async throws {
    guard spec.router != .replicas, let autoscaler = try await autoscaler(of: slot, service) else { return }
    let call = ClusterCall("read \(service.name(of: slot))")
    let deployment = try await view().client.get(service.deployment(of: slot), call)
    guard let running = deployment?.spec?["replicas"]?.integer, running > 0 else { return }
    try await lift(autoscaler, to: running, writer)
  }

  /// How many replicas a slot needs for all of the traffic: what is asked for, and no fewer than the other slot's autoscaler found
  /// necessary. Where numbers of replicas make the share, and in a step of a rolling update, what is asked for.
  func capacity(for workload: Workload, _ service: ManagedService) async throws -> Int {
    let other = workload.slot.other
    guard workload.isWhole, spec.router != .replicas, try await autoscaler(of: other, service) != nil else { return workload.replicas }
    let call = ClusterCall("read \(service.name(of: other))")
    let deployment = try await view().client.get(service.deployment(of: other), call)
    return max(workload.replicas, deployment?.spec?["replicas"]?.integer ?? 0)
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
