import SlipwayEngine
import SlipwayModel

/// A gate of a rollout.
struct GateSubject: Hashable {
  let rollout: String
  let gate: Name
}

/// Nothing begins without the pass of each of its gates, and no pass is in the journal that no gate gave.
extension Oracle {
  mutating func takeGates(_ value: GatesStarted, _ event: Event, _ record: RolloutRecord, _ turn: Turn) {
    let open = record.open(value.before)
    expect(!open.isEmpty && record.outstanding.isEmpty, event, record, "there is nothing to ask now")
    switch value.before {
    case .deploy:
      expect(record.place == .pending && record.pausedSince == nil, event, record)
    case .promotion:
      record.waiting = value.step
      expect(value.step.map { record.plan.steps[$0].weight == .hundred } ?? false, event, record, "the step gives no full share")
      let isPromoted = turn.intent.map { $0.kind == .promote || $0.kind == .promoteFully } ?? false
      if value.promotedByIntent {
        expect(record.place == .holding && (isPromoted || record.promised != nil), event, record, "nobody promoted it")
        record.promised = value.step
      } else {
        expect(record.place == .validating || record.place == .holding, event, record)
        expect(record.pausedSince == nil, event, record, "it is paused")
      }
    }
    record.ask(open.map { .ask($0) })
  }

  mutating func takeAnswer(_ value: GateAnswered, _ event: Event, _ record: RolloutRecord) {
    expect(value.id == record.firstID && record.outstanding.first == .ask(value.gate), event, record, "it was not asked")
    let given = given[GateSubject(rollout: record.id, gate: value.gate), default: []]
    // An error on the way is no answer either.
    if value.outcome != .unanswered, !given.contains(value.outcome), isReadable {
      violate(.gate, "\(record.id) takes gate \(value.gate) to have \(value.outcome.rawValue), which it never said")
    }
    switch value.outcome {
    case .passed:
      record.passes.insert(value.gate)
      record.done(at: record.since)
    case .failed: break
    case .pending, .unanswered: expect(value.retryAt != nil, event, record, "it is not asked again")
    }
    sightings.see(value)
  }

  /// Something begins that gates stand before.
  mutating func expectGates(_ place: GateSpec.Place, _ event: Event, _ record: RolloutRecord) {
    let open = record.open(place)
    if !open.isEmpty {
      violate(.gate, "\(record.id): \(event.kind.rawValue) without a pass of \(open.map(\.description).joined(separator: ", "))")
    }
  }
}

extension Sightings {
  mutating func see(_ answer: GateAnswered) {
    switch (answer.before, answer.outcome) {
    case (.deploy, .passed): see(answer.attempt > 1 ? .gatePassedLater : .deployGatePassed)
    case (.deploy, .failed): see(.deployGateFailed)
    case (.deploy, .pending): see(.deployGatePending)
    case (.deploy, .unanswered): see(.deployGateUnanswered)
    case (.promotion, .passed): see(answer.attempt > 1 ? .gatePassedLater : .promotionGatePassed)
    case (.promotion, .failed): see(.promotionGateFailed)
    case (.promotion, .pending): see(.promotionGatePending)
    case (.promotion, .unanswered): see(.promotionGateUnanswered)
    }
  }
}
