import SlipwayModel

/// The right to change one service in one environment, held by one writer at a time.
package protocol LeaseStore: Sendable {
  /// Takes the lease, or takes it over when it has expired, or belongs to the same holder or to the one that is to be replaced.
  /// Journals that in the same transaction.
  ///
  /// - Throws: `SlipwayError` with code `lease-held` and kind `refused`; its message says who holds it, why, and until when.
  func acquire(_ request: LeaseRequest, at now: Timestamp) async throws -> Lease

  /// Extends the lease; throws `stale-epoch` when someone else has taken it.
  func renew(_ lease: Lease, until expiry: Timestamp) async throws -> Lease

  /// Gives the lease back and journals that; does nothing when it was lost already.
  func release(_ lease: Lease, at now: Timestamp) async throws

  /// Who holds it now; `nil` when nobody does or the lease has expired.
  func holder(of key: DeploymentKey, at now: Timestamp) async throws -> Lease?
}

/// Who wants a lease, for what, and until when.
package struct LeaseRequest: Hashable, Sendable, Codable {
  package let key: DeploymentKey
  /// The rollout that it is for: the holder.
  package let holder: String
  package let actor: Actor
  /// What for, in words.
  package let reason: String
  package let expiry: Timestamp
  /// A holder that is known to be gone, whose lease may be taken before it expires.
  package let replacing: String?

  package init(key: DeploymentKey, holder: String, actor: Actor, reason: String, expiry: Timestamp, replacing: String? = nil) {
    self.key = key
    self.holder = holder
    self.actor = actor
    self.reason = reason
    self.expiry = expiry
    self.replacing = replacing
  }
}

/// The right to change one service in one environment until an instant.
package struct Lease: Hashable, Sendable, Codable {
  package let key: DeploymentKey
  package let holder: String
  package let actor: Actor
  package let reason: String
  /// Rises by one each time the lease is acquired, by whomever, for ever: the fencing token.
  package let epoch: Int64
  package let expiry: Timestamp

  package init(key: DeploymentKey, holder: String, actor: Actor, reason: String, epoch: Int64, expiry: Timestamp) {
    self.key = key
    self.holder = holder
    self.actor = actor
    self.reason = reason
    self.epoch = epoch
    self.expiry = expiry
  }

  /// What an append under this lease is checked against.
  package var fence: LeaseFence { LeaseFence(key: key, epoch: epoch) }
}

/// What an append is checked against: no newer lease for the key may exist.
package struct LeaseFence: Hashable, Sendable, Codable {
  package let key: DeploymentKey
  package let epoch: Int64

  package init(key: DeploymentKey, epoch: Int64) {
    self.key = key
    self.epoch = epoch
  }
}
