import Foundation
import SlipwayModel
import SlipwayPorts
import SlipwayStore
import Testing

@Suite("A journal that several servers could write to is led by one")
struct TermTests {
  private func options(_ term: Int64) -> JournalStore.Options {
    JournalStore.Options(term: JournalTerm(number: term, holder: "server-\(term)", lease: "Lease slipway/slipway", at: instant(term)))
  }

  @Test("A new leader opens the journal though its predecessor still has it, and whatever that one writes is refused")
  func takeOver() async throws {
    try await withFolder { folder in
      let old = try await JournalStore.open(folder: folder, options: options(1))
      let lease = try await old.acquire(leaseRequest(holder: "r-1"), at: instant(0))
      let new = try await JournalStore.open(folder: folder, options: options(2))
      #expect(await code { _ = try await old.append([draft(1)], fence: lease.fence) } == .staleEpoch)
      #expect(await code { _ = try await old.append([draft(1)], fence: nil) } == .staleEpoch)
      #expect(await code { _ = try await old.renew(lease, until: instant(500)) } == .staleEpoch)
      #expect(await code { _ = try await old.checkpoint(at: instant(9)) } == .staleEpoch)
      let taken = try await new.acquire(leaseRequest(holder: "r-1"), at: instant(3))
      #expect(taken.epoch == 2)
      _ = try await new.append([draft(2)], fence: taken.fence)
      #expect(await code { try await old.close() } == .staleEpoch)
      _ = try await new.append([draft(3)], fence: taken.fence)
      try await new.close()
      #expect(try await JournalVerifier(folder: folder).verify().isIntact)
    }
  }

  @Test("A term begins once, later than all before, and is an entry of the log")
  func order() async throws {
    try await withFolder { folder in
      try await JournalStore.open(folder: folder, options: options(7)).close()
      for term: Int64 in [6, 7] {
        let options = options(term)
        #expect(await code { _ = try await JournalStore.open(folder: folder, options: options) } == .staleEpoch)
      }
      let reader = JournalReader(folder: folder)
      #expect(try await reader.newestTerm() == 7)
      let entries = try await reader.entries(of: "system", after: -1)
      #expect(entries.map(\.kind) == ["term_began"] && entries.first?.at == instant(7))
      #expect(
        entries.map { String(decoding: $0.body, as: UTF8.self) } == [#"{"holder":"server-7","lease":"Lease slipway/slipway","term":7}"#])
      try reader.close()
    }
  }

  @Test("Without a term nothing changes: one process has the journal, also one that was led before")
  func alone() async throws {
    try await withFolder { folder in
      try await JournalStore.open(folder: folder, options: options(3)).close()
      let store = try await JournalStore.open(folder: folder)
      _ = try await store.append([draft(1)], fence: nil)
      #expect(await code { _ = try await JournalStore.open(folder: folder) } == .journalLocked)
      try await store.close()
    }
  }

  @Test("Who writes without a term is refused once somebody leads")
  func overtaken() async throws {
    try await withFolder { folder in
      try await JournalStore.open(folder: folder, options: options(3)).close()
      let alone = try await JournalStore.open(folder: folder)
      _ = try await alone.append([draft(1)], fence: nil)
      let leader = try await JournalStore.open(folder: folder, options: options(4))
      #expect(await code { _ = try await alone.append([draft(2)], fence: nil) } == .staleEpoch)
      #expect(await code { try await alone.close() } == .staleEpoch)
      try await leader.close()
    }
  }

  @Test("Who only looks sees what another writes, makes nothing, and can't write")
  func looking() async throws {
    try await withFolder { folder in
      let reader = JournalReader(folder: folder + "/state")
      #expect(try await reader.streams() == [])
      #expect(try await reader.newestTerm() == 0)
      #expect(!FileManager.default.fileExists(atPath: folder + "/state"))
      let store = try await JournalStore.open(folder: folder + "/state")
      let lease = try await store.acquire(leaseRequest(holder: "r-1"), at: instant(0))
      _ = try await store.append([draft(1)], fence: lease.fence)
      let (streams, entries) = (try await store.streams(), try await store.entries(after: -1, limit: 10))
      #expect(streams.count == 2 && entries.count == 2)
      #expect(try await reader.streams() == streams)
      #expect(try await reader.entries(after: -1, limit: 10) == entries)
      #expect(try await reader.holder(of: key, at: instant(1)) == lease)
      #expect(await code { _ = try await reader.append([draft(2)], after: nil, fence: nil) } == .journalLocked)
      #expect(await code { _ = try await reader.acquire(leaseRequest(holder: "r-2"), at: instant(1)) } == .journalLocked)
      try reader.close()
      try await store.close()
    }
  }
}
