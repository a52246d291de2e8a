import SlipwayModel

extension Rollout {
  /// The way back, one observed step after another. It has its own bound on time and does not depend on the candidate.
  func continueRollback(_ observation: Observation, at now: Timestamp) -> [Event] {
    guard let rollbackStage else { return [] }
    if rollbackStage != .retiring, now - max(since, observation.watch.since) > plan.limits.goBack { return [.rolloutFailed(stuck())] }
    if rollbackStage == .retiring, isTrafficRestored {
      let again = tellRouterAgain(observation, at: now)
      if !again.isEmpty { return again }
    }
    guard pending.isEmpty else { return [] }
    switch rollbackStage {
    case .descending:
      guard now - since >= plan.rollback.stepDuration || !canStillServe(observation) else { return [] }
      let next = canStillServe(observation) ? rollbackWeights.first ?? .zero : .zero
      return [.rollbackStepStarted(RollbackStep(weight: next))]
    case .startingLive:
      guard let live = plan.live, let slot = observation.world?[live.slot], slot.readyReplicas >= live.replicas else { return [] }
      return [.rollbackStepStarted(RollbackStep(weight: .zero))]
    case .routing:
      return observation.world?.split == intendedSplit ? [.trafficRestored] : tellRouterAgain(observation, at: now)
    case .retiring:
      return [.rolloutRolledBack]
    }
  }

  private func canStillServe(_ observation: Observation) -> Bool {
    (observation.world?[candidateSlot].readyReplicas ?? 0) > 0
  }

  private func stuck() -> Reason {
    Reason(
      "rollback-stuck",
      "traffic could not be seen back at the safe state within \(plan.limits.goBack); it was last asked to be: "
        + Effect.route(intendedSplit).description + ". The rollback was for: \(reason?.message ?? "no stated reason")")
  }
}
