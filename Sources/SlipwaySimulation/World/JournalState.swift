import SlipwayEngine
import SlipwayModel
import SlipwayPorts

/// Journal and leases as they lie on the disk.
struct JournalState {
  struct Entry {
    let draft: JournalDraft
    let index: Int64
  }

  private(set) var entries: [Entry] = []
  /// Entries whose append failed and that are on the disk all the same.
  var ghost: [JournalDraft] = []
  /// The place of an entry of which a bit is flipped.
  var damage: Int?
  private(set) var streams: [String] = []
  private var places: [String: [Int]] = [:]
  /// The newest lease of each key, and whether it was given back.
  private(set) var leases: [DeploymentKey: (lease: Lease, isReleased: Bool)] = [:]

  /// The newest instant in the journal.
  var newestInstant: Timestamp? { entries.last?.draft.at }

  /// Refuses an outdated writer, and one that does not know all that the stream has.
  func check(_ drafts: [JournalDraft], after newest: Int64?, _ fence: LeaseFence?) throws(SlipwayError) {
    if let fence, leases[fence.key]?.lease.epoch ?? 0 != fence.epoch { throw Self.staleEpoch(fence.key) }
    if let newest, let stream = drafts.first?.stream, newestIndex(of: stream) != newest {
      throw SlipwayError(.init("stale-index"), .refused, "another writer has gone on with \(stream)", remedy: "stop")
    }
  }

  mutating func append(_ drafts: [JournalDraft]) -> [Int64] {
    ghost = []
    return drafts.map { draft in
      let place = entries.count
      entries.append(Entry(draft: draft, index: Int64(place)))
      places[draft.stream, default: []].append(place)
      // Mostly it is that of the entry before.
      if streams.last != draft.stream, !streams.contains(draft.stream) { streams.append(draft.stream) }
      return Int64(place)
    }
  }

  /// What an entry was made from; `nil` when there is none.
  func draft(at index: Int64) -> JournalDraft? { entries.indices.contains(Int(index)) ? entries[Int(index)].draft : nil }

  func entries(of stream: String, after index: Int64) -> [JournalEntry] {
    places[stream, default: []].lazy.filter { Int64($0) > index }.map { entry(entries[$0]) }
  }

  func entries(after index: Int64, limit: Int) -> [JournalEntry] {
    entries.dropFirst(Int(index) + 1).prefix(limit).map(entry)
  }

  private func entry(_ entry: Entry) -> JournalEntry {
    let draft = entry.draft
    var body = draft.body
    if damage.map(Int64.init) == entry.index { body[body.count / 2] ^= 1 }
    return JournalEntry(
      index: entry.index, at: draft.at, stream: draft.stream, kind: draft.kind, actor: draft.actor, cause: draft.cause, body: body)
  }

  private static func staleEpoch(_ key: DeploymentKey) -> SlipwayError {
    SlipwayError(.init("stale-epoch"), .refused, "another writer has the lease of \(key)", remedy: "stop")
  }

  mutating func acquire(_ request: LeaseRequest, at now: Timestamp) throws(SlipwayError) -> Lease {
    let present = leases[request.key]?.lease
    if let present = held(request.key, at: now), ![request.holder, request.replacing].contains(present.holder) {
      throw SlipwayError(
        .init("lease-held"), .refused, "rollout \(present.holder) has the lease until \(present.expiry)", remedy: "wait for it")
    }
    if let after = request.after, after.epoch != present?.epoch ?? 0 || after.stream.map({ newestIndex(of: $0) != after.newest }) ?? false {
      throw SlipwayError(.init("lease-held"), .refused, "another server was faster", remedy: "try again")
    }
    let epoch = (present?.epoch ?? 0) + 1
    let lease = Lease(
      key: request.key, holder: request.holder, actor: request.actor, reason: request.reason, epoch: epoch, expiry: request.expiry)
    leases[request.key] = (lease, false)
    return lease
  }

  /// The lease of a key that holds.
  func held(_ key: DeploymentKey, at now: Timestamp) -> Lease? {
    leases[key].flatMap { !$0.isReleased && $0.lease.expiry > now ? $0.lease : nil }
  }

  /// The index of a stream's newest entry; -1 when it has none.
  private func newestIndex(of stream: String) -> Int64 { places[stream]?.last.map(Int64.init) ?? -1 }

  mutating func renew(_ lease: Lease, until expiry: Timestamp) throws(SlipwayError) -> Lease {
    guard let present = leases[lease.key], !present.isReleased, present.lease.epoch == lease.epoch else { throw Self.staleEpoch(lease.key) }
    let renewed = Lease(
      key: lease.key, holder: lease.holder, actor: lease.actor, reason: lease.reason, epoch: lease.epoch, expiry: expiry)
    leases[lease.key] = (renewed, false)
    return renewed
  }

  mutating func release(_ lease: Lease) {
    if leases[lease.key]?.lease.epoch == lease.epoch { leases[lease.key]?.isReleased = true }
  }
}
