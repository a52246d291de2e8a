import Foundation
import GRDB
import SlipwayLedger
import SlipwayModel
import SlipwayPorts

/// Reads entries from the database, for whoever has it open.
enum StoredEntries {
  static func of(_ stream: String, after index: Int64, _ db: Database) throws -> [JournalEntry] {
    try fetch(db, "SELECT idx, bytes, hash FROM entries WHERE stream = ? AND idx > ? ORDER BY idx", [stream, index])
  }

  static func all(after index: Int64, limit: Int, _ db: Database) throws -> [JournalEntry] {
    try fetch(db, "SELECT idx, bytes, hash FROM entries WHERE idx > ? ORDER BY idx LIMIT ?", [index, max(0, limit)])
  }

  /// Jumps through the index from one stream to the next: the cost is per stream, not per entry.
  static func streams(_ db: Database) throws -> [String] {
    try String.fetchAll(
      db,
      sql: """
        WITH RECURSIVE names(name) AS (
          SELECT min(stream) FROM entries
          UNION ALL
          SELECT (SELECT min(stream) FROM entries WHERE stream > name) FROM names WHERE name IS NOT NULL
        )
        SELECT name FROM names WHERE name IS NOT NULL ORDER BY (SELECT min(idx) FROM entries WHERE stream = name)
        """)
  }

  /// Those with entries after an index, which is found by the entries alone.
  static func streams(after index: Int64, _ db: Database) throws -> StreamNews {
    let newest = try StoredHashes.size(db) - 1
    guard index >= 0 else { return StreamNews(streams: try streams(db), newest: newest) }
    let names = try String.fetchAll(
      try db.cachedStatement(sql: "SELECT DISTINCT stream FROM entries WHERE idx > ? AND idx <= ?"), arguments: [index, newest])
    return StreamNews(streams: names, newest: newest)
  }

  /// Reads entries, each compared with its hash: a server that acted on a flipped bit would do what nobody decided.
  private static func fetch(_ db: Database, _ sql: String, _ arguments: StatementArguments) throws -> [JournalEntry] {
    let rows = try Row.fetchCursor(try db.cachedStatement(sql: sql), arguments: arguments)
    var entries: [JournalEntry] = []
    while let row = try rows.next() {
      let index: Int64 = row[0]
      entries.append(
        try row.withUnsafeData(atIndex: 1) { data in
          try (data ?? .init()).withUnsafeBytes { bytes in
            let isWhole = try row.withUnsafeData(atIndex: 2) { $0.map { MerkleHash.leaf(bytes).data == $0 } ?? false }
            guard isWhole else {
              throw SlipwayError.journalBroken("entry \(index) is not what was written: its content does not fit its hash")
            }
            return try JournalEntry(index: index, decoding: bytes)
          }
        })
    }
    return entries
  }
}

extension JournalEntry {
  /// Reads a stored entry.
  ///
  /// - Throws: `journal-broken`, naming the entry, when the bytes are none or are another entry's.
  init(index: Int64, decoding bytes: UnsafeRawBufferPointer) throws {
    do {
      let envelope = try EntryEnvelope(decoding: bytes)
      guard envelope.index == index, let at = Timestamp(envelope.at), let kind = Actor.Kind(rawValue: envelope.actorKind) else {
        throw SlipwayError.journalBroken("entry \(index) of the journal is damaged")
      }
      self.init(
        index: index, at: at, stream: envelope.stream, kind: envelope.kind, actor: Actor(kind, envelope.actorName),
        cause: envelope.cause, body: envelope.body)
    } catch let fault as EntryFault {
      throw SlipwayError.journalBroken("entry \(index) of the journal is damaged", cause: fault)
    }
  }
}
