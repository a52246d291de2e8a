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

  package init(name: String, rollout: String, epoch: Int64) {
    self.name = name
    self.rollout = rollout
    self.epoch = epoch
  }
}
