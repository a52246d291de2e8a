import GRDB
import SlipwayLedger
import SlipwayModel

/// What was signed before, compared when the journal is opened with what the database holds.
///
/// A log that has been cut or replaced by an older copy is refused here: going on would sign a second history.
struct SignedHistory {
  /// The size that the newest checkpoint in the database vouches for; -1 without one.
  let signedSize: Int64
  /// Checkpoints in the database that a crash has kept out of `checkpoints.log`.
  let unlogged: [SignedCheckpoint]

  init(_ pool: DatabasePool, _ files: StateFiles, key: NoteVerifier) throws {
    let end = try CheckpointLog.readEnd(files)
    let logged = try end.note.map { try Self.parse($0, key, "checkpoints.log") }
    let (stored, rest) = try pool.read { db -> (SignedCheckpoint?, [SignedCheckpoint]) in
      let last = try String.fetchOne(db, sql: "SELECT note FROM checkpoints ORDER BY size DESC LIMIT 1")
      let rest = try String.fetchAll(
        db, sql: "SELECT note FROM checkpoints WHERE size > ? ORDER BY size", arguments: [logged?.checkpoint.size ?? -1])
      let stored = try last.map { try Self.parse(Array($0.utf8), key, "journal.db") }
      for signed in [logged, stored].compactMap({ $0?.checkpoint }) { try Self.check(signed, db) }
      return (stored, try rest.map { try Self.parse(Array($0.utf8), key, "journal.db") })
    }
    signedSize = stored?.checkpoint.size ?? -1
    unlogged = rest
    guard !end.rest.isEmpty else { return }
    // A note that was cut off while it was written is the next that the database has; anything else was not written by us.
    guard let next = rest.first, Array("\(next.encoded)\n".utf8).starts(with: end.rest) else {
      throw SlipwayError.journalBroken("checkpoints.log ends in something that is no checkpoint")
    }
    try DurableFile.truncate(files.checkpoints, to: end.wholeBytes)
  }

  private static func parse(_ note: [UInt8], _ key: NoteVerifier, _ place: String) throws -> SignedCheckpoint {
    do {
      return try SignedCheckpoint(parsing: note, verifiers: [key])
    } catch {
      throw SlipwayError.journalBroken("the newest checkpoint in \(place) is not one that the journal's key has signed", cause: error)
    }
  }

  private static func check(_ signed: Checkpoint, _ db: Database) throws {
    let size = try StoredHashes.size(db)
    guard signed.size <= size else {
      throw SlipwayError.journalBroken("the journal has \(size) entries, but \(signed.size) were signed: entries have been removed")
    }
    let root: MerkleHash
    do {
      root = try StoredHashes(db: db).root(of: 0..<signed.size)
    } catch { throw SlipwayError.journalBroken("the journal's hashes are damaged", cause: error) }
    guard root == signed.root else {
      throw SlipwayError.journalBroken("the journal's first \(signed.size) entries are not those that were signed")
    }
  }
}
