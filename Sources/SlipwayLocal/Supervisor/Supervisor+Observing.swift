import Glibc
import SlipwayModel
import SlipwayProxy

/// What the control API tells.
extension Supervisor {
  func observe(_ key: DeploymentKey) async -> WorldObservation {
    let status = await proxy.status(key)
    let isKnown = proxy.configuration[key] != nil
    return WorldObservation(
      at: clock.now(), blue: observation(of: SlotID(key: key, slot: .blue), status),
      green: observation(of: SlotID(key: key, slot: .green), status),
      // Without a route nobody gets traffic; a route that is not open can't be asked.
      split: status?.split ?? (isKnown ? nil : TrafficSplit.none))
  }

  private func observation(of id: SlotID, _ status: RouteStatus?) -> SlotObservation {
    guard let slot = slots[id] else { return SlotObservation(inFlight: status?[id.slot].inFlight ?? 0) }
    let desired = slot.workload?.replicas ?? 0
    let processes = slot.replicas.values.compactMap(\.process)
    let present = Set(processes.map(\.record.instance))
    let started = Set(processes.filter(\.wasReady).map(\.record.instance))
    let endpoints = (status?[id.slot].endpoints ?? []).filter { present.contains($0.endpoint.id) }
    let ready = endpoints.filter(\.ready)
    let probed = Dictionary(endpoints.map { ($0.endpoint.id, $0) }) { _, newest in newest }
    let since = ready.compactMap(\.readySince).sorted()
    return SlotObservation(
      release: slot.workload?.release ?? slot.processes.first?.record.release, desiredReplicas: desired, readyReplicas: ready.count,
      readySince: desired > 0 && since.count >= desired ? since[desired - 1] : nil,
      consecutiveFailures: endpoints.filter { started.contains($0.endpoint.id) }.map(\.consecutiveFailures).max() ?? 0,
      restarts: slot.history?.restarts ?? 0,
      lastExit: slot.history?.lastExit, failedProbe: failedProbe(slot, probed), inFlight: status?[id.slot].inFlight ?? 0)
  }

  /// See `SlotObservation.failedProbe`.
  private func failedProbe(_ slot: SlotState, _ probed: [String: EndpointStatus]) -> String? {
    var ofReady: String?
    for (index, replica) in slot.replicas.sorted(by: { $0.key < $1.key }) {
      guard let process = replica.process, process.record.pid != nil, process.exit == nil else { continue }
      let status = probed[process.record.instance]
      let failure =
        process.boundAt == nil
        ? "replica \(index) does not listen at port \(process.record.port)\(Self.elsewhere(process.otherPorts))"
        : status?.lastFailure.map { "\($0) on replica \(index)" }
      guard let words = failure.map(Redaction(secrets: process.record.secrets).apply) else { continue }
      if status?.ready != true { return words }
      ofReady = ofReady ?? words
    }
    return ofReady
  }

  /// Every slot that has processes or ought to have some, in order.
  func reports() async -> [SlotReport] {
    var result: [SlotReport] = []
    for id in slots.keys.sorted(by: { ("\($0.key)", $0.slot.rawValue) < ("\($1.key)", $1.slot.rawValue) }) {
      let status = await proxy.status(id.key)
      guard let slot = slots[id], slot.workload != nil || !slot.isEmpty else { continue }
      let ready = Set((status?[id.slot].endpoints ?? []).filter(\.ready).map(\.endpoint.id))
      let processes = slot.processes.map { process in
        ProcessReport(
          replica: process.record.replica, version: process.record.release.version, pid: process.record.pid.map(Int.init),
          port: process.record.port, startedAt: process.record.startedAt, bound: process.boundAt != nil,
          ready: ready.contains(process.record.instance), stopping: process.isStopping,
          log: state.log(of: id.key, slot: id.slot, replica: process.record.replica))
      }
      result.append(
        SlotReport(
          key: id.key, slot: id.slot, release: slot.workload?.release, replicas: slot.workload?.replicas ?? 0,
          weight: status?.split.weight(of: id.slot) ?? .zero, listen: status?.listen,
          restarts: slot.history?.restarts ?? 0,
          longestTeardown: slot.processes.map(\.record.shutdown.longestTeardown).max() ?? .zero,
          processes: processes.sorted { ($0.replica, $0.port) < ($1.replica, $1.port) }))
    }
    return result
  }

  /// The events of the slots that are asked for, oldest first.
  func events(of key: DeploymentKey?, slot: Slot?) -> [AgentEvent] {
    slots.filter { (key == nil || $0.key.key == key) && (slot == nil || $0.key.slot == slot) }
      .flatMap(\.value.events.elements)
      .sorted { $0.at < $1.at }
  }

  /// The last lines of a replica's log, without secrets.
  func log(of id: SlotID, replica: Int, lines: Int) throws -> [String] {
    let present = slots[id]?.processes.map(\.record.secrets) ?? []
    let redaction = Redaction(secrets: present.reduce(slots[id]?.secrets ?? []) { $0.union($1) })
    do {
      let path = state.log(of: id.key, slot: id.slot, replica: replica)
      return try LogTail.lines(of: path, from: 0, atMost: lines, without: redaction)
    } catch {
      throw SlipwayError.storage(error, doing: "reading a log")
    }
  }
}

extension Supervisor {
  /// Counts and problems for the agent's status.
  func figures() -> (slots: Int, processes: Int, problems: [SlipwayError]) {
    let present = slots.values.filter { $0.workload != nil || !$0.isEmpty }
    return (present.count, present.reduce(0) { $0 + $1.processes.count }, problems)
  }

  /// The longest that any replica's requests may go on.
  func longestDrain() -> TimeSpan {
    slots.values.flatMap(\.processes).map(\.record.shutdown.drain).max() ?? .zero
  }
}
