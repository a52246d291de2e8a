import SlipwayModel

extension Rollout {
  /// Takes an event in. Total: every stored event applies to the state it was stored for, and an event that is out of place
  /// (a journal from a newer version) changes nothing it does not name.
  package mutating func apply(_ event: Event, at now: Timestamp) {
    switch event {
    case .rolloutStarted: break
    case .buildStarted: enter(.building, at: now, effects: [.prepare])
    case .releasePrepared(let value):
      release = Release(version: plan.version, artifact: value.artifact, configuration: plan.configuration)
    case .deployStarted: applyDeployStarted(at: now)
    case .validationStarted: enter(.validating, at: now)
    case .gatesStarted(let value): applyGatesStarted(value, at: now)
    case .gateAnswered(let value): applyGateAnswered(value, at: now)
    case .stepStarted(let value): applyStepStarted(value, at: now)
    case .capacityReady: applyCapacityReady(at: now)
    case .holdStarted: applyHoldStarted(at: now)
    case .splitDrifted(let value):
      driftedAt = now
      // What is in force counts: a way back by steps must not begin above it.
      split = value.observed
      replacePending([.route(intendedSplit)] + pending.map(\.effect).filter { $0 != .route(intendedSplit) })
    case .intervalJudged(let value): streaks[value.subject] = value
    case .referenceTaken(let value):
      reference = value
      comparison = StableComparison(value, plan)
    case .watched(let value):
      if value.figures.requests > 0 { bakeWatch?.take(value.figures, from: value.from) }
      measuredUntil = value.from + value.length
    case .measured(let value):
      let share = checkedShare
      comparison?.take(candidate: value.candidate, live: value.live, share: share)
      measuredUntil = value.from + value.length
    case .undecided(let value): pause = Pause(since: now, reason: value.sentence, actor: .engine)
    case .evaluated(let value):
      findings = value.findings
      verdict = value.verdict
    case .instanceExited(let value):
      exits = value.count
      lastExit = value.exit
    case .stepPassed(let value): findings = value.findings
    case .promoted:
      isPromoted = true
      enter(.baking, at: now)
      startWatch(at: now)
    case .bakeEnded: applyBakeEnded()
    case .effectSucceeded(let value): applyEffectSucceeded(value.id, at: now)
    case .effectFailed(let value): applyEffectFailed(value)
    case .intentRecorded(let intent): applyIntent(intent, at: now)
    case .rollbackStarted(let value): applyRollbackStarted(value, at: now)
    case .rollbackStepStarted(let value): applyRollbackStep(value.weight, at: now)
    case .trafficRestored: applyTrafficRestored(at: now)
    case .rolloutSucceeded: finish(.succeeded, at: now)
    case .rolloutRolledBack: finish(.rolledBack, at: now)
    case .rolloutFailed(let value):
      reason = value
      finish(.failed, at: now)
    }
  }

  private mutating func applyDeployStarted(at now: Timestamp) {
    guard let first = plan.steps.first else { return }
    enter(.deploying, at: now, effects: scaling(to: first, before: first.liveReplicasBefore))
    liveReplicas = min(liveReplicas, first.liveReplicasBefore)
  }

  private mutating func applyStepStarted(_ value: StepStarted, at now: Timestamp) {
    let step = plan.steps[value.index]
    // Past some steps at once: the live slot still has the traffic of the step before and keeps what it needs for that.
    let isLeap = value.index > (stepIndex ?? -1) + 1
    stepIndex = value.index
    stage = .scaling
    baseline = value.baseline ?? baseline
    findings = []
    let before = isLeap ? liveReplicas : step.liveReplicasBefore
    enter(.shifting, at: now, effects: scaling(to: step, before: before))
    liveReplicas = min(liveReplicas, before)
  }

  /// The effects that give a step its replicas: room first, then the candidates; nothing for what is so already.
  private func scaling(to step: PlanStep, before: Int) -> [Effect] {
    var effects: [Effect] = []
    if let live = plan.live, before < liveReplicas { effects.append(.ensure(slot: live.slot, replicas: before)) }
    if step.candidateReplicas > candidateReplicas {
      effects.append(.ensure(slot: candidateSlot, replicas: step.candidateReplicas))
    }
    return effects
  }

  private mutating func applyCapacityReady(at now: Timestamp) {
    guard let step else { return }
    stage = .routing
    measuredUntil = nil
    since = now
    intendedSplit = split(of: step)
    var effects = [Effect.route(intendedSplit)]
    // Where replicas make the share, it is not in force before the live slot has as few as the step leaves it.
    if let live = plan.live, plan.kubernetes?.router == .replicas, step.weight < .hundred, step.liveReplicas < liveReplicas {
      liveReplicas = step.liveReplicas
      effects.append(.ensure(slot: live.slot, replicas: step.liveReplicas))
    }
    replacePending(effects)
  }

  private mutating func applyHoldStarted(at now: Timestamp) {
    guard let step else { return }
    stage = .holding
    since = now
    // A step's criteria begin anew with it; triggers go on.
    streaks = streaks.filter { $0.key.hasPrefix(Self.triggerSubject) }
    measuredUntil = plan.analysis == nil || step.weight == .hundred ? nil : Self.firstWholeSecond(after: now)
    guard let live = plan.live, step.liveReplicas < liveReplicas else { return }
    liveReplicas = step.liveReplicas
    replacePending([step.liveReplicas == 0 ? .retire(slot: live.slot) : .ensure(slot: live.slot, replicas: step.liveReplicas)])
  }

  /// Figures come in whole seconds: the first one that lies wholly after an instant.
  static func firstWholeSecond(after now: Timestamp) -> Timestamp {
    let second = TimeSpan.seconds(1).milliseconds
    return Timestamp(milliseconds: (now.milliseconds + second - 1) / second * second)
  }

  private mutating func startWatch(at now: Timestamp) {
    guard let analysis = plan.analysis, let reference, plan.bake > .zero else { return measuredUntil = nil }
    let start = Self.firstWholeSecond(after: now)
    bakeWatch = BakeWatch(reference, analysis, start: start)
    measuredUntil = bakeWatch == nil ? nil : start
  }

  private mutating func applyBakeEnded() {
    isBakeOver = true
    liveReplicas = 0
    replacePending(plan.live.map { [.retire(slot: $0.slot)] } ?? [])
  }

  private mutating func applyEffectSucceeded(_ id: String, at now: Timestamp) {
    guard let first = pending.first, first.id == id else { return }
    pending.removeFirst()
    attempts = 0
    retryAt = nil
    switch first.effect {
    case .prepare: break
    case .ensure(let slot, let replicas):
      if slot == candidateSlot { candidateReplicas = replicas } else { liveReplicas = replicas }
    case .route(let applied):
      split = applied
      if exposedSince == nil, weight > .zero || !applied.rules.isEmpty { exposedSince = now }
    case .retire(let slot):
      if slot == candidateSlot { candidateReplicas = 0 } else { liveReplicas = 0 }
    case .ask: break
    }
  }

  private mutating func applyEffectFailed(_ value: EffectFailed) {
    guard let first = pending.first, first.id == value.id else { return }
    attempts = value.attempt
    retryAt = value.retryAt
    if value.retryAt == nil { pending.removeFirst() }
  }

  private mutating func applyIntent(_ intent: Intent, at now: Timestamp) {
    switch intent.kind {
    case .pause: pause = Pause(since: now, reason: intent.reason, actor: intent.actor)
    case .resume:
      // What began during the pause was held up only since then.
      if let pause {
        since = pause.actor == .engine ? now : since + (now - max(pause.since, since))
        gates?.resume(after: pause, at: now)
      }
      pause = nil
    case .promote, .promoteFully:
      // Whoever promotes what figures could not decide has decided it.
      if pause?.actor == .engine { pause = nil }
      // No gate is skipped: what is asked is still to pass, and then nothing else is waited for.
      if let asking = gates?.asking, asking.before == .promotion { gates?.promised = asking.step }
    case .abort, .rollback: break
    }
  }

  private mutating func applyRollbackStarted(_ value: RollbackStarted, at now: Timestamp) {
    let nothingStarted = phase == .pending || phase == .building
    reason = value.reason
    pause = nil
    measuredUntil = nil
    enter(.rollingBack, at: now)
    if nothingStarted {
      rollbackStage = .retiring
      return
    }
    if value.style == .gradual {
      let passed = plan.steps.prefix((stepIndex ?? 0) + 1).map(\.weight).filter { $0 < weight && $0 > .zero }
      rollbackWeights = Set(passed).sorted(by: >)
      if let first = rollbackWeights.first { return applyRollbackStep(first, at: now) }
    }
    // Traffic comes first wherever something can take it; only a live slot that has nothing left is started before.
    if let live = plan.live, liveReplicas == 0 {
      rollbackStage = .startingLive
      replacePending([.ensure(slot: live.slot, replicas: live.replicas)])
    } else {
      applyRollbackStep(.zero, at: now)
    }
  }

  private mutating func applyRollbackStep(_ weight: Percentage, at now: Timestamp) {
    rollbackWeights.removeAll { $0 >= weight }
    since = now
    rollbackStage = weight == .zero ? .routing : .descending
    intendedSplit = weight == .zero ? safeSplit : .share(weight, to: candidateSlot)
    replacePending([.route(intendedSplit)])
  }

  private mutating func applyTrafficRestored(at now: Timestamp) {
    isTrafficRestored = true
    rollbackStage = .retiring
    since = now
    var effects: [Effect] = []
    if let live = plan.live, liveReplicas < live.replicas { effects.append(.ensure(slot: live.slot, replicas: live.replicas)) }
    replacePending(effects + [.retire(slot: candidateSlot)])
  }

  private mutating func enter(_ next: RolloutPhase, at now: Timestamp, effects: [Effect] = []) {
    phase = next
    since = now
    gates?.leave()
    replacePending(effects)
  }

  mutating func replacePending(_ effects: [Effect]) {
    pending = effects.enumerated().map { PlannedEffect(sequence: effectCount + $0.offset, effect: $0.element) }
    effectCount += effects.count
    attempts = 0
    retryAt = nil
  }

  private mutating func finish(_ phase: RolloutPhase, at now: Timestamp) {
    self.phase = phase
    finishedAt = now
    pause = nil
    gates?.leave()
    pending = []
  }
}
