import SlipwayModel
import SlipwayPorts

/// What happens to an append on its way to the disk.
extension World {
  /// The size of `disk-full`: how long there is no room, up to 20 seconds. Of `slow-disk`: how long the append takes, up to
  /// 5 seconds. Of `failed-sync`: the append fails, and above one half it is there all the same after a crash, unless something
  /// was written in its place. `torn-write` leaves a part of the append that is dropped at the next start.
  func append(_ drafts: [JournalDraft], after newest: Int64?, fence: LeaseFence?, by server: Server) async throws -> [Int64] {
    if let fault = struck(.crashBeforeAppend) { throw crash(server, fault) }
    if let fault = struck(.tornWrite) { throw crash(server, fault) }
    if let fault = struck(.diskFull) { last(fault, longest: .seconds(20)) }
    if lasts(.diskFull) != nil {
      throw SlipwayError(.init("journal-full"), .broken, "there is no room left for the journal", remedy: "make room")
    }
    if let fault = struck(.failedSync) {
      try journal.check(drafts, after: newest, fence)
      journal.ghost = fault.size > 0.5 ? drafts : []
      throw SlipwayError(.init("journal-broken"), .broken, "the disk did not take an entry", remedy: "look at the disk")
    }
    if let fault = struck(.slowDisk) {
      try await scheduler.sleep(until: now + fault.share(of: .seconds(5)))
      guard server.isAlive else { throw CancellationError() }
    }
    let indexes = try append(drafts, after: newest, fence: fence)
    if let fault = struck(.crashAfterAppend) { throw crash(server, fault) }
    return indexes
  }

  /// The size of `flipped-bit`: which entry. The server is started again; whoever runs it restores the journal after a minute.
  func strikeDisk(_ fault: Fault) {
    guard fault.kind == .flippedBit, !journal.entries.isEmpty else { return }
    journal.damage = min(Int(fault.size * Double(journal.entries.count)), journal.entries.count - 1)
    faults.open(fault, until: now + .minutes(1))
    if let server { _ = crash(server, fault) }
  }
}
