import SlipwayModel

extension Rollout {
  /// One turn of the loop, safety first: is there a reason to go back, then go back; only then forward work.
  func tick(_ observation: Observation, at now: Timestamp) -> [Event] {
    if phase.isTerminal { return [] }
    let exit = newExit(in: observation)
    if phase == .rollingBack { return exit + continueRollback(observation, at: now) }
    let judgement = judge(observation, at: now)
    let evaluated = news(in: judgement)
    let observed = exit.isEmpty ? self : after(exit, at: now)
    if let reason = observed.reasonToGoBack(judgement, observation, at: now) {
      return exit + evaluated + [goBack(reason, observation)]
    }
    if pause != nil { return exit + evaluated }
    return exit + evaluated + advance(judgement, observation, at: now)
  }

  /// The rollout as it is once these events are applied.
  private func after(_ events: [Event], at now: Timestamp) -> Rollout {
    var copy = self
    for event in events { copy.apply(event, at: now) }
    return copy
  }

  private func newExit(in observation: Observation) -> [Event] {
    guard let slot = observation.world?[candidateSlot], slot.restarts > exits, let exit = slot.lastExit else { return [] }
    return [.instanceExited(InstanceExited(exit: exit, count: slot.restarts))]
  }

  /// Findings are journaled when a verdict changes, not every second.
  private func news(in judgement: Judgement) -> [Event] {
    let found = judgement.findings
    let known = findings.map { [$0.subject, $0.verdict.rawValue] }
    guard !found.isEmpty, found.map({ [$0.subject, $0.verdict.rawValue] }) != known else { return [] }
    return [.evaluated(Evaluated(verdict: judgement.verdict, findings: found))]
  }

  private func advance(_ judgement: Judgement, _ observation: Observation, at now: Timestamp) -> [Event] {
    switch phase {
    case .pending: plan.release == nil ? [.buildStarted] : [.deployStarted]
    case .building, .deploying: []
    case .validating: isCandidateReady(observation, at: now) ? [stepStarted(0, observation, at: now)] : []
    case .shifting: advanceStep(judgement, observation, at: now)
    case .baking: advanceBake(judgement, observation, at: now)
    case .rollingBack, .succeeded, .rolledBack, .failed: []
    }
  }
}
