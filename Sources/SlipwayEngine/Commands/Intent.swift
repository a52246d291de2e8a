import SlipwayModel

/// A human decision about one rollout: always with identity, reason and the digest of the plan it is about.
package struct Intent: Hashable, Sendable, Codable {
  package enum Kind: String, Codable, CaseIterable, Hashable, Sendable {
    case pause
    case resume
    /// On to the next step now.
    case promote
    /// To 100 % now, past all remaining steps.
    case promoteFully = "promote_fully"
    /// Stop and go back.
    case abort
    /// Back to what was live before, also after promotion.
    case rollback
  }

  package let kind: Kind
  package let actor: Actor
  package let reason: String
  /// Must be the digest of the rollout's plan.
  package let planDigest: Digest

  package init(kind: Kind, actor: Actor, reason: String, planDigest: Digest) {
    self.kind = kind
    self.actor = actor
    self.reason = reason
    self.planDigest = planDigest
  }

  private enum CodingKeys: String, CodingKey {
    case kind, actor, reason
    case planDigest = "plan_digest"
  }
}
