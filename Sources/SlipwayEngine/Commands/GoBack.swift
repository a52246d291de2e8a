import SlipwayModel

extension Rollout {
  /// Why the rollout must not go on; `nil` while nothing speaks against it. Evaluated in every turn before anything else,
  /// whether or not the candidate is ready, whatever the router answers, and also while the rollout is paused.
  func reasonToGoBack(_ judgement: Judgement, _ observation: Observation, at now: Timestamp) -> Reason? {
    if phase == .baking && isBakeOver { return nil }
    return judgement.failure ?? crashLoop() ?? hopelessStart(observation, at: now) ?? failedHealth(observation)
      ?? (pause == nil ? exceededLimit(judgement, observation, at: now) : nil)
  }

  /// Starts the way back in the style that fits: gradual only when asked for, and only when the candidate can still serve
  /// and is not what is hurting, and only when the live slot has something to take a share with.
  func goBack(_ reason: Reason, _ observation: Observation) -> Event {
    let candidate = observation.world?[candidateSlot]
    let canServe = (candidate?.readyReplicas ?? 0) > 0 && reason.code != Reason.guardrail && reason.code != Reason.health
    let gradual = plan.rollback.style == .gradual && canServe && !isPromoted && liveReplicas > 0
    return .rollbackStarted(RollbackStarted(reason: reason, style: gradual ? .gradual : .immediate))
  }

  /// Three exits of the candidate's processes in one rollout are no accident.
  private func crashLoop() -> Reason? {
    guard exits >= Self.exitLimit, let exit = lastExit else { return nil }
    return Reason(Reason.crashLoop, "the candidate's processes failed \(exits) times; the last one \(exit.account)")
  }

  private static let exitLimit = 3

  /// Replicas can't start and never will, so that nothing is gained by waiting for as long as the plan allows. Five seconds are
  /// allowed for what a cluster mends by trying once more.
  private func hopelessStart(_ observation: Observation, at now: Timestamp) -> Reason? {
    guard let trouble = observation.world?[candidateSlot].trouble, !trouble.mayPass, let candidate = seenCandidate(observation),
      candidate.readyReplicas < candidate.desiredReplicas, now - max(trouble.since, since) >= .seconds(5)
    else { return nil }
    return Reason(Reason.cannotStart, "replicas of the candidate can't start: \(trouble.message)")
  }

  private func failedHealth(_ observation: Observation) -> Reason? {
    guard phase == .shifting || phase == .baking,
      observation.world?[candidateSlot].consecutiveFailures ?? 0 >= plan.rollback.healthCheckFailures,
      let candidate = seenCandidate(observation)
    else { return nil }
    return Reason(
      Reason.health,
      "\(candidate.consecutiveFailures) health checks of the candidate failed in a row (limit \(plan.rollback.healthCheckFailures))"
        + (candidate.failedProbe.map { ": \($0)" } ?? ""))
  }

  /// A bound on waiting was passed, counting only time in which the world was watched.
  private func exceededLimit(_ judgement: Judgement, _ observation: Observation, at now: Timestamp) -> Reason? {
    if let overdue = gateOverdue(observation.watch, at: now) { return overdue }
    if observation.world == nil { return outOfSight(judgement, observation.watch, at: now) }
    let waited = now - max(since, observation.watch.sameSince)
    switch phase {
    case .pending, .succeeded, .rollingBack, .rolledBack, .failed: return nil
    case .building:
      return waited > plan.limits.prepare ? Reason("build-timeout", "preparing the release took longer than \(plan.limits.prepare)") : nil
    // A start that failed is tried a bounded number of times; a candidate that nobody could start is not one that was slow.
    case .deploying: return attempts == 0 && waited > plan.limits.ready ? notReady(observation) : nil
    case .validating: return waited - (gates?.taken(at: now) ?? .zero) > plan.limits.ready ? notReady(observation) : nil
    case .shifting:
      switch stage {
      case .scaling: return waited > plan.limits.ready ? notReady(observation) : nil
      case .routing:
        return waited > plan.limits.converge
          ? Reason("split-not-in-force", "the split was not seen in force within \(plan.limits.converge)") : nil
      case .holding:
        return !asksPeople && isEvidenceOverdue(observation.watch, at: now) ? noEvidence(judgement) : nil
      }
    case .baking: return isEvidenceOverdue(observation.watch, at: now) ? noEvidence(judgement) : nil
    }
  }

  /// The target does not answer. That says nothing about the candidate, but nobody can vouch for it either.
  private func outOfSight(_ judgement: Judgement, _ watch: Watch, at now: Timestamp) -> Reason? {
    switch phase {
    case .pending, .building, .succeeded, .rollingBack, .rolledBack, .failed: return nil
    case .baking: return isEvidenceOverdue(watch, at: now) ? noEvidence(judgement) : nil
    case .deploying, .validating, .shifting:
      guard now - max(since, watch.sameSince) > plan.limits.patience else { return nil }
      return Reason(
        Reason.unreachable, "the target did not answer for \(plan.limits.patience), so that nobody could tell how the candidate does")
    }
  }

  /// The time for evidence is over, and somebody has been looking for it for long enough.
  func isEvidenceOverdue(_ watch: Watch, at now: Timestamp) -> Bool {
    let planned = phase == .baking ? plan.bake : max(step?.hold ?? .zero, step?.advance?.maximum ?? .zero)
    let asking = gates?.taken(at: now) ?? .zero
    return now - since - asking > planned + plan.limits.patience && now - watch.since > plan.limits.patience
  }

  /// A step that compares has a stated rate of false alarms: want of evidence sends nobody back, a person is asked.
  var asksPeople: Bool { !(step?.compared ?? []).isEmpty }

  private func notReady(_ observation: Observation) -> Reason {
    let probe = seenCandidate(observation)?.notReadyBecause.map { ": \($0)" } ?? ""
    let trouble = seenCandidate(observation)?.trouble.map { "; \($0.message)" } ?? ""
    let exit = lastExit.map { "; a process \($0.account)" } ?? ""
    return Reason(Reason.notReady, "the candidate was not ready within \(plan.limits.ready)\(probe)\(trouble)\(exit)")
  }

  private func noEvidence(_ judgement: Judgement) -> Reason {
    let open = judgement.findings.filter { $0.verdict != .pass }.map(\.sentence).joined(separator: "; ")
    return Reason("no-evidence", "after \(plan.limits.patience) more than planned there was still no pass: \(open)")
  }
}

extension Reason {
  package static let guardrail = "guardrail"
  package static let health = "health-checks"
  package static let crashLoop = "crash-loop"
  package static let cannotStart = "candidate-cannot-start"
  package static let notReady = "candidate-not-ready"
  /// Another server, which took the one that drove this rollout for dead, began a later one.
  package static let overtaken = "overtaken"
  /// The target did not answer for too long; nothing is said about the candidate.
  package static let unreachable = "target-unreachable"
}
