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
    if case .route(let split) = effect { check(split, for: shadow.rollout) }
  }

  private func check(_ split: TrafficSplit, for rollout: Rollout) {
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
    for criterion in step.criteria
    where !passed.findings.contains(where: { $0.subject == criterion.description && $0.verdict == .pass }) {
      violate(.evidence, "step \(passed.index + 1) passed without \(criterion)")
    }
  }
}
