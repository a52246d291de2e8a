import SlipwayModel

// Gates hold up forward work and nothing else: whatever sends a rollout back is decided before they are looked at.
extension Rollout {
  /// The gates that have to pass before this and have not; none for a plan without gates.
  func openGates(_ place: GateSpec.Place) -> [GateSpec] {
    guard let all = plan.gates else { return [] }
    let passed = gates?.passed ?? []
    return all.filter { $0.before == place && !passed.contains($0.name) }
  }

  /// What asks the gates that a step waits for; `nil` when it waits for none.
  func gates(beforeStep index: Int, byIntent: Bool = false) -> Event? {
    guard plan.gates != nil, index < plan.steps.count, plan.steps[index].weight == .hundred, !openGates(.promotion).isEmpty else {
      return nil
    }
    return .gatesStarted(GatesStarted(before: .promotion, step: index, promotedByIntent: byIntent))
  }

  /// What is to be done now: the first of ``pending``, unless that is a question and people pause the rollout.
  package var due: PlannedEffect? {
    guard let first = pending.first else { return nil }
    if pause != nil, case .ask = first.effect { return nil }
    return first
  }

  /// The gate that is asked, or about to be.
  package var askedGate: GateSpec? {
    guard gates?.asking != nil else { return nil }
    for planned in pending { if case .ask(let name) = planned.effect { return plan.gate(name) } }
    return nil
  }

  // MARK: Answers

  /// A gate has answered, or could not be asked.
  func answered(_ question: PlannedEffect, _ name: Name, _ answer: GateAnswer, took: TimeSpan, at now: Timestamp) -> [Event] {
    let attempt = attempts + 1
    func event(retryAfter pause: TimeSpan?) -> GateAnswered {
      GateAnswered(
        id: question.id, gate: name, before: gates?.asking?.before ?? .deploy, outcome: answer.outcome, words: answer.words,
        attempt: attempt, took: took, retryAt: pause.map { now + $0 })
    }
    switch answer.outcome {
    case .passed: return [.gateAnswered(event(retryAfter: nil))]
    case .failed:
      let failed = event(retryAfter: nil)
      return [.gateAnswered(failed), goBack(Reason(Reason.gateFailed, "gate \(name) \(failed.account)"), .nothing(at: now))]
    case .pending: return [.gateAnswered(event(retryAfter: max(.seconds(5), longPause(at: now))))]
    case .unanswered:
      let growing = TimeSpan.seconds(Int64(1 << min(attempt - 1, 5)))
      return [.gateAnswered(event(retryAfter: max(min(growing, .seconds(30)), longPause(at: now))))]
    }
  }

  /// A sixtieth of the time waited so far, at most five minutes: whoever waits for hours fills no journal.
  private func longPause(at now: Timestamp) -> TimeSpan {
    let waited = gates?.asking.map { now - $0.since } ?? .zero
    return min(.milliseconds(max(0, waited.milliseconds) / 60), .minutes(5))
  }

  /// The gate that is asked has not passed in its time, counting only time in which somebody was there to ask.
  func gateOverdue(_ watch: Watch, at now: Timestamp) -> Reason? {
    guard let asking = gates?.asking, case .ask(let name) = pending.first?.effect, let gate = plan.gate(name),
      now - max(asking.since, watch.since) > gate.timeout
    else { return nil }
    let latest = gates?.latest.flatMap { $0.gate == name ? $0 : nil }
    return Reason(
      Reason.gateTimeout, "gate \(name) has not passed within \(gate.timeout); it \(latest?.account ?? "has not answered at all")")
  }

  // MARK: State

  mutating func applyGatesStarted(_ value: GatesStarted, at now: Timestamp) {
    var progress = gates ?? GateProgress()
    progress.asking = GateProgress.Asking(before: value.before, step: value.step, start: now, since: now)
    if value.promotedByIntent { progress.promised = value.step }
    gates = progress
    replacePending(openGates(value.before).map { .ask($0.name) })
  }

  mutating func applyGateAnswered(_ value: GateAnswered, at now: Timestamp) {
    guard let first = pending.first, first.id == value.id, var progress = gates else { return }
    progress.latest = value
    switch value.outcome {
    case .passed:
      progress.passed.append(value.gate)
      pending.removeFirst()
      attempts = 0
      retryAt = nil
      progress.asking?.since = now
      if pending.isEmpty {
        progress.spent = progress.taken(at: now)
        progress.asking = nil
      }
    case .failed: break
    case .pending, .unanswered:
      attempts = value.attempt
      retryAt = value.retryAt
    }
    gates = progress
  }
}

extension Plan {
  /// The gate of a name.
  package func gate(_ name: Name) -> GateSpec? { gates?.first { $0.name == name } }
}

extension Reason {
  /// A gate says no.
  package static let gateFailed = "gate-failed"
  /// A gate said "not yet", or nothing, for all the time it has.
  package static let gateTimeout = "gate-timeout"
}
