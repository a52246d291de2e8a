import Foundation
import SlipwayLedger
import Testing

@testable import SlipwayStore

/// The leaf hash of an entry as hexadecimal digits, for SQL.
enum MerkleHashText {
  static func leaf(_ entry: [UInt8]) -> String { MerkleHash.leaf(entry).hexadecimal }
}

@Suite("One changed byte in the database's file is found")
struct ByteFlipTests {
  @Test("Whatever byte of an entry's row is changed, in its content, hash, columns or header, the entry is named")
  func everyByteOfARow() async throws {
    try await withFolder { folder in
      let whole = folder + "/whole"
      let copied = folder + "/copy"
      try await fillJournal(whole, entries: 40)
      let data = try Data(contentsOf: URL(fileURLWithPath: whole + "/journal.db"))
      let content = try #require(data.range(of: try draft(21).envelope(index: 21).encoded().data))
      // Before the bytes of the entry lie its hash, kind, stream, time, and the header of the row.
      let before = 32 + "step_started".count + "rollout/r-1".count + 24 + 11
      try copy(whole, to: copied)
      for place in content.lowerBound - before..<content.upperBound {
        var changed = data
        changed[place] ^= place % 3 == 0 ? 0x01 : place % 3 == 1 ? 0x80 : 0x10
        try changed.write(to: URL(fileURLWithPath: copied + "/journal.db"))
        let report = try await JournalVerifier(folder: copied).verify()
        let named = report.problems.contains { $0.firstEntry == 21 && $0.lastEntry == 21 }
        #expect(named, "byte \(place - content.lowerBound) of the row: \(report.problems)")
      }
    }
  }

  @Test("Changes at random places of the file are found whenever they change what can be read, and never a crash")
  func anywhere() async throws {
    try await withFolder { folder in
      let whole = folder + "/whole"
      let copied = folder + "/copy"
      try await fillJournal(whole, entries: 120)
      let expected = try await rows(whole)
      let data = try Data(contentsOf: URL(fileURLWithPath: whole + "/journal.db"))
      try copy(whole, to: copied)
      var random = Lehmer(state: 77)
      for _ in 0..<120 {
        var changed = data
        let place = Int(random.next() % UInt64(data.count))
        changed[place] ^= 1 << UInt8(random.next() % 8)
        try changed.write(to: URL(fileURLWithPath: copied + "/journal.db"))
        let report: VerificationReport
        do { report = try await JournalVerifier(folder: copied).verify() } catch { continue }
        if report.isIntact { #expect(try await rows(copied) == expected, "a change at byte \(place) was not found") }
      }
    }
  }

  /// All that the entries and their streams read as.
  private func rows(_ folder: String) async throws -> [String] {
    let reader = try SQLiteReader(path: folder + "/journal.db")
    var rows: [String] = []
    for sql in [
      "SELECT \(EntryScan.columns) FROM entries ORDER BY idx",
      "SELECT idx, at, stream, kind, hash, bytes FROM entries ORDER BY stream, idx",
    ] {
      let statement = try reader.statement(sql)
      while try statement.step() {
        rows.append(
          "\(statement.integer(0)) " + (1...5).map { statement.bytes(Int32($0)).map { String($0) }.joined() }.joined(separator: " "))
      }
    }
    return rows
  }

  @Test("A wrong key in an inner page, which hides rows from a search by number, is found")
  func innerPage() async throws {
    try await withFolder { folder in
      try await fillJournal(folder, entries: 400)
      let path = URL(fileURLWithPath: folder + "/journal.db")
      var data = try Data(contentsOf: path)
      let root = try await rootPage(folder)
      // An inner page of a table (type 5): its first cell is the page of the child, 4 bytes, and the highest number below that.
      let page = (root - 1) * 4096
      #expect(data[page] == 5)
      let cell = page + Int(data[page + 12]) * 256 + Int(data[page + 13])
      data[cell + 4] -= 3
      try data.write(to: path)
      let report = try await JournalVerifier(folder: folder).verify()
      #expect(report.problems.contains { $0.kind == .databaseDamaged })
    }
  }

  private func rootPage(_ folder: String) async throws -> Int {
    let statement = try SQLiteReader(path: folder + "/journal.db").statement("SELECT rootpage FROM sqlite_master WHERE name = 'entries'")
    #expect(try statement.step())
    return Int(statement.integer(0))
  }

  @Test("A page that is nothing any more names the entries on it, and the others are still checked")
  func lostPage() async throws {
    try await withFolder { folder in
      try await fillJournal(folder, entries: 400)
      let path = URL(fileURLWithPath: folder + "/journal.db")
      var data = try Data(contentsOf: path)
      let place = try #require(data.range(of: try draft(201).envelope(index: 201).encoded().data)).lowerBound
      let page = place / 4096 * 4096
      data.replaceSubrange(page..<page + 4096, with: Data(repeating: 0xFF, count: 4096))
      try data.write(to: path)
      let report = try await JournalVerifier(folder: folder).verify()
      let unreadable = report.problems.filter { $0.kind == .entryUnreadable }.compactMap(\.firstEntry)
      #expect(unreadable.contains(201) && (8...16).contains(unreadable.count))
      #expect(report.entries == 400 - Int64(unreadable.count))
      #expect(report.root == nil)
    }
  }
}

/// Numbers that look random and are the same in every run.
struct Lehmer {
  var state: UInt64

  mutating func next() -> UInt64 {
    state = state &* 6_364_136_223_846_793_005 &+ 1_442_695_040_888_963_407
    return state >> 20
  }
}
