import Foundation
import GRDB
import SlipwayLedger
import SlipwayModel
import Testing

@testable import SlipwayStore

@Suite("A full disk loses nothing")
struct DiskFullTests {
  private func limitPages(_ store: JournalStore, _ count: Int) async throws {
    try await store.write { _ = try Int.fetchOne($0.db, sql: "PRAGMA max_page_count = \(count)") }
  }

  @Test("When SQLite is out of space all waiting writers are told, nothing is half written, and writing goes on once there is space")
  func full() async throws {
    try await withJournal(.init(checkpointInterval: 8)) { store, folder in
      let pages = try await store.write { try Int.fetchOne($0.db, sql: "PRAGMA page_count") ?? 0 }
      try await limitPages(store, pages + 20)
      let outcomes = await withTaskGroup(of: SlipwayError.Code?.self) { group in
        for number in 0..<60 {
          group.addTask {
            await code { _ = try await store.append([draft(number, text: String(repeating: "x", count: 4000))], fence: nil) }
          }
        }
        return await group.reduce(into: []) { $0.append($1) }
      }
      #expect(outcomes.contains(.journalFull))
      #expect(outcomes.allSatisfy { $0 == nil || $0 == .journalFull })
      var stored = 0
      while await code({ _ = try await store.append([draft(0, text: String(repeating: "x", count: 4000))], fence: nil) }) == nil {
        stored += 1
      }
      stored += outcomes.count { $0 == nil }
      #expect(try await store.count == Int64(stored))

      try await limitPages(store, 1_000_000)
      #expect(try await store.append([draft(1), draft(2)], fence: nil) == [Int64(stored), Int64(stored) + 1])
      let report = try await JournalVerifier(folder: folder).verify()
      #expect(report.problems == [] && report.entries == Int64(stored) + 2)
    }
  }

  @Test("When only checkpoints.log cannot be written, entries are kept, a wanted checkpoint fails, and the next brings both in")
  func checkpointLogFails() async throws {
    try await withJournal { store, folder in
      _ = try await store.append([draft(1)], fence: nil)
      // A folder in the file's place: opening it for writing fails for every user.
      let log = folder + "/checkpoints.log"
      try FileManager.default.moveItem(atPath: log, toPath: log + ".kept")
      try FileManager.default.createDirectory(atPath: log, withIntermediateDirectories: false)
      #expect(try await store.append([draft(2)], fence: nil) == [1])
      #expect(await code { _ = try await store.checkpoint(at: instant(1)) } == .stateFolderUnusable)
      #expect(try await store.append([draft(3)], fence: nil) == [2])
      try FileManager.default.removeItem(atPath: log)
      try FileManager.default.moveItem(atPath: log + ".kept", toPath: log)
      #expect(try await store.checkpoint(at: instant(2)).checkpoint.size == 3)
      let report = try await JournalVerifier(folder: folder).verify()
      #expect(report.problems == [] && report.checkpointsVerified == 3)
    }
  }
}
