import SlipwayModel

extension Rollout {
  /// An effect was done. Results of effects that nobody waits for any more (a rollback took their place) change nothing.
  func effectSucceeded(_ id: String, _ outcome: EffectOutcome, at now: Timestamp) -> [Event] {
    guard let first = pending.first, first.id == id else { return [] }
    if case .ask(let gate) = first.effect {
      // A question that was merely done is none that was answered.
      guard case .answered(let answer, let took) = outcome else {
        return answered(first, gate, GateAnswer(.unanswered), took: .zero, at: now)
      }
      return answered(first, gate, answer, took: took, at: now)
    }
    let done = Event.effectSucceeded(EffectSucceeded(id: id))
    if phase == .building, case .prepared(let digest) = outcome {
      return [.releasePrepared(ReleasePrepared(artifact: digest)), done, .deployStarted]
    }
    return phase == .deploying && pending.count == 1 ? [done, .validationStarted] : [done]
  }

  /// An effect failed. It is tried again with growing pauses; when that is no use, forward work goes back, and the way back
  /// goes on until its own bound.
  func effectFailed(_ id: String, _ error: SlipwayError, at now: Timestamp) -> [Event] {
    guard let first = pending.first, first.id == id else { return [] }
    if case .ask(let gate) = first.effect {
      return answered(first, gate, GateAnswer(.unanswered, error.message), took: .zero, at: now)
    }
    let attempt = attempts + 1
    func failed(retryAfter pause: TimeSpan?) -> Event {
      .effectFailed(EffectFailed(id: id, error: error, attempt: attempt, retryAt: pause.map { now + $0 }))
    }
    if phase == .rollingBack, plan.live == nil, exposedSince == nil, error.kind == .input {
      // The first release never had traffic, and the route can't even be made (its port is taken): there is nothing to restore.
      return [failed(retryAfter: nil), .trafficRestored]
    }
    if phase == .rollingBack && rollbackStage != .retiring {
      return [failed(retryAfter: Self.pauseOnTheWayBack(attempt))]
    }
    let isLast = attempt >= plan.limits.attempts || error.kind == .input
    if !isLast { return [failed(retryAfter: min(.seconds(1) * Int64(1 << min(attempt - 1, 5)), .seconds(30)))] }
    if phase == .rollingBack || isBakeOver {
      // Traffic is where it should be; what could not be stopped is named in the journal and replaced by the next release.
      return [failed(retryAfter: nil)]
    }
    let reason = Reason(error.code.rawValue, "could not \(first.effect): \(error.message)" + (error.cause.map { " (\($0))" } ?? ""))
    return [failed(retryAfter: nil), goBack(reason, .nothing(at: now))]
  }

  /// Quick at first, since traffic waits for it; every ten seconds once it is clear that this will take a person or a while,
  /// so that an outage fills no journal.
  private static func pauseOnTheWayBack(_ attempt: Int) -> TimeSpan {
    attempt > 10 ? .seconds(10) : min(.milliseconds(250) * Int64(1 << min(attempt - 1, 3)), .seconds(2))
  }
}
