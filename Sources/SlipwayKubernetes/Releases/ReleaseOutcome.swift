import SlipwayModel

/// How far a Release is from what it wants, as its conditions tell it.
struct ReleaseOutcome: Hashable, Sendable {
  enum State: Hashable, Sendable {
    /// What is wanted is live.
    case ready
    /// Something is being done, or will be by itself.
    case reconciling
    /// Nothing more will be done until somebody acts.
    case stalled
  }

  let state: State
  /// In camel case, for programs.
  let reason: String
  /// For people.
  let message: String

  init(_ state: State, _ reason: String, _ message: String) {
    (self.state, self.reason, self.message) = (state, reason, message)
  }

  /// What is in the way, with what can be done about it. What somebody has given wrongly stays so; all else may come right.
  init(_ error: SlipwayError) {
    self.init(
      error.kind == .input ? .stalled : .reconciling, Self.word(error.code.rawValue), "\(error.message); remedy: \(error.remedy)")
  }

  /// `image-missing` as `ImageMissing`.
  static func word(_ code: String) -> String {
    code.split(separator: "-").map { $0.prefix(1).uppercased() + $0.dropFirst() }.joined()
  }
}

extension ReleaseOutcome {
  /// How a rollout of the wanted version is.
  init(_ rollout: RolloutFacts, wanted version: Version, _ service: ServiceFacts) {
    let name = "rollout \(rollout.id) to \(rollout.version)"
    let because = rollout.reason.map { ": \($0)" } ?? ""
    if let pause = rollout.pause, !rollout.phase.isTerminal, rollout.phase != .baking, rollout.phase != .rollingBack {
      self.init(.reconciling, "Paused", "\(name) is paused by \(pause.actor.name)" + (pause.reason.isEmpty ? "" : ": \(pause.reason)"))
      return
    }
    switch rollout.phase {
    case .pending, .building, .deploying, .validating:
      self.init(.reconciling, rollout.phase.rawValue, "\(name) is being prepared; it has no traffic")
    case .shifting:
      let step = rollout.step.map { ", step \($0.number) of \($0.count) (\($0.name))" } ?? ""
      self.init(.reconciling, rollout.phase.rawValue, "\(name) is being tried\(step)")
    case .rollingBack: self.init(.reconciling, rollout.phase.rawValue, "\(name) is going back\(because)")
    case .baking: self.init(.ready, "Promoted", "\(version) has all traffic and is still watched")
    case .succeeded where service.liveVersion == version: self.init(.ready, "Live", "\(version) is live")
    case .succeeded:
      let other = service.liveVersion.map { "\($0) is live" } ?? "nothing is live"
      if let running = service.running {
        self.init(.reconciling, "Replaced", "\(other); rollout \(running.id) to \(running.version) by \(running.startedBy) is under way")
      } else {
        self.init(.stalled, "Replaced", "\(version) was promoted, and since then somebody has gone elsewhere: \(other)")
      }
    case .rolledBack, .failed: self = Self.over(rollout, name, because, wanted: version, service)
    }
  }

  /// A rollout that came to nothing; somebody may have brought the version in by other means since.
  private static func over(
    _ rollout: RolloutFacts, _ name: String, _ because: String, wanted version: Version, _ service: ServiceFacts
  ) -> ReleaseOutcome {
    if let running = service.running, running.version == version {
      return ReleaseOutcome(running, wanted: version, service)
    }
    if service.liveVersion == version { return ReleaseOutcome(.ready, "Live", "\(version) is live") }
    let remedy = "remedy: correct the release and declare another version, or raise `spec.attempt` to try this one again"
    let verb = rollout.phase == .failed ? "failed" : "went back"
    return ReleaseOutcome(.stalled, rollout.phase.rawValue, "\(name) \(verb)\(because); \(remedy)")
  }
}
