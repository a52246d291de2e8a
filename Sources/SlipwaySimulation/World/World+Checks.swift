import SlipwayEngine
import SlipwayModel
import SlipwayPorts

/// What the world checks of its caller, at the very call.
extension World {
  /// An effect arrives: is it its sender's to send, and does the journal ask for it?
  func check(_ effect: Effect, _ operation: Operation, by server: Server) {
    if epochOwners[operation.epoch] != server.number {
      violate(.lease, "server \(server.number) acts under epoch \(operation.epoch), which it never had")
    }
    guard let shadow = shadows[operation.rollout] else {
      return violate(.unrecorded, "\(effect) for a rollout that is not in the journal")
    }
    // An outdated writer is refused; what it sends was asked for once.
    if operation.epoch < epoch { return }
    guard shadow.planned.contains(effect) else {
      return violate(.unrecorded, "\(effect) is not in the journal of \(operation.rollout)")
    }
    catchUp()
    switch effect {
    case .prepare, .ask: break
    case .route(let split): check(split, for: shadow.rollout, by: server)
    case .ensure(let slot, let replicas): check(slot, replicas, of: shadow.rollout, by: server)
    case .retire(let slot):
      if hasTraffic(slot, by: server) {
        violate(.retire, "\(slot.rawValue) has \(split.weight(of: slot)) of the traffic and is stopped")
      }
    }
  }

  /// Whether a slot has traffic and its sender could know: the world may change right after a look.
  private func hasTraffic(_ slot: Slot, by server: Server) -> Bool {
    guard split.weight(of: slot) > .zero, let shown = server.shown else { return split.weight(of: slot) > .zero }
    return shown.split.map { $0.weight(of: slot) > .zero } ?? false
  }

  private func check(_ slot: Slot, _ replicas: Int, of rollout: Rollout, by server: Server) {
    guard hasTraffic(slot, by: server) else { return }
    if replicas == 0 { violate(.capacity, "\(slot.rawValue) has traffic and is scaled to nothing") }
    if slot == rollout.candidateSlot, rollout.exposedSince == nil {
      violate(.readiness, "a candidate is started in \(slot.rawValue), which has \(split.weight(of: slot)) of the traffic")
    }
    let release = slot == rollout.candidateSlot ? rollout.release : rollout.plan.live?.release
    if places[slot].ready > 0, let present = places[slot].workload?.release, present != release {
      violate(.capacity, "\(present.version) in \(slot.rawValue) has traffic and is replaced")
    }
  }

  private func check(_ split: TrafficSplit, for rollout: Rollout, by server: Server) {
    for slot in Slot.allCases where split.weight(of: slot) > self.split.weight(of: slot) {
      let isKnown = server.shown.map { $0[slot].readyReplicas == 0 } ?? true
      // A slot that was ready when its traffic was decided, or that is the only safe one, may have lost its replicas since.
      if isKnown, !places[slot].hasBeenReady, places[slot].ready == 0, places[slot.other].ready > 0 || places[slot].workload == nil {
        violate(.readiness, "\(slot.rawValue) gets \(split.weight(of: slot)) and has no ready replica")
      }
    }
    let slot = rollout.candidateSlot
    if rollout.phase == .rollingBack, split.weight(of: slot) > self.split.weight(of: slot) {
      violate(.rollback, "\(slot.rawValue) gets \(split.weight(of: slot)) although \(rollout.id) goes back")
    }
  }

  /// An entry of a rollout is to be written: is it fenced?
  func check(_ drafts: [JournalDraft], fence: LeaseFence?) {
    if fence == nil, let draft = drafts.first(where: { $0.content is Event }) {
      violate(.lease, "\(draft.kind) is written without a lease")
    }
  }

  /// A step passed: was there what its plan asks for?
  ///
  /// - Parameter rollout: as it was before.
  func check(_ passed: StepPassed, of rollout: Rollout) {
    guard !passed.promotedByIntent, rollout.plan.steps.indices.contains(passed.index) else { return }
    let step = rollout.plan.steps[passed.index]
    if step.score != nil, !passed.findings.contains(where: { $0.subject == Rollout.scoreSubject && $0.verdict == .pass }) {
      violate(.evidence, "step \(passed.index + 1) passed without its score")
    }
    for criterion in step.criteria
    where !passed.findings.contains(where: { $0.subject == criterion.description && $0.verdict == .pass }) {
      violate(.evidence, "step \(passed.index + 1) passed without \(criterion)")
    }
  }
}
