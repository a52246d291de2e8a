import SlipwayEngine
import SlipwayModel
import SlipwayPorts

/// The gates as the world has them.
extension World {
  /// A question arrives: does the journal ask it now?
  func check(_ question: GateQuestion) {
    guard let shadow = shadows[question.rollout] else {
      return violate(.unrecorded, "gate \(question.gate.name) is asked for a rollout that is not in the journal")
    }
    if !shadow.planned.contains(.ask(question.gate.name)) {
      violate(.unrecorded, "gate \(question.gate.name) is asked, which is not in the journal of \(question.rollout)")
    }
    // What a person has just decided may be on its way to whoever asks.
    if faults.isQuiet, let pause = shadow.rollout.pause, now - pause.since > .seconds(1) {
      violate(.gate, "gate \(question.gate.name) is asked while \(question.rollout) is paused")
    }
    if shadow.rollout.plan.purpose == .rollback {
      violate(.gate, "gate \(question.gate.name) is asked by \(question.rollout), which goes back to an earlier release")
    }
  }

  /// What the gate answers, and when.
  func answer(_ question: GateQuestion) async throws -> GateAnswer {
    let subject = GateSubject(rollout: question.rollout, gate: question.gate.name)
    let first = firstAsked[subject] ?? now
    firstAsked[subject] = first
    let model = scenario.gates?.first { $0.name == question.gate.name } ?? GateModel(question.gate.name, .unanswered)
    var answer = faults.isQuiet ? nil : try await obstruct(question)
    if answer == nil {
      if model.latency > .zero { try await scheduler.sleep(until: now + min(model.latency, .seconds(30))) }
      answer = now - first < model.pendingFor ? GateAnswer(.pending, "not yet") : GateAnswer(model.verdict, "as it was drawn")
    }
    let given = answer ?? GateAnswer(.unanswered)
    oracle.given[subject, default: []].insert(given.outcome)
    trace?.add(now, question.rollout, "gate \(question.gate.name): \(given.outcome.rawValue)")
    return given
  }
}

extension ServerPorts: GateProbe {
  func ask(_ question: GateQuestion) async throws -> GateAnswer {
    _ = world.faults.isQuiet ? try enterQuietly() : try await enter()
    world.check(question)
    let answer = try await world.answer(question)
    try requireAlive()
    return answer
  }
}
