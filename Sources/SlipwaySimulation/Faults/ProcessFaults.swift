import SlipwayModel

/// Processes end, hang, and start slowly by themselves.
extension World {
  /// The size of `process-exits`, `processes-exit` and `probes-fail`: below one half it hits the slot with the larger share, else
  /// the other one; probes fail for up to 20 seconds. Of `slow-start`: replicas take up to 90 seconds longer from now on.
  /// `exits-before-bind` ends all replicas that are just starting. `ignores-termination` makes stopping take the whole grace time.
  func strikeProcesses(_ fault: Fault) {
    let larger: Slot = split.weight(of: .blue) >= split.weight(of: .green) ? .blue : .green
    let slot = fault.size < 0.5 ? larger : larger.other
    switch fault.kind {
    case .processExits: end(slot, most: 1) { $0.isReady }
    case .processesExit: end(slot, most: .max) { $0.isReady }
    case .exitsBeforeBind:
      for slot in Slot.allCases { end(slot, most: .max) { !$0.isReady && $0.restartsAt == nil } }
    case .probesFail:
      places[slot].failedProbes = 1 + Int(fault.size * 2 * 6) % 6
      places[slot].failsProbesUntil = now + fault.share(of: .seconds(20))
    case .slowStart: startDelay = fault.share(of: .seconds(90))
    case .ignoresTermination: faults.open(fault, until: now + .hours(1))
    case _: break  // of another family
    }
  }

  private func end(_ slot: Slot, most: Int, _ isHit: (Replica) -> Bool) {
    for index in places[slot].replicas.indices.filter({ isHit(places[slot].replicas[$0]) }).prefix(most) {
      places[slot].end(index, at: now, status: "signal 9 (SIGKILL)")
    }
    places[slot].count(at: now)
  }
}
