import SlipwayModel
import SlipwayProxy

/// What the proxy is told of the processes.
extension Supervisor {
  /// Tells the proxy which replicas of a slot may get requests, when that has changed. It asks them for their health itself and
  /// sends nothing to one that has not answered well.
  func publish(_ id: SlotID) async {
    while slots[id]?.isPublishing == true {
      try? await Task.sleep(for: .milliseconds(5))
      if Task.isCancelled { return }
    }
    // While everything is stopped the proxy goes first, and takes no more changes.
    guard let slot = slots[id], !isStopping else { return }
    let probe = slot.workload.map { HealthProbe($0.service.health) } ?? slot.published?.probe ?? HealthProbe()
    let wanted = SlotConfiguration(endpoints: slot.endpoints, probe: probe)
    guard wanted != slot.published, !(slot.published == nil && wanted.endpoints.isEmpty && proxy.configuration[id.key] == nil) else {
      return
    }
    slots[id]?.isPublishing = true
    defer { slots[id]?.isPublishing = false }
    do {
      if proxy.configuration[id.key] == nil {
        try await proxy.update(route: RouteConfiguration(key: id.key, listen: Self.unlisted))
      }
      try await proxy.setEndpoints(wanted.endpoints, probe: probe, slot: id.slot, for: id.key)
      slots[id]?.published = wanted
    } catch {
      tell(id, nil, .trouble, "the proxy could not be told of the replicas: \(error)")
    }
  }

  /// Notes which processes have become ready for the first time.
  func lookAtReadiness(_ id: SlotID) async {
    guard slots[id]?.replicas.values.contains(where: { $0.process.map { $0.boundAt != nil && !$0.wasReady } ?? false }) == true,
      let status = await proxy.status(id.key)
    else { return }
    let ready = Set(status[id.slot].endpoints.filter(\.ready).map(\.endpoint.id))
    for (index, replica) in slots[id]?.replicas ?? [:] where replica.process.map({ ready.contains($0.record.instance) }) ?? false {
      slots[id]?.replicas[index]?.process?.wasReady = true
    }
  }

  /// Tells the proxy of all slots, those that have lost their processes while no agent was running included.
  func publishAll() async {
    for route in proxy.configuration.routes {
      for slot in Slot.allCases {
        let id = SlotID(key: route.key, slot: slot)
        slots[id, default: SlotState()].published = route[slot]
      }
    }
    for id in slots.keys { await publish(id) }
  }

  /// A route whose address was in use when the agent started is tried again.
  func reopenRoutes() async {
    for key in desired.keys.sorted() {
      guard let route = proxy.configuration[key], await proxy.status(key) == nil, !isStopping else { continue }
      do { try await proxy.update(route: route) } catch {
        tell(SlotID(key: key, slot: .blue), nil, .trouble, "the proxy still can't listen at \(route.listen): \(error)")
      }
    }
  }
}
