import SlipwayModel

extension Rollout {
  /// Why the rollout must not go on; `nil` while nothing speaks against it. Evaluated in every turn before anything else,
  /// whether or not the candidate is ready, whatever the router answers, and also while the rollout is paused.
  func reasonToGoBack(_ judgement: Judgement, _ observation: Observation, at now: Timestamp) -> Reason? {
    if phase == .baking && isBakeOver { return nil }
    return judgement.failure ?? crashLoop() ?? failedHealth(observation) ?? (pause == nil ? exceededLimit(judgement, at: now) : nil)
  }

  /// Starts the way back in the style that fits: gradual only when asked for, and only when the candidate can still serve
  /// and is not what is hurting.
  func goBack(_ reason: Reason, _ observation: Observation) -> Event {
    let candidate = observation.world?[candidateSlot]
    let canServe = (candidate?.readyReplicas ?? 0) > 0 && reason.code != Reason.guardrail && reason.code != Reason.health
    let gradual = plan.rollback.style == .gradual && canServe && !isPromoted
    return .rollbackStarted(RollbackStarted(reason: reason, style: gradual ? .gradual : .immediate))
  }

  /// Three exits of the candidate's processes in one rollout are no accident.
  private func crashLoop() -> Reason? {
    guard exits >= Self.exitLimit, let exit = lastExit else { return nil }
    let lines = exit.lastLines.suffix(3).joined(separator: " | ")
    return Reason(
      Reason.crashLoop,
      "the candidate's processes ended \(exits) times by themselves, last with \(exit.status)\(exit.wasBound ? "" : " before it opened its port")"
        + (lines.isEmpty ? "" : ": \(lines)"))
  }

  private static let exitLimit = 3

  private func failedHealth(_ observation: Observation) -> Reason? {
    guard phase == .shifting || phase == .baking, let candidate = observation.world?[candidateSlot],
      candidate.consecutiveFailures >= plan.rollback.healthCheckFailures
    else { return nil }
    return Reason(
      Reason.health,
      "\(candidate.consecutiveFailures) health checks of the candidate failed in a row (limit \(plan.rollback.healthCheckFailures))")
  }

  /// A bound on waiting was passed.
  private func exceededLimit(_ judgement: Judgement, at now: Timestamp) -> Reason? {
    let waited = now - since
    switch phase {
    case .pending, .succeeded, .rollingBack, .rolledBack, .failed: return nil
    case .building:
      return waited > plan.limits.prepare ? Reason("build-timeout", "preparing the release took longer than \(plan.limits.prepare)") : nil
    case .deploying, .validating: return waited > plan.limits.ready ? notReady() : nil
    case .shifting:
      switch stage {
      case .scaling: return waited > plan.limits.ready ? notReady() : nil
      case .routing:
        return waited > plan.limits.converge
          ? Reason("split-not-in-force", "the split was not seen in force within \(plan.limits.converge)") : nil
      case .holding:
        return waited > (step?.hold ?? .zero) + plan.limits.patience ? noEvidence(judgement) : nil
      }
    case .baking: return waited > plan.bake + plan.limits.patience ? noEvidence(judgement) : nil
    }
  }

  private func notReady() -> Reason {
    let exit = lastExit.map { "; a process ended with \($0.status): \($0.lastLines.suffix(3).joined(separator: " | "))" } ?? ""
    return Reason(Reason.notReady, "the candidate was not ready within \(plan.limits.ready)\(exit)")
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
  package static let notReady = "candidate-not-ready"
}
