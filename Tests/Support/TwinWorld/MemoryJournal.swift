import SlipwayModel
import SlipwayPorts

/// A journal and lease store in memory that can be made to fail, and that refuses outdated writers as the real one does.
package actor MemoryJournal: EventJournal, LeaseStore {
  package private(set) var entries: [JournalEntry] = []
  private var leases: [DeploymentKey: Lease] = [:]
  package init() {}

  /// Appends that fail before anything is kept.
  private var failures = 0

  package func failAppends(_ count: Int) { failures = count }

  private var meanwhile: (kind: String, happens: @Sendable () async -> Void)?

  /// Lets something happen, once, while an entry of this kind is being written.
  package func whileWriting(_ kind: String, _ happens: @escaping @Sendable () async -> Void) { meanwhile = (kind, happens) }

  /// Takes the lease away, as a second server would.
  package func usurp(_ key: DeploymentKey) {
    guard let lease = leases[key] else { return }
    leases[key] = Lease(
      key: key, holder: "another", actor: lease.actor, reason: "took over", epoch: lease.epoch + 1, expiry: lease.expiry)
  }

  package func append(_ drafts: [JournalDraft], after newest: Int64?, fence: LeaseFence?) async throws -> [Int64] {
    if let (kind, happens) = meanwhile, drafts.contains(where: { $0.kind == kind }) {
      meanwhile = nil
      await happens()
    }
    if failures > 0 {
      failures -= 1
      throw SlipwayError(SlipwayError.Code("journal-full"), .broken, "no space left", remedy: "make room")
    }
    if let fence, (leases[fence.key]?.epoch ?? 0) > fence.epoch {
      throw SlipwayError(SlipwayError.Code("stale-epoch"), .refused, "a newer lease exists", remedy: "stop")
    }
    if let newest, let stream = drafts.first?.stream, (entries.last { $0.stream == stream }?.index ?? -1) != newest {
      throw SlipwayError(SlipwayError.Code("stale-index"), .refused, "the stream has other entries", remedy: "stop")
    }
    let first = Int64(entries.count)
    for (offset, draft) in drafts.enumerated() {
      entries.append(
        JournalEntry(
          index: first + Int64(offset), at: draft.at, stream: draft.stream, kind: draft.kind, actor: draft.actor,
          cause: draft.cause, body: draft.body))
    }
    return drafts.indices.map { first + Int64($0) }
  }

  /// Sizes that were sealed.
  package private(set) var seals: [Int] = []
  package func seal(at now: Timestamp) { seals.append(entries.count) }

  package func entries(of stream: String, after index: Int64) -> [JournalEntry] {
    entries.filter { $0.stream == stream && $0.index > index }
  }
  package func entries(after index: Int64, limit: Int) -> [JournalEntry] { Array(entries.filter { $0.index > index }.prefix(limit)) }
  package func streams() -> [String] { entries.reduce(into: []) { if !$0.contains($1.stream) { $0.append($1.stream) } } }

  package func acquire(_ request: LeaseRequest, at now: Timestamp) throws -> Lease {
    let present = leases[request.key]
    if let present, present.expiry > now, ![request.holder, request.replacing].contains(present.holder) {
      throw SlipwayError(SlipwayError.Code("lease-held"), .refused, "held by \(present.holder)", remedy: "wait")
    }
    if let after = request.after {
      let newest = after.stream.map { stream in entries.last { $0.stream == stream }?.index ?? -1 }
      guard after.epoch == present?.epoch ?? 0, newest ?? after.newest == after.newest else {
        throw SlipwayError(SlipwayError.Code("lease-held"), .refused, "another was faster", remedy: "try again")
      }
    }
    let lease = Lease(
      key: request.key, holder: request.holder, actor: request.actor, reason: request.reason, epoch: (present?.epoch ?? 0) + 1,
      expiry: request.expiry)
    leases[request.key] = lease
    return lease
  }

  package func renew(_ lease: Lease, until expiry: Timestamp) throws -> Lease {
    guard leases[lease.key]?.epoch == lease.epoch else {
      throw SlipwayError(SlipwayError.Code("stale-epoch"), .refused, "lost", remedy: "stop")
    }
    let renewed = Lease(
      key: lease.key, holder: lease.holder, actor: lease.actor, reason: lease.reason, epoch: lease.epoch, expiry: expiry)
    leases[lease.key] = renewed
    return renewed
  }

  package func release(_ lease: Lease, at now: Timestamp) {
    guard let present = leases[lease.key], present.epoch == lease.epoch else { return }
    leases[lease.key] = Lease(
      key: lease.key, holder: lease.holder, actor: lease.actor, reason: lease.reason, epoch: lease.epoch, expiry: now)
  }

  package func newest(of key: DeploymentKey) -> Lease? { leases[key] }

  package func holder(of key: DeploymentKey, at now: Timestamp) -> Lease? { leases[key].flatMap { $0.expiry > now ? $0 : nil } }
}
