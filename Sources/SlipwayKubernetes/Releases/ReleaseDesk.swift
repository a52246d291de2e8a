import SlipwayModel

/// What carries out the rollouts that Releases ask for.
///
/// An adapter knows no engine, so this is what the controller needs of one, in its own words.
package protocol ReleaseDesk: Sendable {
  /// Says whether the order could be carried out, as far as that can be told without asking anybody; changes nothing.
  ///
  /// - Throws: `SlipwayError` of kind `input`.
  func check(_ order: ReleaseOrder) async throws

  /// How the release's service is now.
  ///
  /// - Parameter order: what is compared with what is live; `nil` when that is of no interest.
  func service(of release: DeclaredRelease, comparedWith order: ReleaseOrder?) async throws -> ServiceFacts

  /// Begins a rollout, at most one for each generation of a Release, whoever asks and however often.
  ///
  /// - Returns: its id, once the journal has it.
  /// - Throws: `SlipwayError`: as `slipway deploy`.
  func begin(_ order: ReleaseOrder) async throws -> String

  /// Records a decision about a rollout, in the name of the release.
  func decide(_ intent: ReleaseIntent, rollout: String, for release: DeclaredRelease, reason: String) async throws

  /// What the journal says of the release's rollouts after an entry, as far as people care.
  ///
  /// - Parameter entry: `nil`: all that there is of the newest rollout.
  func news(of release: DeclaredRelease, after entry: Int64?) async throws -> [ReleaseNews]

  /// Counts up when something may have changed.
  var changeCount: Int { get }

  /// Returns when there have been more changes than `count`, or when the task is cancelled.
  func wait(past count: Int) async

  /// What is the same as before is as it was before.
  func newestEntries() async -> [DeploymentKey: Int64]
}

/// A decision that a Release can state.
package enum ReleaseIntent: Hashable, Sendable {
  case pause, resume
  /// Stop, and go back.
  case abort
  /// Back to what was live before the promotion.
  case rollBack
}

/// Where a rollout is, in the words of the status. The raw values are those that clients of the API see.
package enum ReleasePhase: String, CaseIterable, Hashable, Sendable {
  case pending = "Pending"
  case building = "Building"
  case deploying = "Deploying"
  case validating = "Validating"
  case shifting = "Shifting"
  case baking = "Baking"
  case succeeded = "Succeeded"
  case rollingBack = "RollingBack"
  case rolledBack = "RolledBack"
  case failed = "Failed"

  var isTerminal: Bool {
    switch self {
    case .succeeded, .rolledBack, .failed: true
    case .pending, .building, .deploying, .validating, .shifting, .baking, .rollingBack: false
    }
  }
}

/// A rollout as far as a Release tells of it.
package struct RolloutFacts: Hashable, Sendable {
  package struct Step: Hashable, Sendable {
    /// From 1.
    package let number: Int
    package let count: Int
    package let name: String

    package init(number: Int, count: Int, name: String) { (self.number, self.count, self.name) = (number, count, name) }
  }

  package struct Pause: Hashable, Sendable {
    package let actor: Actor
    package let reason: String

    package init(actor: Actor, reason: String) { (self.actor, self.reason) = (actor, reason) }
  }

  package let id: String
  /// `nil`: asked for by a command.
  package let origin: RequestOrigin?
  package let version: Version
  package let phase: ReleasePhase
  package let step: Step?
  /// The candidate's.
  package let share: Percentage
  package let pause: Pause?
  /// Why it goes or went back, or failed.
  package let reason: String?
  package let startedBy: String
  package let planDigest: Digest
  package let startedAt: Timestamp
  package let finishedAt: Timestamp?

  package init(
    id: String, origin: RequestOrigin?, version: Version, phase: ReleasePhase, step: Step?, share: Percentage, pause: Pause?,
    reason: String?, startedBy: String, planDigest: Digest, startedAt: Timestamp, finishedAt: Timestamp?
  ) {
    self.id = id
    self.origin = origin
    self.version = version
    self.phase = phase
    self.step = step
    self.share = share
    self.pause = pause
    self.reason = reason
    self.startedBy = startedBy
    self.planDigest = planDigest
    self.startedAt = startedAt
    self.finishedAt = finishedAt
  }
}

/// How a service is, as far as its Release has to know.
package struct ServiceFacts: Hashable, Sendable {
  /// The newest rollout that the Release has asked for, in whichever generation.
  package let own: RolloutFacts?
  /// The rollout that is under way, whoever asked for it.
  package let running: RolloutFacts?
  package let liveVersion: Version?
  /// Whether just what is ordered has the requests outside of a trial.
  package let isLive: Bool
  /// Whether just what is ordered is what ``running`` could go back to by one switch.
  package let isWarm: Bool

  package init(own: RolloutFacts?, running: RolloutFacts?, liveVersion: Version?, isLive: Bool = false, isWarm: Bool = false) {
    self.own = own
    self.running = running
    self.liveVersion = liveVersion
    self.isLive = isLive
    self.isWarm = isWarm
  }
}

/// An entry of the journal, or several of a kind, as an Event tells it.
package struct ReleaseNews: Hashable, Sendable {
  package let rollout: String
  /// Place in the journal.
  package let entry: Int64
  package let at: Timestamp
  /// In one word, for programs: `RolloutStarted`.
  package let reason: String
  package let message: String
  package let isWarning: Bool
  /// What comes often is one Event with a count.
  package let repeats: Bool

  package init(rollout: String, entry: Int64, at: Timestamp, reason: String, message: String, isWarning: Bool, repeats: Bool) {
    self.rollout = rollout
    self.entry = entry
    self.at = at
    self.reason = reason
    self.message = message
    self.isWarning = isWarning
    self.repeats = repeats
  }
}
