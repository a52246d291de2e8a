/// What a channel is told: one entry of the journal, and how the rollout stood after it.
///
/// Its JSON is what receivers of the format `json` get; see `docs/notifications.md`. Keys may be added.
package struct Notice: Hashable, Sendable, Codable {
  /// Rollout and index in the journal: the same each time that this is told, so that receivers can drop doubles.
  package let id: String
  /// What happened, in a word.
  package let event: NotificationEvent
  /// The rollout's id.
  package let rollout: String
  /// What is deployed.
  package let service: Name
  /// Where it is deployed to.
  package let environment: Name
  /// The release that the rollout brings.
  package let version: Version
  /// What was live before; `nil` for the first release.
  package let previousVersion: Version?
  /// The rollout's phase, in the journal's words.
  package let phase: String
  /// What happened, in a sentence for people, without a full stop.
  package let sentence: String
  /// Why it goes back, went back or failed, why it was paused, or what it was started for; `nil` when there is nothing to say.
  package let reason: String?
  /// The candidate's share of the traffic as last applied.
  package let candidateWeight: Percentage
  /// The live slot's.
  package let liveWeight: Percentage
  /// What decisions about the rollout have to name.
  package let planDigest: Digest
  /// Of the entry, from 0.
  package let journalIndex: Int64
  /// When the entry was made.
  package let at: Timestamp

  package init(
    event: NotificationEvent, rollout: String, service: Name, environment: Name, version: Version, previousVersion: Version?, phase: String,
    sentence: String, reason: String?, candidateWeight: Percentage, liveWeight: Percentage, planDigest: Digest, journalIndex: Int64,
    at: Timestamp
  ) {
    id = "\(rollout)/\(journalIndex)"
    self.event = event
    self.rollout = rollout
    self.service = service
    self.environment = environment
    self.version = version
    self.previousVersion = previousVersion
    self.phase = phase
    self.sentence = sentence
    self.reason = reason
    self.candidateWeight = candidateWeight
    self.liveWeight = liveWeight
    self.planDigest = planDigest
    self.journalIndex = journalIndex
    self.at = at
  }

  private enum CodingKeys: String, CodingKey {
    case id, event, rollout, service, environment, version, phase, sentence, reason, at
    case previousVersion = "previous_version"
    case candidateWeight = "candidate_weight_percent"
    case liveWeight = "live_weight_percent"
    case planDigest = "plan_digest"
    case journalIndex = "journal_index"
  }
}
