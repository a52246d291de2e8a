import SlipwayKubernetes
import SlipwayModel
import SlipwayPorts
import SlipwayStore

/// The journal of a server that leads: it takes nothing once the tenure is over. Nothing is done that was not written first, so a leader
/// that was frozen, or cut off from the API server, neither decides nor acts.
struct TenuredJournal: EventJournal, LeaseStore {
  let store: JournalStore
  let tenure: Tenure

  func append(_ entries: [JournalDraft], after newest: Int64?, fence: LeaseFence?) async throws -> [Int64] {
    try tenure.require()
    return try await store.append(entries, after: newest, fence: fence)
  }

  func acquire(_ request: LeaseRequest, at now: Timestamp) async throws -> Lease {
    try tenure.require()
    return try await store.acquire(request, at: now)
  }

  func renew(_ lease: Lease, until expiry: Timestamp) async throws -> Lease {
    try tenure.require()
    return try await store.renew(lease, until: expiry)
  }

  func release(_ lease: Lease, at now: Timestamp) async throws {
    try tenure.require()
    try await store.release(lease, at: now)
  }

  func seal(at now: Timestamp) async throws {
    try tenure.require()
    try await store.seal(at: now)
  }

  func entries(of stream: String, after index: Int64) async throws -> [JournalEntry] { try await store.entries(of: stream, after: index) }
  func entries(after index: Int64, limit: Int) async throws -> [JournalEntry] { try await store.entries(after: index, limit: limit) }
  func streams() async throws -> [String] { try await store.streams() }
  func streams(after index: Int64) async throws -> StreamNews { try await store.streams(after: index) }
  func holder(of key: DeploymentKey, at now: Timestamp) async throws -> Lease? { try await store.holder(of: key, at: now) }
  func newest(of key: DeploymentKey) async throws -> Lease? { try await store.newest(of: key) }
}
