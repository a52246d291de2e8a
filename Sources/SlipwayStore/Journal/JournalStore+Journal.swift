import Foundation
import GRDB
import SlipwayLedger
import SlipwayModel
import SlipwayPorts

extension JournalStore: EventJournal {
  package func append(_ entries: [JournalDraft], after newest: Int64?, fence: LeaseFence?) async throws -> [Int64] {
    try await write { transaction in
      if let fence { try transaction.require(fence) }
      if let newest, let stream = entries.first?.stream { try transaction.require(newest, of: stream) }
      return try transaction.append(entries)
    }
  }

  package func seal(at now: Timestamp) async throws {
    _ = try await checkpoint(at: now)
  }

  package func entries(of stream: String, after index: Int64) async throws -> [JournalEntry] {
    try await read { db in
      try Self.fetch(db, "SELECT idx, bytes, hash FROM entries WHERE stream = ? AND idx > ? ORDER BY idx", [stream, index])
    }
  }

  package func entries(after index: Int64, limit: Int) async throws -> [JournalEntry] {
    try await read { db in
      try Self.fetch(db, "SELECT idx, bytes, hash FROM entries WHERE idx > ? ORDER BY idx LIMIT ?", [index, max(0, limit)])
    }
  }

  package func streams() async throws -> [String] {
    try await read { try Self.allStreams($0) }
  }

  /// Jumps through the index from one stream to the next: the cost is per stream, not per entry.
  private static func allStreams(_ db: Database) throws -> [String] {
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

  package func streams(after index: Int64) async throws -> StreamNews {
    try await read { db in
      let newest = try StoredHashes.size(db) - 1
      guard index >= 0 else { return StreamNews(streams: try Self.allStreams(db), newest: newest) }
      let streams = try String.fetchAll(
        try db.cachedStatement(sql: "SELECT DISTINCT stream FROM entries WHERE idx > ? AND idx <= ?"), arguments: [index, newest])
      return StreamNews(streams: streams, newest: newest)
    }
  }

  /// The proof that the log has signed an entry: with it and the public key anyone can check the entry offline.
  ///
  /// - Parameters:
  ///   - index: the entry's place.
  ///   - now: the time of the checkpoint that is signed when none covers the entry yet.
  /// - Throws: `entry-missing`.
  package func prove(_ index: Int64, at now: Timestamp) async throws -> EntryProof {
    try await write(needsCheckpointLog: true) { transaction in
      let db = transaction.db
      guard let bytes = try [UInt8].fetch(db, sql: "SELECT bytes FROM entries WHERE idx = ?", arguments: [index]) else {
        throw SlipwayError(
          .entryMissing, .input, "the journal has no entry \(index)", remedy: "choose an index below \(transaction.frontier.size)")
      }
      if index >= transaction.signedSize { _ = try transaction.checkpoint(at: now) }
      let text = try String.fetchOne(db, sql: "SELECT note FROM checkpoints ORDER BY size DESC LIMIT 1") ?? ""
      let note = try SignedNote(parsing: Array(text.utf8))
      let size = try Checkpoint(parsing: note.text).size
      let path = try StoredHashes(db: db).inclusionProof(of: index, in: size) ?? []
      return EntryProof(entry: bytes, document: InclusionDocument(index: index, path: path, checkpoint: note))
    }
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

/// An entry's bytes with the proof that they are in the signed log.
package struct EntryProof: Hashable, Sendable {
  /// The entry as it is hashed.
  package let entry: [UInt8]
  package let document: InclusionDocument
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
