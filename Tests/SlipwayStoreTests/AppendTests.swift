import GRDB
import SlipwayModel
import SlipwayPorts
import Testing

@testable import SlipwayStore

@Suite("The journal appends durably and in order")
struct AppendTests {
  @Test("Entries get consecutive indices and are read back as they were appended")
  func readBack() async throws {
    let drafts = [
      draft(1), draft(2, stream: "rollout/r-2", text: "ü\\n"),
      JournalDraft(
        at: instant(3), stream: "rollout/r-1", kind: "paused", actor: Actor(.person, "ann \"a\"\n"), cause: nil, body: Array("{}".utf8)),
    ]
    let expected = drafts.enumerated().map { $1.entry(Int64($0)) }
    try await withJournal { store, _ in
      let first = try await store.append([drafts[0]], fence: nil)
      #expect(first == [0])
      #expect(try await store.append(Array(drafts[1...]), fence: nil) == [1, 2])
      #expect(try await store.append([], fence: nil) == [])
      #expect(try await store.entries(after: -1, limit: 10) == expected)
      #expect(try await store.entries(after: 0, limit: 1) == [expected[1]])
      #expect(try await store.entries(after: 0, limit: 0) == [])
      #expect(try await store.entries(of: "rollout/r-1", after: -1) == [expected[0], expected[2]])
      #expect(try await store.entries(of: "rollout/r-1", after: 0) == [expected[2]])
      #expect(try await store.entries(of: "rollout", after: -1) == [])
      #expect(try await store.count == 3)
    }
  }

  @Test("What was decided without knowing all entries of its stream is not written, and nothing is in its place")
  func newestEntry() async throws {
    try await withJournal { store, _ in
      let first = try await store.append([draft(1), draft(2)], after: -1, fence: nil)
      #expect(first == [0, 1])
      #expect(try await store.append([draft(3, stream: "rollout/r-2")], after: -1, fence: nil) == [2])
      for known: Int64 in [-1, 0, 2, 3] {
        #expect(await code { _ = try await store.append([draft(4)], after: known, fence: nil) } == .staleIndex)
      }
      #expect(await code { _ = try await store.append([draft(4, stream: "rollout/r-3")], after: 0, fence: nil) } == .staleIndex)
      #expect(try await store.append([], after: 7, fence: nil) == [])
      #expect(try await store.append([draft(4)], after: 1, fence: nil) == [3])
      #expect(try await store.count == 4)
    }
  }

  @Test("Of writers that know the same newest entry one goes on, also when they share a commit")
  func oneGoesOn() async throws {
    try await withJournal { store, _ in
      _ = try await store.append([draft(0)], fence: nil)
      let written = await withTaskGroup(of: Bool.self) { group in
        for number in 1...20 {
          group.addTask { await code { _ = try await store.append([draft(number)], after: 0, fence: nil) } == nil }
        }
        return await group.reduce(into: 0) { $0 += $1 ? 1 : 0 }
      }
      #expect(written == 1)
      #expect(try await store.count == 2)
    }
  }

  @Test("Streams are listed in order of their first entry")
  func streamOrder() async throws {
    try await withJournal { store, _ in
      #expect(try await store.streams() == [])
      for (number, stream) in ["system", "b", "system", "a", "b", "c"].enumerated() {
        _ = try await store.append([draft(number, stream: stream)], fence: nil)
      }
      #expect(try await store.streams() == ["system", "b", "a", "c"])
      #expect(try await store.streams(after: -1) == StreamNews(streams: ["system", "b", "a", "c"], newest: 5))
      let news = try await store.streams(after: 3)
      #expect(news.streams.sorted() == ["b", "c"] && news.newest == 5)
      #expect(try await store.streams(after: 5) == StreamNews(streams: [], newest: 5))
    }
  }

  @Test("A hundred concurrent writers get each their own place, and share commits")
  func concurrentWriters() async throws {
    try await withJournal { store, folder in
      let indices = try await withThrowingTaskGroup(of: [Int64].self) { group in
        for writer in 0..<100 {
          group.addTask {
            var mine: [Int64] = []
            for number in 0..<10 {
              mine += try await store.append([draft(number, stream: "w/\(writer)"), draft(number, stream: "w/\(writer)")], fence: nil)
            }
            #expect(mine == mine.sorted())
            return mine
          }
        }
        return try await group.reduce(into: []) { $0 += $1 }
      }
      #expect(indices.sorted() == Array(0..<2000))
      let report = try await JournalVerifier(folder: folder).verify()
      #expect(report.isIntact && report.entries == 2000)
    }
  }

  @Test("The connection that writes waits for the disk: WAL with synchronous FULL")
  func synchronousFull() async throws {
    try await withJournal { store, _ in
      let pragmas = try await store.write { transaction in
        (
          try Int.fetchOne(transaction.db, sql: "PRAGMA synchronous"), try String.fetchOne(transaction.db, sql: "PRAGMA journal_mode")
        )
      }
      #expect(pragmas.0 == 2)
      #expect(pragmas.1 == "wal")
    }
  }

  @Test("An entry that is too large or malformed is refused, with those appended together with it, and nothing else is")
  func allOrNone() async throws {
    try await withJournal { store, _ in
      let large = draft(1, text: String(repeating: "x", count: 65_536))
      #expect(await code { _ = try await store.append([draft(0), large], fence: nil) } == .entryTooLarge)
      let malformed = JournalDraft(at: instant(0), stream: "a b", kind: "x", actor: .engine, cause: nil, body: Array("{}".utf8))
      #expect(await code { _ = try await store.append([draft(0), malformed], fence: nil) } == .entryMalformed)
      let late = draft(0, at: Timestamp(milliseconds: 253_402_300_800_000))
      #expect(await code { _ = try await store.append([late], fence: nil) } == .entryMalformed)
      let indices = try await store.append([draft(0)], fence: nil)
      #expect(indices == [0])
    }
  }

  @Test("A clock that steps backwards changes nothing: the order of entries is that of their indices")
  func clockStepsBack() async throws {
    let times = [100, 50, -1000, 70].map { instant($0) }
    try await withJournal { store, folder in
      for time in times { _ = try await store.append([draft(0, at: time)], fence: nil) }
      let stored = try await store.entries(of: "rollout/r-1", after: -1).map(\.at)
      #expect(stored == times)
      #expect(try await JournalVerifier(folder: folder).verify().isIntact)
    }
  }

  @Test("One writer's outdated fence fails that writer only")
  func fenceFailsAlone() async throws {
    try await withJournal { store, _ in
      let lease = try await store.acquire(leaseRequest(holder: "r-1"), at: instant(0))
      let stale = LeaseFence(key: key, epoch: lease.epoch - 1)
      let outcomes = await withTaskGroup(of: (Int, SlipwayError.Code?).self) { group in
        for number in 0..<40 {
          group.addTask {
            (number, await code { _ = try await store.append([draft(number)], fence: number % 2 == 0 ? lease.fence : stale) })
          }
        }
        return await group.reduce(into: [:]) { $0[$1.0] = $1.1 }
      }
      #expect(outcomes == Dictionary(uniqueKeysWithValues: (0..<20).map { ($0 * 2 + 1, SlipwayError.Code.staleEpoch) }))
      #expect(try await store.count == 21)
    }
  }

  @Test("After it was closed the journal refuses to be used")
  func closed() async throws {
    try await withJournal { store, _ in
      try await store.close()
      #expect(await code { _ = try await store.append([draft(0)], fence: nil) } == .journalClosed)
      #expect(await code { _ = try await store.entries(after: -1, limit: 1) } == .journalClosed)
    }
  }
}

extension JournalDraft {
  /// What the journal makes of it.
  func entry(_ index: Int64) -> JournalEntry {
    JournalEntry(index: index, at: at, stream: stream, kind: kind, actor: actor, cause: cause, body: body)
  }
}
