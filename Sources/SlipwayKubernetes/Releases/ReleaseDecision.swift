import SlipwayModel

/// What has to be done for a Release now. A pure function of what it says, of what the journal says, and of what was last told.
struct ReleaseDecision: Hashable, Sendable {
  enum Action: Hashable, Sendable {
    case nothing
    case begin
    case intend(ReleaseIntent, rollout: String, reason: String)
  }

  let action: Action
  /// The rollout that the status tells of; `nil`: there is none.
  let follows: RolloutFacts?
  let outcome: ReleaseOutcome

  init(_ action: Action = .nothing, follows: RolloutFacts?, _ outcome: ReleaseOutcome) {
    (self.action, self.follows, self.outcome) = (action, follows, outcome)
  }
}

/// What the status says that was seen of a Release before.
struct SeenRelease: Hashable, Sendable {
  let generation: Int
  /// Digest of what it asked for then; `nil` when that was never known.
  let request: Digest?
  /// The generation since which it has asked for that, and for nothing else.
  let since: Int

  /// The first generation that may have asked for something, and for nothing else since.
  /// Where nothing is known it is the very first: what was begun once is not begun again for want of a memory.
  func since(_ digest: Digest?) -> Int { request.map { $0 == digest ? since : generation + 1 } ?? 1 }
}

extension ReleaseDecision {
  /// - Parameters:
  ///   - digest: of what the release asks for; `nil` where the generation is known to be answered.
  ///   - seen: `nil` for a release whose status is empty, or was lost.
  static func decide(_ release: DeclaredRelease, digest: Digest?, seen: SeenRelease?, _ service: ServiceFacts) -> ReleaseDecision {
    if let own = service.own, isAnswer(own, to: release, digest, seen) {
      return ReleaseDecision(
        pausing(own, release), follows: own, ReleaseOutcome(own, wanted: release.spec.version, service))
    }
    if let running = service.running { return makingWay(running, release, service) }
    if service.isLive {
      let origin = service.own.flatMap { $0.phase == .succeeded && $0.version == release.spec.version ? $0 : nil }
      return ReleaseDecision(follows: origin, ReleaseOutcome(.ready, "Live", "\(release.spec.version) is live"))
    }
    if release.spec.paused {
      return ReleaseDecision(
        follows: nil, ReleaseOutcome(.reconciling, "Paused", "no rollout is begun while `spec.paused` is set"))
    }
    return ReleaseDecision(
      .begin, follows: nil, ReleaseOutcome(.reconciling, "Beginning", "a rollout to \(release.spec.version) is being begun"))
  }

  /// Whether a rollout was begun for what the release asks for: in this generation, or in an earlier one that asked for the same, with
  /// nothing else asked for in between.
  private static func isAnswer(_ own: RolloutFacts, to release: DeclaredRelease, _ digest: Digest?, _ seen: SeenRelease?) -> Bool {
    guard let origin = own.origin else { return false }
    if origin.generation == release.generation { return true }
    guard origin.digest == digest else { return false }
    return seen.map { origin.generation >= $0.since(digest) } ?? true
  }

  /// A pause that somebody else has made is his to lift; what the declaration says counts again as soon as it says so.
  private static func pausing(_ own: RolloutFacts, _ release: DeclaredRelease) -> Action {
    guard !own.phase.isTerminal, own.phase != .rollingBack else { return .nothing }
    let isPaused = own.pause != nil
    if release.spec.paused, !isPaused { return .intend(.pause, rollout: own.id, reason: "`spec.paused` is set") }
    if !release.spec.paused, own.pause?.actor == release.actor {
      return .intend(.resume, rollout: own.id, reason: "`spec.paused` is no longer set")
    }
    return .nothing
  }

  /// A rollout is under way that is no answer to this generation.
  private static func makingWay(_ running: RolloutFacts, _ release: DeclaredRelease, _ service: ServiceFacts) -> ReleaseDecision {
    let version = release.spec.version
    let name = "rollout \(running.id) to \(running.version)"
    let waiting = ReleaseOutcome(
      .reconciling, "Waiting", "\(name) by \(running.startedBy) is \(running.phase.rawValue); \(version) comes after it")
    if running.phase == .rollingBack { return ReleaseDecision(follows: running, waiting) }
    if running.phase == .baking, service.isWarm {
      return ReleaseDecision(
        .intend(.rollBack, rollout: running.id, reason: "\(release.words) asks for \(version) again"), follows: running, waiting)
    }
    if running.phase == .baking {
      if service.isLive { return ReleaseDecision(follows: running, ReleaseOutcome(running, wanted: version, service)) }
      // A bake makes way for the next release by itself.
      return release.spec.paused
        ? ReleaseDecision(follows: running, ReleaseOutcome(.reconciling, "Paused", "no rollout is begun while `spec.paused` is set"))
        : ReleaseDecision(.begin, follows: running, ReleaseOutcome(.reconciling, "Beginning", "\(name) makes way for \(version)"))
    }
    if running.origin?.uid == release.uid {
      let why = service.isLive ? "asks for \(version) again" : "asks for \(version) now"
      return ReleaseDecision(.intend(.abort, rollout: running.id, reason: "\(release.words) \(why)"), follows: running, waiting)
    }
    return ReleaseDecision(follows: running, waiting)
  }
}
