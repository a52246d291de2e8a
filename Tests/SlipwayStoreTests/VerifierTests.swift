import Foundation
import SlipwayLedger
import SlipwayModel
import Testing

@testable import SlipwayStore

@Suite("Verification finds what was changed, and names the entry")
struct VerifierTests {
  private func verify(_ folder: String) async throws -> VerificationReport { try await JournalVerifier(folder: folder).verify() }

  @Test("A journal that nobody touched is intact, closed or open")
  func intact() async throws {
    try await withFolder { folder in
      try await fillJournal(folder, entries: 600)
      let report = try await verify(folder)
      #expect(report.problems == [])
      #expect(report.entries == 600 && report.entriesSigned == 600 && report.checkpointsVerified == 39)
      let store = try await JournalStore.open(folder: folder)
      _ = try await store.append([draft(1)], fence: nil)
      let running = try await verify(folder)
      #expect(running.isIntact && running.entries == 601 && running.entriesSigned == 600)
      try await store.close()
      let root = try await verify(folder).root
      #expect(root != nil && root != report.root)
    }
  }

  @Test("A folder without a journal is an error")
  func missing() async throws {
    try await withFolder { folder in
      #expect(await code { _ = try await verify(folder) } == .journalMissing)
    }
  }

  @Test(
    "Each change to a row is found and names the entry",
    arguments: [
      ("UPDATE entries SET bytes = CAST(replace(CAST(bytes AS TEXT), 'deploy', 'DEPLOY') AS BLOB) WHERE idx = 7", "entry-changed"),
      ("UPDATE entries SET hash = zeroblob(32) WHERE idx = 7", "entry-changed"),
      ("UPDATE entries SET hash = x'00' WHERE idx = 7", "entry-changed"),
      ("UPDATE entries SET kind = 'step_passed' WHERE idx = 7", "column-differs"),
      ("UPDATE entries SET stream = 'rollout/r-0' WHERE idx = 7", "column-differs"),
      ("UPDATE entries SET at = '2026-11-21T09:14:07.250Z' WHERE idx = 7", "column-differs"),
      ("UPDATE entries SET bytes = x'7b7d' WHERE idx = 7", "entry-malformed"),
      ("UPDATE entries SET idx = 1000000000000 WHERE idx = 39", "column-differs"),
      ("UPDATE entries SET idx = -5 WHERE idx = 0", "column-differs"),
      ("DELETE FROM entries WHERE idx = 7", "entry-missing"),
      ("INSERT INTO entries SELECT -1, at, stream, kind, hash, bytes FROM entries WHERE idx = 5", "entry-unexpected"),
    ])
  func rowChanges(change: String, kind: String) async throws {
    try await withFolder { folder in
      try await fillJournal(folder, entries: 40)
      try tamper(folder, change)
      let report = try await verify(folder)
      let entry: Int64 = change.contains("idx = 39") ? 39 : change.contains("idx = 7") ? 7 : 0
      #expect(
        report.problems.contains {
          $0.kind.rawValue == kind && $0.firstEntry == entry && $0.lastEntry == entry || kind == "entry-unexpected"
        })
      #expect(report.problems.contains { $0.kind.rawValue == kind })
    }
  }

  @Test("Two rows that changed places are both named")
  func swapped() async throws {
    try await withFolder { folder in
      try await fillJournal(folder, entries: 40)
      try tamper(
        folder, "UPDATE entries SET idx = 100 WHERE idx = 7", "UPDATE entries SET idx = 7 WHERE idx = 8",
        "UPDATE entries SET idx = 8 WHERE idx = 100")
      let named = try await verify(folder).problems.filter { $0.kind == .columnDiffers }.map(\.firstEntry)
      #expect(named == [7, 8])
    }
  }

  @Test("An entry changed together with its hash is found by the signed root, which names the stretch between two checkpoints")
  func consistentChange() async throws {
    try await withFolder { folder in
      try await fillJournal(folder, entries: 40)
      // Entry 21 is replaced by one that is whole in itself: right format, right columns, right hash.
      let forged = try draft(21, stream: "rollout/r-1", text: "forged").envelope(index: 21).encoded()
      let hexadecimal = forged.map { String(format: "%02x", $0) }.joined()
      let hash = MerkleHashText.leaf(forged)
      try tamper(folder, "UPDATE entries SET bytes = x'\(hexadecimal)', hash = x'\(hash)' WHERE idx = 21")
      let problems = try await verify(folder).problems
      #expect(problems.map(\.kind) == [.rootDiffers])
      #expect(problems.first?.firstEntry == 16 && problems.first?.lastEntry == 31)
    }
  }

  @Test("Entries cut off the end are named by the checkpoints that had signed them, also when those are cut off the database too")
  func cutOff() async throws {
    try await withFolder { folder in
      try await fillJournal(folder, entries: 40)
      try tamper(folder, "DELETE FROM entries WHERE idx = 39")
      let first = try await verify(folder).problems
      #expect(first.contains { $0.kind == .entriesRemoved && $0.firstEntry == 39 && $0.lastEntry == 39 })
      try tamper(folder, "DELETE FROM entries WHERE idx >= 32", "DELETE FROM checkpoints WHERE size > 32")
      let second = try await verify(folder).problems
      #expect(second.contains { $0.kind == .entriesRemoved && $0.firstEntry == 32 && $0.lastEntry == 39 })
      #expect(second.contains { $0.kind == .checkpointsDiffer })
    }
  }

  @Test(
    "Changes beside the entries are found too",
    arguments: [
      ("UPDATE checkpoints SET note = replace(note, 'slipway', 'Slipway') WHERE size = 16", "checkpoint-invalid"),
      ("UPDATE checkpoints SET size = 17 WHERE size = 16", "checkpoint-invalid"),
      ("DELETE FROM checkpoints WHERE size = 16", "checkpoints-differ"),
      ("UPDATE tiles SET hash = zeroblob(32)", "tile-differs"),
      ("DELETE FROM tiles", "tile-differs"),
      ("INSERT INTO tiles VALUES (8, 9, zeroblob(32))", "tile-differs"),
      ("UPDATE leases SET epoch = 0", "lease-differs"),
      ("UPDATE leases SET released = 1", "lease-differs"),
      ("DELETE FROM leases", "lease-differs"),
      (
        "INSERT INTO leases SELECT 'web', environment, holder, actor_kind, actor_name, reason, epoch, expiry_ms, released FROM leases",
        "lease-differs"
      ),
      ("UPDATE meta SET value = 'slipway.local/other' WHERE key = 'origin'", "key-invalid"),
      ("DROP TABLE checkpoints", "database-damaged"), ("DROP TABLE tiles", "database-damaged"), ("DROP TABLE entries", "database-damaged"),
    ])
  func otherTables(change: String, kind: String) async throws {
    try await withFolder { folder in
      try await fillJournal(folder, entries: 300)
      try tamper(folder, change)
      let report = try await verify(folder)
      #expect(report.problems.contains { $0.kind.rawValue == kind })
    }
  }

  @Test("An index by stream that leaves an entry out, as a byte changed in it can make it, names the entry")
  func streamIndex() async throws {
    try await withFolder { folder in
      try await fillJournal(folder, entries: 40)
      let path = URL(fileURLWithPath: folder + "/journal.db")
      let whole = try Data(contentsOf: path)
      // In the index a cell is the stream's name followed by the entry's number: here 20, in a stream of even entries.
      let cell = try #require(whole.range(of: Data("rollout/r-0".utf8) + [20]))
      var changed = whole
      changed[cell.upperBound - 1] = 21
      try changed.write(to: path)
      let problems = try await verify(folder).problems
      #expect(problems.contains { $0.kind == .indexDiffers && $0.firstEntry == 20 })
    }
  }

  @Test("A checkpoint log that was changed, shortened or replaced is found")
  func checkpointLog() async throws {
    try await withFolder { folder in
      try await fillJournal(folder, entries: 40)
      let path = folder + "/checkpoints.log"
      let text = try String(contentsOfFile: path, encoding: .utf8)
      for wrong in [text.replacing("\n16\n", with: "\n17\n"), String(text.dropFirst(200)), text + "junk\n\n\u{2014} junk AAAA\n\n"] {
        try wrong.write(toFile: path, atomically: true, encoding: .utf8)
        #expect(try await !verify(folder).isIntact)
      }
    }
  }

  @Test("A checkpoint log that was emptied, cut at a note or removed is found, however few checkpoints there are")
  func missingCheckpointLog() async throws {
    for entries in [3, 40] {
      try await withJournal { journal, folder in
        _ = try await journal.append((0..<entries).map { draft($0) }, fence: nil)
        _ = try await journal.append([draft(entries)], fence: nil)
        try await journal.seal(at: instant(0))
        #expect(try await verify(folder).isIntact)
        let path = folder + "/checkpoints.log"
        let text = try String(contentsOfFile: path, encoding: .utf8)
        let second = try #require(text.ranges(of: "\n\n").dropFirst().first).upperBound
        for wrong in ["", String(text[second...])] {
          try wrong.write(toFile: path, atomically: true, encoding: .utf8)
          #expect(try await verify(folder).problems.contains { $0.kind == .checkpointsDiffer })
        }
        try FileManager.default.removeItem(atPath: path)
        #expect(try await verify(folder).problems.contains { $0.kind == .checkpointsDiffer })
        try text.write(toFile: path, atomically: true, encoding: .utf8)
      }
    }
  }

  @Test("A key from elsewhere decides, not the one in the folder")
  func trustedKey() async throws {
    try await withFolder { folder in
      try await fillJournal(folder, entries: 40)
      let right = try String(contentsOfFile: folder + "/journal.pub", encoding: .utf8)
      #expect(try await JournalVerifier(folder: folder, trustedKey: right).verify().isIntact)
      let wrong = try await JournalVerifier(
        folder: folder, trustedKey: "example.com/foo+530d903a+AekyeRrm56hApGFkyQR4ZCbV54Id2LKaANYcrnKv3U2k"
      ).verify()
      #expect(wrong.problems.contains { $0.kind == .keyInvalid } && wrong.checkpointsVerified == 0)
      try FileManager.default.removeItem(atPath: folder + "/journal.pub")
      #expect(try await verify(folder).problems.contains { $0.kind == .keyInvalid })
    }
  }
}
