import SlipwayModel
import SlipwayPorts
import SlipwayProxy

extension SlipwayError.Code {
  static let staleEpoch = Self("stale-epoch")
  static let staleCall = Self("stale-call")
  static let slotHasTraffic = Self("slot-has-traffic")
  static let slotEmpty = Self("slot-empty")
  static let runMissing = Self("run-missing")
  static let agentStopping = Self("agent-stopping")
}

/// What the control API asks for.
extension Supervisor {
  /// Makes a slot run this workload. Repeated with the same one it changes nothing.
  ///
  /// - Throws: `SlipwayError`: `stale-epoch`, `stale-call`, `slot-has-traffic`, `run-missing`, `agent-stopping`, those of
  ///   `ReleaseStore.verify` and of the state folder.
  func ensure(_ workload: Workload, _ operation: Operation) async throws {
    let id = SlotID(key: workload.key, slot: workload.slot)
    try await turns.inTurn("\(workload.key)") {
      try admit(operation, for: workload.key)
      guard workload.service.run != nil else {
        throw SlipwayError(
          .runMissing, .input, "\(workload.key.service) has no `run` command, so it can't run on this machine",
          remedy: "set `run` in the service")
      }
      guard workload.service.variables.values != nil else {
        throw SlipwayError(
          .requestInvalid, .input, "the variables of \(workload.key) came without their values",
          remedy: "server and agent may be of different versions: restart the agent with this one")
      }
      if workload.replicas < 1 { try refuseWithTraffic(id, "scaled to \(workload.replicas) replicas") }
      if desired[workload.key]?[workload.slot] != workload {
        _ = try await releases.verify(workload.key.service, workload.release.version, workload.release.artifact)
      }
      var state = desired[workload.key] ?? DesiredState(key: workload.key)
      state.epoch = max(state.epoch, operation.epoch)
      state[workload.slot] = workload
      if state != desired[workload.key] { try save(state) }
      slots[id, default: SlotState()].workload = workload
      converge(id)
      await startDue(id)
    }
  }

  /// Stops what runs in a slot and returns when it is gone.
  ///
  /// - Throws: `SlipwayError`: `stale-epoch`, `stale-call`, `slot-has-traffic`, `agent-stopping`, those of the state folder, and
  ///   `process-stuck` when something of it outlives SIGKILL.
  func retire(_ key: DeploymentKey, slot: Slot, _ operation: Operation) async throws {
    let id = SlotID(key: key, slot: slot)
    try await turns.inTurn("\(key)") {
      try admit(operation, for: key)
      try refuseWithTraffic(id, "retired")
      var state = desired[key] ?? DesiredState(key: key)
      state.epoch = max(state.epoch, operation.epoch)
      state[slot] = nil
      if state != desired[key] { try save(state) }
      slots[id]?.workload = nil
      converge(id)
    }
    try await waitUntilEmpty([id])
  }

  /// Puts a split in force, opening the listener first when there is none.
  ///
  /// - Throws: `SlipwayError`: `stale-epoch`, `stale-call`, `slot-empty`, `agent-stopping`, those of the proxy and the state folder.
  func apply(_ split: TrafficSplit, for key: DeploymentKey, listen: ListenAddress?, sticky: Bool, _ operation: Operation) async throws {
    try await turns.inTurn("\(key)") {
      try admit(operation, for: key)
      for slot in Slot.allCases where split.weight(of: slot) > .zero && (desired[key]?[slot]?.replicas ?? 0) < 1 {
        throw SlipwayError(
          .slotEmpty, .refused,
          "the \(slot.rawValue) slot of \(key) can't get \(split.weight(of: slot)) of the traffic: nothing runs in it",
          remedy: "let a release run in the slot first")
      }
      var state = desired[key] ?? DesiredState(key: key)
      if operation.epoch > state.epoch || desired[key] == nil {
        state.epoch = max(state.epoch, operation.epoch)
        try save(state)
      }
      let present = proxy.configuration[key]
      let isOpen = await proxy.status(key) != nil
      var route = present ?? RouteConfiguration(key: key, listen: Self.unlisted)
      route.listen = listen ?? route.listen
      let moved = route.listen != present?.listen
      let changed = present?.split != split || present?.sticky != sticky
      route.split = split
      route.sticky = sticky
      if !isOpen || moved {
        try await proxy.update(route: route)
      } else if changed {
        try await proxy.apply(split: split, sticky: sticky, for: key)
      }
      guard changed || moved else { return }
      let green = split.green.map { "blue \($0.complement), green \($0)" } ?? "nobody"
      tell(SlotID(key: key, slot: .blue), nil, .trafficChanged, "traffic goes to: \(green)")
    }
  }

  /// Where a route listens whose address nobody has told yet: its replicas are asked for their health already.
  static let unlisted = ListenAddress(host: "127.0.0.1", port: 0)

  /// Refuses an outdated writer, a call that a later one of the same writer has overtaken, and everyone while the agent is being stopped.
  private func admit(_ operation: Operation, for key: DeploymentKey) throws {
    if isStopping {
      throw SlipwayError(.agentStopping, .refused, "the agent is being stopped", remedy: "start it again with `slipway agent --detach`")
    }
    let newest = desired[key]?.epoch ?? 0
    guard operation.epoch >= newest else {
      throw SlipwayError(
        .staleEpoch, .refused,
        "\(operation.name) of rollout \(operation.rollout) is refused: it acts under epoch \(operation.epoch) of \(key), and epoch \(newest) exists",
        remedy: "another writer has taken over this service; see `slipway status`")
    }
    // Only while this agent lives: what was on its way to one that is gone never arrives.
    if let last = newestCalls[key], last.epoch == operation.epoch, operation.sequence < last.sequence {
      throw SlipwayError(
        .staleCall, .refused,
        "\(operation.name) number \(operation.sequence) of rollout \(operation.rollout) is refused: number \(last.sequence) has arrived before it",
        remedy: "nothing has to be done: the rollout has decided otherwise since")
    }
    newestCalls[key] = (operation.epoch, operation.sequence)
  }

  private func refuseWithTraffic(_ id: SlotID, _ verb: String) throws {
    let weight = proxy.configuration[id.key]?.split.weight(of: id.slot) ?? .zero
    guard weight > .zero else { return }
    throw SlipwayError(
      .slotHasTraffic, .refused, "the \(id.slot.rawValue) slot of \(id.key) can't be \(verb): it gets \(weight) of the traffic",
      remedy: "send the traffic to the other slot first")
  }
}
