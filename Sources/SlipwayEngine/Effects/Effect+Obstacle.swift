import SlipwayModel

extension Effect {
  /// Whether it may follow at once upon what asks for it. All others change what runs in a slot, which may have got traffic since
  /// that was decided: somebody has to look first.
  package var isDoneAtOnce: Bool {
    switch self {
    case .prepare, .route, .ask: true
    case .ensure, .retire: false
    }
  }
}

extension Rollout {
  /// Why an effect must not be carried out by what was last seen; `nil` when it may be. What has traffic is not stopped, and no
  /// candidate is started where traffic goes that nobody gave it. Whoever can't see whether that is so does neither.
  package func obstacle(to effect: Effect, seeing observation: Observation) -> SlipwayError? {
    let slot: Slot
    switch effect {
    case .prepare, .route, .ask: return nil
    case .ensure(let wanted, _):
      guard wanted == candidateSlot, exposedSince == nil else { return nil }
      slot = wanted
    case .retire(let wanted): slot = wanted
    }
    guard let world = observation.world else { return unseen(slot) }
    guard let split = world.split else {
      // A router without any route tells no split; what was never given a share has none then.
      return slot == candidateSlot && exposedSince == nil ? nil : unseen(slot)
    }
    guard split.weight(of: slot) > .zero || split.rules.contains(where: { $0.slot == slot }) else { return nil }
    return SlipwayError(
      .slotInUse, .refused, "\(slot.rawValue) gets traffic that it should not have",
      remedy: "look at who else changes the router; the rollout sends the traffic back and tries again")
  }

  /// Whether an effect is held until the target answers: a candidate's start, which nothing depends on. An attempt that is bound to fail
  /// would only put off the next one; how long the target may stay silent is bounded by the plan's patience.
  package func waitsForSight(_ effect: Effect, seeing observation: Observation) -> Bool {
    guard phase == .deploying, case .ensure(candidateSlot, _) = effect else { return false }
    return observation.world == nil
  }

  private func unseen(_ slot: Slot) -> SlipwayError {
    SlipwayError(
      .slotUnseen, .broken, "it can't be seen whether \(slot.rawValue) has traffic",
      remedy: "look at the target; the rollout tries again")
  }
}

extension SlipwayError.Code {
  /// A slot has traffic that it should not have.
  package static let slotInUse = SlipwayError.Code("slot-in-use")
  /// Nobody can see whether a slot has traffic.
  package static let slotUnseen = SlipwayError.Code("slot-unseen")
}
