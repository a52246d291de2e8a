import SlipwayModel

/// What a call to the outside world is for. Each port call carries one, so that logs can tie it to the journal, a target
/// can refuse an outdated writer, and a test can say "fail `router.apply` the second time".
package struct Operation: Hashable, Sendable, Codable {
  /// Port and verb: `target.ensure`, `router.apply`.
  package let name: String
  /// The rollout on whose behalf it is done.
  package let rollout: String
  /// The lease's epoch: a target refuses a call with an older epoch than the newest it has seen for the same key.
  package let epoch: Int64
  /// Number of the effect within its rollout, counting up: a target refuses a call that is older than the newest it has seen
  /// of the same epoch. Such a call was on its way for so long that the writer has decided otherwise since.
  package let sequence: Int

  package init(name: String, rollout: String, epoch: Int64, sequence: Int = 0) {
    self.name = name
    self.rollout = rollout
    self.epoch = epoch
    self.sequence = sequence
  }

  package init(from decoder: any Decoder) throws {
    let container = try decoder.container(keyedBy: CodingKeys.self)
    name = try container.decode(String.self, forKey: .name)
    rollout = try container.decode(String.self, forKey: .rollout)
    epoch = try container.decode(Int64.self, forKey: .epoch)
    sequence = try container.decodeIfPresent(Int.self, forKey: .sequence) ?? 0
  }
}
