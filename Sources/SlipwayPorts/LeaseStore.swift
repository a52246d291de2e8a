import SlipwayModel

/// The right to change one service in one environment, held by one writer at a time.
package protocol LeaseStore: Sendable {
  /// Takes the lease, or takes it over when it has expired, or belongs to the same holder or to the one that is to be replaced.
  /// Journals that in the same transaction.
  ///
  /// - Throws: `SlipwayError` with code `lease-held` and kind `refused`; its message says who holds it, why, and until when, or
  ///   that what the requester has read is no longer so.
  func acquire(_ request: LeaseRequest, at now: Timestamp) async throws -> Lease

  /// Extends the lease; throws `stale-epoch` when someone else has taken it.
  func renew(_ lease: Lease, until expiry: Timestamp) async throws -> Lease

  /// Gives the lease back and journals that; does nothing when it was lost already.
  func release(_ lease: Lease, at now: Timestamp) async throws

  /// Who holds it now; `nil` when nobody does or the lease has expired.
  func holder(of key: DeploymentKey, at now: Timestamp) async throws -> Lease?

  /// The lease that was given out last, whether or not it still holds; `nil` when there never was one.
  func newest(of key: DeploymentKey) async throws -> Lease?
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
  /// What the requester has read. When it is no longer so, another server was faster, and the lease is refused; `nil`: it does not
  /// matter.
  package let after: Predecessor?

  /// The newest lease of a key as somebody has read it, with what its holder had in the journal then.
  package struct Predecessor: Hashable, Sendable, Codable {
    /// 0: there never was a lease.
    package let epoch: Int64
    /// The stream of its holder; `nil`: what that has in the journal does not matter.
    package let stream: String?
    /// The index of the newest entry of that stream; -1: it has none.
    package let newest: Int64

    package init(epoch: Int64, stream: String? = nil, newest: Int64 = -1) {
      self.epoch = epoch
      self.stream = stream
      self.newest = newest
    }
  }

  package init(
    key: DeploymentKey, holder: String, actor: Actor, reason: String, expiry: Timestamp, replacing: String? = nil,
    after: Predecessor? = nil
  ) {
    self.key = key
    self.holder = holder
    self.actor = actor
    self.reason = reason
    self.expiry = expiry
    self.replacing = replacing
    self.after = after
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
