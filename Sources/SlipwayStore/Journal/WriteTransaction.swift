import GRDB
import SlipwayLedger
import SlipwayModel
import SlipwayPorts

/// The transaction that a group of jobs shares. It lives on the writing queue and ends with the commit.
///
/// The tree's frontier is a copy: only when the commit has succeeded does it become the store's, so that memory never runs
/// ahead of the disk.
final class WriteTransaction {
  let db: Database
  private(set) var frontier: MerkleFrontier
  /// The size that the newest checkpoint vouches for.
  private(set) var signedSize: Int64
  /// Checkpoints that this transaction has signed.
  private(set) var signed: [SignedCheckpoint] = []
  /// How many rows were written so far: tells whether a job that failed has left something behind.
  private(set) var writes = 0
  private let signer: NoteSigner

  init(_ db: Database, frontier: MerkleFrontier, signedSize: Int64, signer: NoteSigner) {
    self.db = db
    self.frontier = frontier
    self.signedSize = signedSize
    self.signer = signer
  }

  /// Appends all drafts or, when one of them cannot be an entry, throws before anything is written.
  func append(_ drafts: [JournalDraft]) throws -> [Int64] {
    let first = frontier.size
    let encoded = try drafts.enumerated().map { offset, draft in try draft.envelope(index: first + Int64(offset)).encoded() }
    for (draft, bytes) in zip(drafts, encoded) { try insert(draft, bytes) }
    return Array(first..<first + Int64(drafts.count))
  }

  /// - Throws: `stale-index` unless this is the stream's newest entry; -1 stands for none.
  func require(_ newest: Int64, of stream: String) throws {
    guard try newestIndex(of: stream) == newest else { throw SlipwayError.staleIndex(stream) }
  }

  /// The index of a stream's newest entry; -1 when it has none.
  func newestIndex(of stream: String) throws -> Int64 {
    try Int64.fetchOne(try db.cachedStatement(sql: "SELECT max(idx) FROM entries WHERE stream = ?"), arguments: [stream]) ?? -1
  }

  private func insert(_ draft: JournalDraft, _ bytes: [UInt8]) throws {
    let hash = MerkleHash.leaf(bytes)
    try execute(
      "INSERT INTO entries (idx, at, stream, kind, hash, bytes) VALUES (?, ?, ?, ?, ?, ?)",
      [frontier.size, draft.at.description, draft.stream, draft.kind, hash.data, bytes.data])
    try frontier.append(hash) { tile in
      try execute("INSERT INTO tiles (level, position, hash) VALUES (?, ?, ?)", [tile.level, tile.position, tile.hash.data])
    }
  }

  /// Signs the tree as it now is; gives the newest checkpoint when that is of this size already.
  func checkpoint(at now: Timestamp) throws -> SignedCheckpoint {
    if frontier.size == signedSize, let newest = try signed.last ?? storedCheckpoint(size: signedSize) { return newest }
    let checkpoint = Checkpoint(origin: signer.name, size: frontier.size, root: frontier.root)
    let new = try SignedCheckpoint(signing: checkpoint, with: signer)
    try execute("INSERT INTO checkpoints (size, at, note) VALUES (?, ?, ?)", [frontier.size, now.description, new.encoded])
    signedSize = frontier.size
    signed.append(new)
    return new
  }

  private func storedCheckpoint(size: Int64) throws -> SignedCheckpoint? {
    let note = try String.fetchOne(db, sql: "SELECT note FROM checkpoints WHERE size = ?", arguments: [size])
    return try note.map { try SignedCheckpoint(parsing: Array($0.utf8), verifiers: [signer.verifier]) }
  }

  /// Runs one statement that changes the database.
  func execute(_ sql: String, _ arguments: StatementArguments) throws {
    writes += 1
    try db.cachedStatement(sql: sql).execute(arguments: arguments)
  }
}

extension JournalDraft {
  /// The entry that this becomes in its place.
  func envelope(index: Int64) -> EntryEnvelope {
    EntryEnvelope(
      index: index, at: at.description, stream: stream, kind: kind, actorKind: actor.kind.rawValue, actorName: actor.name,
      cause: cause, body: body)
  }
}
