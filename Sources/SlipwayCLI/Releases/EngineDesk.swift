import SlipwayEngine
import SlipwayKubernetes
import SlipwayModel
import SlipwayPorts
import SlipwayRuntime

/// The engine as the controller of Releases needs it.
package struct EngineDesk: ReleaseDesk {
  private let engine: Engine

  package init(engine: Engine) { self.engine = engine }

  package func check(_ order: ReleaseOrder) async throws {
    let request = try DeployRequest(order)
    try request.requireBounds()
    _ = try await engine.preview(request)
  }

  package func service(of release: DeclaredRelease, comparedWith order: ReleaseOrder?) async throws -> ServiceFacts {
    let key = release.deployment
    let all = await engine.rollouts().filter { $0.key == key }
    let running = all.last { !$0.phase.isTerminal }
    let live = all.last?.live
    var (isLive, isWarm) = (false, false)
    if let order {
      let request = try DeployRequest(order)
      let configuration = try await engine.preview(request).configuration
      func isWanted(_ other: LiveRelease?) -> Bool {
        guard let other else { return false }
        return other.release.version == request.version && other.release.configuration == configuration
          && other.replicas == request.environment.replicas
      }
      (isLive, isWarm) = (isWanted(live), isWanted(running?.warm))
    }
    return ServiceFacts(
      own: all.last { $0.request.origin?.uid == release.uid }.map(RolloutFacts.init), running: running.map(RolloutFacts.init),
      liveVersion: live?.release.version, isLive: isLive, isWarm: isWarm)
  }

  package func begin(_ order: ReleaseOrder) async throws -> String {
    try await engine.deploy(try DeployRequest(order))
  }

  package func decide(_ intent: ReleaseIntent, rollout: String, for release: DeclaredRelease, reason: String) async throws {
    let kind: Intent.Kind =
      switch intent {
      case .pause: .pause
      case .resume: .resume
      case .abort: .abort
      case .rollBack: .rollback
      }
    try await engine.intend(kind, rollout: rollout, actor: release.actor, reason: reason, planDigest: nil)
  }

  package func news(of release: DeclaredRelease, after entry: Int64?) async throws -> [ReleaseNews] {
    let own = await engine.rollouts().filter { $0.request.origin?.uid == release.uid }
    var news: [ReleaseNews] = []
    // What was told of before cannot be known any more, so nothing is told of rollouts before the newest.
    for rollout in entry == nil ? own.suffix(1) : own[...] where await engine.newestEntry(of: rollout.id) > entry ?? -1 {
      let entries = try await engine.entries(of: rollout.id, after: -1, patience: .zero)
      let views = EntryView.all(entries, plan: rollout.plan)
      for (entryOfJournal, view) in zip(entries, views) where entryOfJournal.index > entry ?? -1 {
        guard let kind = EventKind(rawValue: entryOfJournal.kind), let manner = kind.news else { continue }
        news.append(
          ReleaseNews(
            rollout: rollout.id, entry: view.index, at: view.at, reason: manner.reason,
            message: "rollout \(rollout.id) to \(rollout.plan.version): \(view.sentence)", isWarning: manner.isWarning,
            repeats: manner.repeats))
      }
    }
    return news.sorted { $0.entry < $1.entry }
  }

  package var changeCount: Int { engine.changeCount }

  package func wait(past count: Int) async { await engine.wait(past: count) }

  package func newestEntries() async -> [DeploymentKey: Int64] { await engine.newestEntries() }
}

extension RolloutFacts {
  init(_ rollout: Rollout) {
    let step = rollout.step.map {
      Step(number: (rollout.stepIndex ?? 0) + 1, count: rollout.plan.steps.count, name: $0.name)
    }
    self.init(
      id: rollout.id, origin: rollout.request.origin, version: rollout.plan.version, phase: ReleasePhase(rollout.phase), step: step,
      share: rollout.weight, pause: rollout.pause.map { Pause(actor: $0.actor, reason: $0.reason) }, reason: rollout.reason?.message,
      startedBy: rollout.request.actor.name, planDigest: rollout.planDigest, startedAt: rollout.startedAt, finishedAt: rollout.finishedAt)
  }
}

extension ReleasePhase {
  fileprivate init(_ phase: RolloutPhase) {
    self =
      switch phase {
      case .pending: .pending
      case .building: .building
      case .deploying: .deploying
      case .validating: .validating
      case .shifting: .shifting
      case .baking: .baking
      case .succeeded: .succeeded
      case .rollingBack: .rollingBack
      case .rolledBack: .rolledBack
      case .failed: .failed
      }
  }
}

extension EventKind {
  /// How an Event tells of an entry; `nil` for what only an auditor cares about.
  fileprivate var news: (reason: String, isWarning: Bool, repeats: Bool)? {
    switch self {
    case .rolloutStarted: ("RolloutStarted", false, false)
    case .holdStarted: ("TrafficShifted", false, false)
    case .promoted: ("Promoted", false, false)
    case .intentRecorded: ("Decided", false, false)
    case .undecided: ("DecisionNeeded", true, false)
    case .gatesStarted: ("GatesAsked", false, false)
    case .rollbackStarted: ("RollbackStarted", true, false)
    case .trafficRestored: ("TrafficRestored", false, false)
    case .rolloutSucceeded: ("RolloutSucceeded", false, false)
    case .rolloutRolledBack: ("RolledBack", true, false)
    case .rolloutFailed: ("RolloutFailed", true, false)
    case .effectFailed: ("AttemptFailed", true, true)
    case .splitDrifted: ("SplitDrifted", true, true)
    case .instanceExited: ("PodExited", true, true)
    case .buildStarted, .releasePrepared, .deployStarted, .validationStarted, .stepStarted, .capacityReady, .referenceTaken, .measured,
      .intervalJudged, .watched, .evaluated, .stepPassed, .bakeEnded, .effectSucceeded, .gateAnswered, .rollbackStepStarted:
      nil
    }
  }
}
