import Foundation
import SlipwayModel
import SlipwayPorts
import SlipwayStore
import Testing

@Suite("A lease has one holder at a time")
struct LeaseTests {
  private let other = leaseRequest(holder: "r-2", expiry: instant(200))

  @Test("Another holder is refused while the lease lasts, and told who has it, why, and until when")
  func held() async throws {
    try await withJournal { store, _ in
      let lease = try await store.acquire(leaseRequest(holder: "r-1"), at: instant(0))
      #expect(lease.epoch == 1)
      #expect(try await store.holder(of: key, at: instant(59)) == lease)
      do {
        _ = try await store.acquire(other, at: instant(59))
        Issue.record("the lease was given away")
      } catch let error as SlipwayError {
        #expect(error.code == .leaseHeld && error.kind == .refused)
        #expect(error.message == "api/production is held by rollout r-1 of ann@desk until \(instant(60)): deploy 2.0")
      }
      #expect(try await store.count == 1)
    }
  }

  @Test("An expired lease is taken over with the next epoch, and its old holder can neither write nor renew")
  func takeOver() async throws {
    try await withJournal { store, _ in
      let old = try await store.acquire(leaseRequest(holder: "r-1"), at: instant(0))
      #expect(try await store.holder(of: key, at: instant(60)) == nil)
      // Expired and not taken over: it is still the newest, so its holder may write.
      _ = try await store.append([draft(1)], fence: old.fence)
      let new = try await store.acquire(other, at: instant(60))
      #expect(new.epoch == 2)
      #expect(await code { _ = try await store.append([draft(2)], fence: old.fence) } == .staleEpoch)
      #expect(await code { _ = try await store.renew(old, until: instant(500)) } == .staleEpoch)
      try await store.release(old, at: instant(61))
      #expect(try await store.holder(of: key, at: instant(61)) == new)
      _ = try await store.append([draft(3)], fence: new.fence)
    }
  }

  @Test("Whoever states what he has read of lease and journal gets no lease once another one has got it, or has begun, meanwhile")
  func faster() async throws {
    try await withJournal { store, _ in
      func asked(_ epoch: Int64, newest: Int64 = -1) -> LeaseRequest {
        LeaseRequest(
          key: key, holder: "r-9", actor: Actor(.person, "ann@desk"), reason: "deploy", expiry: instant(300), replacing: "r-1",
          after: .init(epoch: epoch, stream: "rollout/r-1", newest: newest))
      }
      #expect(try await store.newest(of: key) == nil)
      let lease = try await store.acquire(leaseRequest(holder: "r-1"), at: instant(0))
      #expect(try await store.newest(of: key) == lease)
      #expect(await code { _ = try await store.acquire(asked(0), at: instant(1)) } == .leaseHeld, "r-1 got the lease since")
      let index = try await store.append([draft(1)], fence: lease.fence)[0]
      #expect(await code { _ = try await store.acquire(asked(1), at: instant(1)) } == .leaseHeld, "r-1 began since")
      #expect(await code { _ = try await store.acquire(asked(1), at: instant(100)) } == .leaseHeld, "also when it has expired")
      #expect(try await store.acquire(asked(1, newest: index), at: instant(1)).epoch == 2)
    }
  }

  @Test("The same holder takes its lease again after a restart, and what its predecessor still sends is refused")
  func sameHolder() async throws {
    try await withFolder { folder in
      let first = try await JournalStore.open(folder: folder)
      let lease = try await first.acquire(leaseRequest(holder: "r-1"), at: instant(0))
      try await first.close()
      let second = try await JournalStore.open(folder: folder)
      #expect(try await second.holder(of: key, at: instant(1)) == lease)
      let again = try await second.acquire(leaseRequest(holder: "r-1", expiry: instant(90)), at: instant(30))
      #expect(again.epoch == 2 && again.expiry == instant(90))
      #expect(await code { _ = try await second.append([draft(1)], fence: lease.fence) } == .staleEpoch)
      try await second.close()
    }
  }

  @Test("After a release anyone may take it, with a new epoch, and the released one is outdated once that has happened")
  func release() async throws {
    try await withJournal { store, _ in
      let lease = try await store.acquire(leaseRequest(holder: "r-1"), at: instant(0))
      try await store.release(lease, at: instant(1))
      #expect(try await store.holder(of: key, at: instant(2)) == nil)
      #expect(await code { _ = try await store.renew(lease, until: instant(500)) } == .staleEpoch)
      try await store.release(lease, at: instant(2))
      #expect(try await store.acquire(leaseRequest(holder: "r-1"), at: instant(3)).epoch == 2)
      #expect(await code { _ = try await store.append([draft(2)], fence: lease.fence) } == .staleEpoch)
    }
  }

  @Test("Renewing moves the expiry")
  func renew() async throws {
    try await withJournal { store, _ in
      let lease = try await store.acquire(leaseRequest(holder: "r-1"), at: instant(0))
      let renewed = try await store.renew(lease, until: instant(120))
      #expect(renewed.expiry == instant(120) && renewed.epoch == lease.epoch)
      #expect(try await store.holder(of: key, at: instant(100)) == renewed)
      #expect(await code { _ = try await store.acquire(other, at: instant(100)) } == .leaseHeld)
    }
  }

  @Test("A fence for a lease that was never given out is refused")
  func unknownFence() async throws {
    try await withJournal { store, _ in
      #expect(await code { _ = try await store.append([draft(1)], fence: LeaseFence(key: key, epoch: 1)) } == .staleEpoch)
    }
  }

  @Test("Taking, taking over and releasing are in the journal; a refusal is not")
  func journaled() async throws {
    try await withJournal { store, folder in
      _ = try await store.acquire(leaseRequest(holder: "r-1"), at: instant(0))
      _ = await code { _ = try await store.acquire(other, at: instant(1)) }
      let lease = try await store.acquire(other, at: instant(70))
      try await store.release(lease, at: instant(71))
      let entries = try await store.entries(of: "lease/api/production", after: -1)
      #expect(entries.map(\.kind) == ["lease_acquired", "lease_acquired", "lease_released"])
      #expect(entries.map(\.actor) == [Actor(.person, "ann@desk"), Actor(.person, "ann@desk"), Actor(.person, "ann@desk")])
      #expect(
        entries.map { String(decoding: $0.body, as: UTF8.self) } == [
          #"{"environment":"production","epoch":1,"expiry":"\#(instant(60))","holder":"r-1","reason":"deploy 2.0","service":"api"}"#,
          #"{"environment":"production","epoch":2,"expiry":"\#(instant(200))","holder":"r-2","previous_holder":"r-1","#
            + #""reason":"deploy 2.0","service":"api"}"#,
          #"{"environment":"production","epoch":2,"expiry":"\#(instant(200))","holder":"r-2","reason":"deploy 2.0","service":"api"}"#,
        ])
      #expect(try await JournalVerifier(folder: folder).verify().isIntact)
    }
  }
}
