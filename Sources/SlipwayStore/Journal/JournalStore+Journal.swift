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
    try await read { try StoredEntries.of(stream, after: index, $0) }
  }

  package func entries(after index: Int64, limit: Int) async throws -> [JournalEntry] {
    try await read { try StoredEntries.all(after: index, limit: limit, $0) }
  }

  package func streams() async throws -> [String] {
    try await read { try StoredEntries.streams($0) }
  }

  package func streams(after index: Int64) async throws -> StreamNews {
    try await read { try StoredEntries.streams(after: index, $0) }
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
}

/// An entry's bytes with the proof that they are in the signed log.
package struct EntryProof: Hashable, Sendable {
  /// The entry as it is hashed.
  package let entry: [UInt8]
  package let document: InclusionDocument
}
