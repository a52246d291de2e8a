import SlipwayModel
import SlipwayPorts

/// What happens to a question between engine and gate.
extension World {
  /// The size of `gate-down`, `gate-garbled` (what is answered can't be read) and `gate-pending`: for how long all gates are so, up to
  /// a minute. Of `gate-hangs`: how long nothing is heard, up to the client's limit of 30 seconds. `gate-fails` turns one answer into
  /// "no" and has no size.
  func obstruct(_ question: GateQuestion) async throws -> GateAnswer? {
    for kind in [FaultKind.gateDown, .gateGarbled, .gatePending] {
      if let fault = struck(kind) { last(fault, longest: .minutes(1)) }
    }
    if struck(.gateFails) != nil { return GateAnswer(.failed, "the gate has turned against it") }
    if let fault = struck(.gateHangs) {
      try await scheduler.sleep(until: now + min(fault.share(of: .seconds(30)), .seconds(30)))
      return GateAnswer(.unanswered, "the gate has not answered within 30 s")
    }
    if lasts(.gateDown) != nil { return GateAnswer(.unanswered, "the gate refuses connections") }
    if lasts(.gateGarbled) != nil { return GateAnswer(.unanswered, "the gate answered with no JSON") }
    return lasts(.gatePending) != nil ? GateAnswer(.pending, "busy") : nil
  }
}
