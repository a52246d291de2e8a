import SlipwayModel

extension Rollout {
  /// Forward work within a step: replicas, then traffic, then time and evidence.
  func advanceStep(_ judgement: Judgement, _ observation: Observation, at now: Timestamp) -> [Event] {
    guard let step, let stepIndex else { return [] }
    // Also before what is still to be done: it may stop a slot that has traffic again.
    if stage == .holding, !isDriftRecent(at: now), let drift = drift(observation) { return [drift] }
    guard pending.isEmpty else { return [] }
    switch stage {
    case .scaling:
      return readyCandidates(observation) >= step.candidateReplicas ? [.capacityReady] : []
    case .routing:
      return observation.world?.split == intendedSplit ? [.holdStarted] : tellRouterAgain(observation, at: now)
    case .holding:
      if let promised = gates?.promised {
        return go(on: promised, after: stepIndex, judgement, observation, at: now)
      }
      if asksPeople, judgement.verdict != .pass, isEvidenceOverdue(observation.watch, at: now) {
        return [undecided(stepIndex, judgement)]
      }
      guard isHeld(step.hold, measured: .minutes(30), observation, at: now), judgement.verdict == .pass,
        observation.world?.split == intendedSplit,
        hasLiveCapacity(step, observation)
      else { return [] }
      if let question = gates(beforeStep: stepIndex + 1) { return [question] }
      return pass(stepIndex, judgement.findings, byIntent: false, observation, at: now)
    }
  }

  /// Ends a step that a person has promoted, now that the gates before the next one have passed.
  private func go(on next: Int, after index: Int, _ judgement: Judgement, _ observation: Observation, at now: Timestamp) -> [Event] {
    if let question = gates(beforeStep: next, byIntent: true) { return [question] }
    return pass(index, judgement.findings, byIntent: true, to: next, observation, at: now)
  }

  /// A step that ends as soon as it is safe, and about which figures can't decide in all the time it has, waits for a person.
  private func undecided(_ index: Int, _ judgement: Judgement) -> Event {
    let open = judgement.findings.filter { $0.verdict != .pass }.map(\.sentence).joined(separator: "; ")
    return .undecided(Undecided(step: index, sentence: "undecided after \(plan.limits.patience) more than planned: \(open)"))
  }

  /// The events that end a step and begin the next, or promote.
  func pass(
    _ index: Int, _ findings: [Finding], byIntent: Bool, to next: Int? = nil, _ observation: Observation, at now: Timestamp
  ) -> [Event] {
    let next = next ?? index + 1
    let passed = Event.stepPassed(StepPassed(index: index, findings: findings, promotedByIntent: byIntent))
    return [passed, next < plan.steps.count ? stepStarted(next, observation, at: now) : .promoted]
  }

  /// Begins a step. Before the live slot loses its last share its figures are kept: without them nothing could be compared.
  func stepStarted(_ index: Int, _ observation: Observation, at now: Timestamp) -> Event {
    guard plan.steps[index].weight == .hundred, let live = plan.live, let metrics = observation.metrics else {
      return .stepStarted(StepStarted(index: index, baseline: nil))
    }
    let figures = metrics.figures(of: live.slot, from: now - .minutes(5), to: now)
    return .stepStarted(StepStarted(index: index, baseline: figures.requests > 0 ? figures : nil))
  }

  /// Where replicas make the share, a pod that is away changes it for as long as it is: saying so every second fills the journal, and
  /// telling the router again does not bring the pod back.
  private func isDriftRecent(at now: Timestamp) -> Bool {
    guard plan.kubernetes?.router == .replicas, let driftedAt else { return false }
    return now >= driftedAt && now - driftedAt < .seconds(10)
  }

  /// The split in force is not the one that was applied: someone or something changed it. It is applied again, unless that
  /// would give more traffic to a slot that can't take any.
  func drift(_ observation: Observation) -> Event? {
    guard let world = observation.world, let observed = world.split, observed != intendedSplit,
      !pending.contains(where: { $0.effect == .route(intendedSplit) })
    else { return nil }
    let isTakable = Slot.allCases.allSatisfy { slot in
      intendedSplit.weight(of: slot) <= observed.weight(of: slot) || world[slot].readyReplicas > 0
    }
    return isTakable || phase == .rollingBack ? .splitDrifted(SplitDrifted(observed: observed)) : nil
  }

  /// What is seen of the candidate; `nil` while the slot still shows the release that had it before, which says nothing.
  func seenCandidate(_ observation: Observation) -> SlotObservation? {
    isCandidateSeen(observation) ? observation.world?[candidateSlot] : nil
  }

  /// Whether the slot shows the candidate.
  func isCandidateSeen(_ observation: Observation) -> Bool { observation.world.map { $0[candidateSlot].release == release } ?? false }

  func readyCandidates(_ observation: Observation) -> Int {
    isCandidateSeen(observation) ? observation.world?[candidateSlot].readyReplicas ?? 0 : 0
  }

  /// A router may lose a split before anybody has seen it in force, as by a restart with an older configuration. It is told again
  /// after two seconds, and then after pauses that double up to ten: one that just takes its time fills no journal. One that had
  /// it in force and lost it is told at once, and so is any when the clock has been set back since.
  func tellRouterAgain(_ observation: Observation, at now: Timestamp) -> [Event] {
    let again = driftedAt.flatMap { $0 >= since ? $0 : nil }
    guard let told = isTrafficRestored ? again : again ?? since, now >= told else { return drift(observation).map { [$0] } ?? [] }
    guard now - told >= min(max(.seconds(2), told - since), .seconds(10)), let drift = drift(observation) else { return [] }
    return [drift]
  }

  /// The candidate has the replicas of its first step, all ready, and they have stayed so for long enough.
  func isCandidateReady(_ observation: Observation, at now: Timestamp) -> Bool {
    guard let candidate = observation.world?[candidateSlot], let first = plan.steps.first, let readySince = candidate.readySince
    else { return false }
    return readyCandidates(observation) >= first.candidateReplicas && now - readySince >= plan.service.health.minimumHealthyTime
  }

  /// The split has been in force for so long, and figures cover that time: while the agent was away nobody measured, and perhaps
  /// nobody was served. Of long times only a part is asked for, since no source keeps its figures for ever.
  private func isHeld(_ hold: TimeSpan, measured most: TimeSpan, _ observation: Observation, at now: Timestamp) -> Bool {
    guard now - since >= hold else { return false }
    if plan.metrics?.source == .unmeasured { return true }
    let wanted = min(hold, most) - Self.lag
    return wanted <= .zero || observation.metrics?.coverage(from: since, to: now) ?? .zero >= wanted
  }

  /// Whether the live slot still has a ready replica for the share that the step leaves it.
  private func hasLiveCapacity(_ step: PlanStep, _ observation: Observation) -> Bool {
    guard let live = plan.live, step.weight < .hundred else { return true }
    return (observation.world?[live.slot].readyReplicas ?? 0) > 0
  }

  func advanceBake(_ judgement: Judgement, _ observation: Observation, at now: Timestamp) -> [Event] {
    if let drift = drift(observation) { return [drift] }
    guard pending.isEmpty else { return [] }
    if isBakeOver { return [.rolloutSucceeded] }
    guard isHeld(plan.bake, measured: .minutes(5), observation, at: now), judgement.verdict == .pass,
      observation.world?.split == intendedSplit
    else { return [] }
    return endBake(.elapsed)
  }

  func endBake(_ cause: BakeEnded.Cause) -> [Event] {
    [.bakeEnded(BakeEnded(cause: cause))] + (plan.live == nil ? [.rolloutSucceeded] : [])
  }
}
