import SlipwayModel

extension Rollout {
  /// One turn of the loop, safety first: is there a reason to go back, then go back; only then forward work.
  func tick(_ observation: Observation, at now: Timestamp) -> [Event] {
    if phase.isTerminal { return [] }
    let exit = newExit(in: observation)
    if phase == .rollingBack { return exit + continueRollback(observation, at: now) }
    var seen = exit
    // At most looks there is nothing of it, and to append nothing costs too.
    let measured = measurements(observation, at: now)
    if !measured.isEmpty { seen += measured }
    let judged = streakIntervals(observation, at: now)
    if !judged.isEmpty { seen += judged }
    let watched = watchings(observation, at: now)
    if !watched.isEmpty { seen += watched }
    return seen.isEmpty ? weigh(observation, at: now) : seen + after(seen, at: now).weigh(observation, at: now)
  }

  /// What follows from everything that is known by now.
  private func weigh(_ observation: Observation, at now: Timestamp) -> [Event] {
    let judgement = judge(observation, at: now)
    let evaluated = news(in: judgement)
    if let reason = reasonToGoBack(judgement, observation, at: now) { return evaluated + [goBack(reason, observation)] }
    // What is over but for stopping the previous slot has nothing left that a pause could hold up.
    if pause != nil, !isBakeOver { return evaluated + putBack(observation, at: now) }
    return evaluated + advance(judgement, observation, at: now)
  }

  /// A pause holds up forward work, not the split that is in force: one that somebody else has changed is put back all the same.
  private func putBack(_ observation: Observation, at now: Timestamp) -> [Event] {
    switch phase {
    case .pending, .building, .deploying, .validating: return withdraw(observation, at: now)
    case .shifting where stage == .holding, .baking: return pending.isEmpty ? drift(observation).map { [$0] } ?? [] : []
    case .shifting, .rollingBack, .succeeded, .rolledBack, .failed: return []
    }
  }

  /// The rollout as it is once these events are applied.
  private func after(_ events: [Event], at now: Timestamp) -> Rollout {
    var copy = self
    for event in events { copy.apply(event, at: now) }
    return copy
  }

  private func newExit(in observation: Observation) -> [Event] {
    guard isCandidateSeen(observation), let world = observation.world, world[candidateSlot].restarts > exits,
      let exit = world[candidateSlot].lastExit
    else { return [] }
    return [.instanceExited(InstanceExited(exit: exit, count: world[candidateSlot].restarts))]
  }

  /// Findings are journaled when a verdict changes, not every second.
  private func news(in judgement: Judgement) -> [Event] {
    guard !judgement.isEmpty, !judgement.saysAgain(findings) else { return [] }
    return [.evaluated(Evaluated(verdict: judgement.verdict, findings: judgement.findings))]
  }

  private func begin() -> [Event] {
    guard pending.isEmpty else { return [] }
    if !openGates(.deploy).isEmpty { return [.gatesStarted(GatesStarted(before: .deploy))] }
    return [plan.release == nil ? .buildStarted : .deployStarted]
  }

  /// What the candidate's slot must not have before it is judged: traffic, be it from the rollout before or from a router that
  /// came up with an older configuration.
  private func withdraw(_ observation: Observation, at now: Timestamp) -> [Event] {
    if let driftedAt, now >= driftedAt, now - driftedAt < .seconds(2) { return [] }
    return drift(observation).map { [$0] } ?? []
  }

  private func advance(_ judgement: Judgement, _ observation: Observation, at now: Timestamp) -> [Event] {
    switch phase {
    case .pending, .building, .deploying, .validating:
      let drift = withdraw(observation, at: now)
      if !drift.isEmpty { return drift }
    case .shifting, .baking, .rollingBack, .succeeded, .rolledBack, .failed: break
    }
    return switch phase {
    case .pending: begin()
    case .building, .deploying: []
    case .validating:
      pending.isEmpty && isCandidateReady(observation, at: now) ? [gates(beforeStep: 0) ?? stepStarted(0, observation, at: now)] : []
    case .shifting: advanceStep(judgement, observation, at: now)
    case .baking: advanceBake(judgement, observation, at: now)
    case .rollingBack, .succeeded, .rolledBack, .failed: []
    }
  }
}
