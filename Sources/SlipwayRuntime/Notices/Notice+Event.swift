import SlipwayEngine
import SlipwayModel
import SlipwayPorts

extension NotificationEvent {
  /// Kinds of entries that may be told.
  static let kinds: Set<String> = Set((Array(byKind.keys) + [.intentRecorded]).map(\.rawValue))

  private static let byKind: [EventKind: NotificationEvent] = [
    .rolloutStarted: .started, .undecided: .undecided, .rollbackStarted: .rollingBack, .rolloutRolledBack: .rolledBack,
    .rolloutFailed: .failed, .rolloutSucceeded: .succeeded,
  ]

  /// Whether a rollout is over with it.
  var isEnd: Bool {
    switch self {
    case .rolledBack, .failed, .succeeded: true
    case .started, .paused, .undecided, .rollingBack, .test: false
    }
  }

  /// What an entry is told as; `nil` when it is nothing that anybody asked for.
  init?(_ event: Event) {
    if case .intentRecorded(let intent) = event, intent.kind == .pause {
      self = .paused
    } else if let known = Self.byKind[event.kind] {
      self = known
    } else {
      return nil
    }
  }
}

extension Notice {
  /// - Parameters:
  ///   - entry: what is told.
  ///   - rollout: as it is after the entry.
  init(_ event: Event, as told: NotificationEvent, of rollout: Rollout, entry: JournalEntry) {
    let plan = rollout.plan
    let reason: String? =
      switch event {
      case .rolloutStarted(let start): start.request.reason
      case .intentRecorded(let intent): intent.reason
      case .rolloutFailed(let reason): reason.message
      case _: rollout.reason?.message
      }
    self.init(
      event: told, rollout: rollout.id, service: plan.key.service, environment: plan.key.environment, version: plan.version,
      previousVersion: plan.live?.release.version, phase: rollout.phase.rawValue, sentence: event.sentence(plan: plan),
      reason: reason.flatMap { $0.isEmpty ? nil : $0 }, candidateWeight: rollout.weight,
      liveWeight: plan.live.map { rollout.split.weight(of: $0.slot) } ?? .zero, planDigest: rollout.planDigest, journalIndex: entry.index,
      at: entry.at)
  }
}
