import Foundation
import GRDB
import SlipwayLedger
import SlipwayModel
import SlipwayPorts

extension JournalStore: LeaseStore {
  package func acquire(_ request: LeaseRequest, at now: Timestamp) async throws -> Lease {
    try await write { transaction in
      let present = try transaction.lease(request.key)
      if let present, present.isHeld(at: now), ![request.holder, request.replacing].contains(present.lease.holder) {
        throw Self.held(present.lease)
      }
      if let after = request.after, try !transaction.isSo(after, present) { throw Self.outrun(request.key) }
      // Also for the same holder: a server that was restarted must be able to refuse what its frozen predecessor still sends.
      let epoch = (present?.lease.epoch ?? 0) + 1
      let lease = Lease(
        key: request.key, holder: request.holder, actor: request.actor, reason: request.reason, epoch: epoch, expiry: request.expiry)
      let previous = present.flatMap { $0.released || $0.lease.holder == request.holder ? nil : $0.lease.holder }
      _ = try transaction.append([lease.draft(kind: "lease_acquired", at: now, previousHolder: previous)])
      try transaction.store(lease, released: false)
      return lease
    }
  }

  package func renew(_ lease: Lease, until expiry: Timestamp) async throws -> Lease {
    try await write { transaction in
      try transaction.requireHeld(lease)
      let renewed = Lease(
        key: lease.key, holder: lease.holder, actor: lease.actor, reason: lease.reason, epoch: lease.epoch, expiry: expiry)
      try transaction.store(renewed, released: false)
      return renewed
    }
  }

  package func release(_ lease: Lease, at now: Timestamp) async throws {
    try await write { transaction in
      guard let present = try transaction.lease(lease.key), !present.released, present.lease.epoch == lease.epoch else { return }
      _ = try transaction.append([present.lease.draft(kind: "lease_released", at: now, previousHolder: nil)])
      try transaction.store(present.lease, released: true)
    }
  }

  package func holder(of key: DeploymentKey, at now: Timestamp) async throws -> Lease? {
    try await read { db in
      guard let present = try StoredLease.fetch(db, key), present.isHeld(at: now) else { return nil }
      return present.lease
    }
  }

  package func newest(of key: DeploymentKey) async throws -> Lease? {
    try await read { db in try StoredLease.fetch(db, key)?.lease }
  }

  private static func outrun(_ key: DeploymentKey) -> SlipwayError {
    SlipwayError(
      .leaseHeld, .refused, "another server has begun a rollout of \(key) meanwhile", remedy: "look at `slipway status` and try again")
  }

  private static func held(_ lease: Lease) -> SlipwayError {
    SlipwayError(
      .leaseHeld, .refused,
      "\(lease.key) is held by rollout \(lease.holder) of \(lease.actor.name) until \(lease.expiry): \(lease.reason)",
      remedy: "wait until it has ended, or abort it with `slipway abort`")
  }
}

/// A row of the table of leases. It stays when the lease is released, since its epoch must never be used again.
struct StoredLease {
  let lease: Lease
  let released: Bool

  func isHeld(at now: Timestamp) -> Bool { !released && lease.expiry > now }

  static func fetch(_ db: Database, _ key: DeploymentKey) throws -> StoredLease? {
    let row = try Row.fetchOne(
      try db.cachedStatement(sql: "SELECT * FROM leases WHERE service = ? AND environment = ?"),
      arguments: [key.service.description, key.environment.description])
    guard let row else { return nil }
    guard let kind = Actor.Kind(rawValue: row["actor_kind"]) else {
      throw SlipwayError.journalBroken("the lease on \(key) is damaged")
    }
    let lease = Lease(
      key: key, holder: row["holder"], actor: Actor(kind, row["actor_name"]), reason: row["reason"], epoch: row["epoch"],
      expiry: Timestamp(milliseconds: row["expiry_ms"]))
    return StoredLease(lease: lease, released: row["released"])
  }
}

extension WriteTransaction {
  func lease(_ key: DeploymentKey) throws -> StoredLease? {
    try StoredLease.fetch(db, key)
  }

  /// Whether what somebody has read of a lease and its holder is still so.
  func isSo(_ read: LeaseRequest.Predecessor, _ present: StoredLease?) throws -> Bool {
    guard read.epoch == present?.lease.epoch ?? 0 else { return false }
    return try read.stream.map { try newestIndex(of: $0) == read.newest } ?? true
  }

  /// - Throws: `stale-epoch` unless the fence's epoch is the newest that was given out.
  func require(_ fence: LeaseFence) throws {
    guard try lease(fence.key)?.lease.epoch == fence.epoch else { throw SlipwayError.staleEpoch(fence) }
  }

  /// - Throws: `stale-epoch` unless the lease is the newest and was not released.
  func requireHeld(_ lease: Lease) throws {
    guard let present = try self.lease(lease.key), !present.released, present.lease.epoch == lease.epoch,
      present.lease.holder == lease.holder
    else { throw SlipwayError.staleEpoch(lease.fence) }
  }

  func store(_ lease: Lease, released: Bool) throws {
    try execute(
      """
      INSERT INTO leases (service, environment, holder, actor_kind, actor_name, reason, epoch, expiry_ms, released)
      VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?)
      ON CONFLICT (service, environment) DO UPDATE SET holder = excluded.holder, actor_kind = excluded.actor_kind,
        actor_name = excluded.actor_name, reason = excluded.reason, epoch = excluded.epoch, expiry_ms = excluded.expiry_ms,
        released = excluded.released
      """,
      [
        lease.key.service.description, lease.key.environment.description, lease.holder, lease.actor.kind.rawValue,
        lease.actor.name, lease.reason, lease.epoch, lease.expiry.milliseconds, released,
      ])
  }
}

extension Lease {
  /// The entry about this lease. Its stream is `lease/<service>/<environment>`.
  ///
  /// - Parameter previousHolder: whose expired lease was taken over.
  fileprivate func draft(kind: String, at now: Timestamp, previousHolder: String?) -> JournalDraft {
    var json = CanonicalJSON(capacity: 256)
    json.raw("{\"environment\":")
    json.string(key.environment.description)
    json.raw(",\"epoch\":")
    json.integer(epoch)
    json.raw(",\"expiry\":")
    json.string(expiry.description)
    json.raw(",\"holder\":")
    json.string(holder)
    if let previousHolder {
      json.raw(",\"previous_holder\":")
      json.string(previousHolder)
    }
    json.raw(",\"reason\":")
    json.string(reason)
    json.raw(",\"service\":")
    json.string(key.service.description)
    json.raw("}")
    return JournalDraft(at: now, stream: "lease/\(key)", kind: kind, actor: actor, cause: reason, body: json.bytes)
  }
}
