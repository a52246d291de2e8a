import FoundationEssentials
import SlipwayModel

/// The kinds of events, by the names that the journal has for them.
package enum EventKind: String, CaseIterable, Hashable, Sendable {
  case rolloutStarted = "rollout_started"
  case buildStarted = "build_started"
  case releasePrepared = "release_prepared"
  case deployStarted = "deploy_started"
  case validationStarted = "validation_started"
  case gatesStarted = "gates_started"
  case gateAnswered = "gate_answered"
  case stepStarted = "step_started"
  case capacityReady = "capacity_ready"
  case holdStarted = "hold_started"
  case splitDrifted = "split_drifted"
  case referenceTaken = "reference_taken"
  case measured
  case intervalJudged = "interval_judged"
  case watched
  case undecided
  case evaluated
  case instanceExited = "instance_exited"
  case stepPassed = "step_passed"
  case promoted
  case bakeEnded = "bake_ended"
  case effectSucceeded = "effect_succeeded"
  case effectFailed = "effect_failed"
  case intentRecorded = "intent_recorded"
  case rollbackStarted = "rollback_started"
  case rollbackStepStarted = "rollback_step_started"
  case trafficRestored = "traffic_restored"
  case rolloutSucceeded = "rollout_succeeded"
  case rolloutRolledBack = "rollout_rolled_back"
  case rolloutFailed = "rollout_failed"
}

extension Event {
  /// The name that the journal has for the kind of event.
  package var kind: EventKind {
    switch self {
    case .rolloutStarted: .rolloutStarted
    case .buildStarted: .buildStarted
    case .releasePrepared: .releasePrepared
    case .deployStarted: .deployStarted
    case .validationStarted: .validationStarted
    case .gatesStarted: .gatesStarted
    case .gateAnswered: .gateAnswered
    case .stepStarted: .stepStarted
    case .capacityReady: .capacityReady
    case .holdStarted: .holdStarted
    case .splitDrifted: .splitDrifted
    case .referenceTaken: .referenceTaken
    case .measured: .measured
    case .intervalJudged: .intervalJudged
    case .watched: .watched
    case .undecided: .undecided
    case .evaluated: .evaluated
    case .instanceExited: .instanceExited
    case .stepPassed: .stepPassed
    case .promoted: .promoted
    case .bakeEnded: .bakeEnded
    case .effectSucceeded: .effectSucceeded
    case .effectFailed: .effectFailed
    case .intentRecorded: .intentRecorded
    case .rollbackStarted: .rollbackStarted
    case .rollbackStepStarted: .rollbackStepStarted
    case .trafficRestored: .trafficRestored
    case .rolloutSucceeded: .rolloutSucceeded
    case .rolloutRolledBack: .rolloutRolledBack
    case .rolloutFailed: .rolloutFailed
    }
  }

  /// The event's values as canonical JSON: one object, `{}` for events that have none.
  package var body: [UInt8] {
    switch self {
    case .rolloutStarted(let value): canonicalJSON(value)
    case .releasePrepared(let value): canonicalJSON(value)
    case .gatesStarted(let value): canonicalJSON(value)
    case .gateAnswered(let value): canonicalJSON(value)
    case .stepStarted(let value): canonicalJSON(value)
    case .splitDrifted(let value): canonicalJSON(value)
    case .referenceTaken(let value): canonicalJSON(value)
    case .measured(let value): canonicalJSON(value)
    case .intervalJudged(let value): canonicalJSON(value)
    case .watched(let value): canonicalJSON(value)
    case .undecided(let value): canonicalJSON(value)
    case .evaluated(let value): canonicalJSON(value)
    case .instanceExited(let value): canonicalJSON(value)
    case .stepPassed(let value): canonicalJSON(value)
    case .bakeEnded(let value): canonicalJSON(value)
    case .effectSucceeded(let value): canonicalJSON(value)
    case .effectFailed(let value): canonicalJSON(value)
    case .intentRecorded(let value): canonicalJSON(value)
    case .rollbackStarted(let value): canonicalJSON(value)
    case .rollbackStepStarted(let value): canonicalJSON(value)
    case .rolloutFailed(let value): canonicalJSON(value)
    case .buildStarted, .deployStarted, .validationStarted, .capacityReady, .holdStarted, .promoted, .trafficRestored,
      .rolloutSucceeded, .rolloutRolledBack:
      [UInt8](#"{}"#.utf8)
    }
  }

  /// Reads what ``kind`` and ``body`` wrote.
  ///
  /// - Throws: `SlipwayError` with code `journal-unreadable` for an unknown kind or a body of another shape: the journal was
  ///   written by a newer version, or damaged.
  package init(kind: String, body: [UInt8]) throws(SlipwayError) {
    guard let known = EventKind(rawValue: kind) else { throw Self.unreadable(kind, cause: nil) }
    do {
      self = try Self.decode(known, Data(body))
    } catch {
      throw Self.unreadable(kind, cause: error)
    }
  }

  private static func unreadable(_ kind: String, cause: (any Error)?) -> SlipwayError {
    SlipwayError(
      .journalUnreadable, .broken, "an entry of kind '\(kind)' can't be read",
      remedy: "use the version of Slipway that wrote the journal, and run `slipway audit verify`", cause: cause)
  }

  private static let decoder = JSONDecoder()

  private static func decode(_ kind: EventKind, _ body: Data) throws -> Event {
    func value<Value: Decodable>(_ type: Value.Type) throws -> Value { try Self.decoder.decode(type, from: body) }
    return switch kind {
    case .rolloutStarted: .rolloutStarted(try value(RolloutStarted.self))
    case .buildStarted: .buildStarted
    case .releasePrepared: .releasePrepared(try value(ReleasePrepared.self))
    case .deployStarted: .deployStarted
    case .validationStarted: .validationStarted
    case .gatesStarted: .gatesStarted(try value(GatesStarted.self))
    case .gateAnswered: .gateAnswered(try value(GateAnswered.self))
    case .stepStarted: .stepStarted(try value(StepStarted.self))
    case .capacityReady: .capacityReady
    case .holdStarted: .holdStarted
    case .splitDrifted: .splitDrifted(try value(SplitDrifted.self))
    case .referenceTaken: .referenceTaken(try value(ReferenceTaken.self))
    case .measured: .measured(try value(Measured.self))
    case .intervalJudged: .intervalJudged(try value(IntervalJudged.self))
    case .watched: .watched(try value(Watched.self))
    case .undecided: .undecided(try value(Undecided.self))
    case .evaluated: .evaluated(try value(Evaluated.self))
    case .instanceExited: .instanceExited(try value(InstanceExited.self))
    case .stepPassed: .stepPassed(try value(StepPassed.self))
    case .promoted: .promoted
    case .bakeEnded: .bakeEnded(try value(BakeEnded.self))
    case .effectSucceeded: .effectSucceeded(try value(EffectSucceeded.self))
    case .effectFailed: .effectFailed(try value(EffectFailed.self))
    case .intentRecorded: .intentRecorded(try value(Intent.self))
    case .rollbackStarted: .rollbackStarted(try value(RollbackStarted.self))
    case .rollbackStepStarted: .rollbackStepStarted(try value(RollbackStep.self))
    case .trafficRestored: .trafficRestored
    case .rolloutSucceeded: .rolloutSucceeded
    case .rolloutRolledBack: .rolloutRolledBack
    case .rolloutFailed: .rolloutFailed(try value(Reason.self))
    }
  }
}

extension SlipwayError.Code {
  package static let journalUnreadable = SlipwayError.Code("journal-unreadable")
}
