import SlipwayModel

extension Rollout {
  /// What a person's decision leads to. It is recorded first, whatever follows from it.
  func decideIntent(_ intent: Intent) throws(SlipwayError) -> [Event] {
    guard intent.planDigest == planDigest else {
      throw SlipwayError(
        .planChanged, .refused, "the decision names plan \(intent.planDigest.short), but rollout \(id) follows plan \(planDigest.short)",
        remedy: "look at `slipway status` and decide about the present plan")
    }
    guard !phase.isTerminal else {
      throw SlipwayError(
        .rolloutOver, .refused, "rollout \(id) is over: \(phase.rawValue)",
        remedy: "use `slipway rollback` to go back to an earlier release, or `slipway deploy` for a new rollout")
    }
    let recorded = Event.intentRecorded(intent)
    switch intent.kind {
    case .pause: return try decidePause(recorded)
    case .resume: return try decideResume(recorded)
    case .promote: return try decidePromote(recorded, fully: false)
    case .promoteFully: return try decidePromote(recorded, fully: true)
    case .abort: return try decideGoBack(recorded, Reason("aborted", "aborted"), intent)
    case .rollback: return try decideGoBack(recorded, Reason("rolled-back-by-hand", "rolled back"), intent)
    }
  }

  private func decidePause(_ recorded: Event) throws(SlipwayError) -> [Event] {
    guard pause == nil, phase != .rollingBack else {
      throw refusal(phase == .rollingBack ? "it is going back, which nothing may delay" : "it is paused already")
    }
    return [recorded]
  }

  private func decideResume(_ recorded: Event) throws(SlipwayError) -> [Event] {
    guard pause != nil else { throw refusal("it is not paused") }
    return [recorded]
  }

  private func decidePromote(_ recorded: Event, fully: Bool) throws(SlipwayError) -> [Event] {
    if phase == .baking && !isBakeOver { return [recorded] + endBake(.promoted) }
    if phase == .shifting, gates?.asking != nil {
      // A decision of a person does not open a gate; what is asked goes on, and nothing else is waited for then.
      guard findings.verdict != .fail else { throw refusal("its candidate has failed: \(failureSentences)") }
      return [recorded]
    }
    guard phase == .shifting, stage == .holding, let stepIndex, pending.isEmpty else {
      throw refusal("only a step whose split is in force, or a bake, can be promoted; it is \(phase.rawValue)")
    }
    guard findings.verdict != .fail else { throw refusal("its candidate has failed: \(failureSentences)") }
    let last = plan.steps.count - 1
    let next = fully && stepIndex < last ? last : nil
    if let question = gates(beforeStep: next ?? stepIndex + 1, byIntent: true) { return [recorded, question] }
    return [recorded] + pass(stepIndex, findings, byIntent: true, to: next, .nothing(at: since), at: since)
  }

  private func decideGoBack(_ recorded: Event, _ what: Reason, _ intent: Intent) throws(SlipwayError) -> [Event] {
    guard phase != .rollingBack else { throw refusal("it is going back already") }
    guard intent.kind != .rollback || plan.live != nil else {
      throw SlipwayError(
        .nothingToRollBack, .refused, "\(plan.version) is the first release of \(key); there is none to go back to",
        remedy: isPromoted ? "deploy another release" : "`slipway abort` stops this one")
    }
    guard !isBakeOver else { throw refusal("the previous slot is being stopped; use `slipway rollback` once the rollout has ended") }
    let by = intent.reason.isEmpty ? "" : ": \(intent.reason)"
    return [
      recorded,
      .rollbackStarted(RollbackStarted(reason: Reason(what.code, "\(what.message) by \(intent.actor.name)\(by)"), style: .immediate)),
    ]
  }

  /// The next release needs the slot that this one keeps warm.
  func makeWay() throws(SlipwayError) -> [Event] {
    guard phase == .baking else { throw refusal("it is \(phase.rawValue)") }
    return isBakeOver ? [] : endBake(.nextRelease)
  }

  private var failureSentences: String {
    findings.filter { $0.verdict == .fail }.map(\.sentence).joined(separator: "; ")
  }

  private func refusal(_ because: String) -> SlipwayError {
    SlipwayError(
      .notNow, .refused, "rollout \(id) can't do that now: \(because)", remedy: "look at `slipway status`, and try again when it fits")
  }
}

extension SlipwayError.Code {
  package static let planChanged = SlipwayError.Code("plan-changed")
  package static let rolloutOver = SlipwayError.Code("rollout-over")
  package static let nothingToRollBack = SlipwayError.Code("nothing-to-roll-back")
  package static let notNow = SlipwayError.Code("not-now")
}
