import Dispatch
import Foundation
import GRDB
import SlipwayLedger
import SlipwayModel
import SlipwayPorts

/// The journal and the leases in one SQLite database, `journal.db` in the state folder.
///
/// One process at a time has it open; within it any number of tasks append and read. No clock is read: times are the
/// caller's and may step backwards, since the order of entries is that of their indices.
package final class JournalStore: Sendable {
  package struct Options: Hashable, Sendable {
    /// A checkpoint is signed at the latest after this many entries; at least 1.
    package var checkpointInterval: Int64
    /// What a new log is called after `slipway.local/`; `nil` for sixteen random hexadecimal digits.
    package var logIdentifier: String?

    /// The leadership under which it is opened: writers of earlier terms are refused from then on, and so is this one when a later
    /// term begins. `nil`: no other process may have the journal open.
    package var term: JournalTerm?

    package init(checkpointInterval: Int64 = 256, logIdentifier: String? = nil, term: JournalTerm? = nil) {
      self.checkpointInterval = checkpointInterval
      self.logIdentifier = logIdentifier
      self.term = term
    }
  }

  /// Whoever has this key can check what the log has signed: a C2SP verifier key, also in `journal.pub`.
  package let verificationKey: NoteVerifier
  let files: StateFiles
  let pool: DatabasePool
  let commits: GroupCommit
  private let lock: JournalLock

  /// Opens the journal in a folder, and makes folder, journal and signing key when they are not there yet.
  ///
  /// - Throws: `SlipwayError`: `journal-locked` when another process has it open, `stale-epoch` when a later term than that of
  ///   `options` has begun, `state-folder-unusable`, `journal-full`, and
  ///   `journal-broken` when the database is damaged, older than what was signed, or lacks its key.
  package static func open(folder: String, options: Options = Options()) async throws -> JournalStore {
    try await offloaded { try JournalStore(folder: folder, options: options) }
  }

  private init(folder: String, options: Options) throws {
    files = StateFiles(folder: folder)
    do {
      try DurableFile.makeFolder(folder)
      lock = try JournalLock(files: files, yields: options.term != nil)
      pool = try Self.openDatabase(files)
      let origin = try pool.read { try String.fetchOne($0, sql: "SELECT value FROM meta WHERE key = 'origin'") }
      let signer = try JournalKey.load(files, origin: origin, identifier: options.logIdentifier ?? JournalKey.randomIdentifier())
      if origin == nil {
        try pool.write { try $0.execute(sql: "INSERT INTO meta (key, value) VALUES ('origin', ?)", arguments: [signer.name]) }
      }
      verificationKey = signer.verifier
      let history = try SignedHistory(pool, files, key: signer.verifier)
      // Without a term of its own it writes as long as nobody begins a later one than it has found.
      let found = try pool.read { try JournalTerm.newest($0) }
      let writer = JournalWriter(
        pool: pool, files: files, signer: signer, checkpointInterval: max(1, options.checkpointInterval),
        signedSize: history.signedSize, isLogBehind: !history.unlogged.isEmpty, term: options.term?.number ?? found)
      if let term = options.term { try writer.begin(term) }
      if let failure = writer.logCheckpoints() { throw failure }
      commits = GroupCommit { writer.commit($0) }
    } catch { throw SlipwayError(journal: error, folder: folder) }
  }

  private static func openDatabase(_ files: StateFiles) throws -> DatabasePool {
    var configuration = Configuration()
    configuration.label = "journal"
    configuration.maximumReaderCount = 3
    configuration.busyMode = .timeout(5)
    try files.protect()
    let pool = try DatabasePool(path: files.database, configuration: configuration)
    let migrator = Migrations.migrator
    if try pool.read({ try migrator.hasBeenSuperseded($0) }) {
      throw SlipwayError(
        .journalBroken, .broken, "the journal in \(files.folder) was written by a newer Slipway",
        remedy: "use the newer Slipway, or choose another state folder")
    }
    try migrator.migrate(pool)
    // Opening a pool sets `synchronous` to NORMAL, with which a power cut could take back what was acknowledged.
    try pool.writeWithoutTransaction { try $0.execute(sql: "PRAGMA synchronous = FULL") }
    return pool
  }

  /// What became of the last server on a state folder; asking changes nothing.
  package static func lastServer(folder: String) -> LastServer { JournalLock.lastServer(StateFiles(folder: folder)) }

  /// Signs a last checkpoint when entries were added since the newest, and gives the folder free. Later calls do nothing more.
  ///
  /// - Throws: what signing or closing threw; the folder is free all the same.
  package func close() async throws {
    do {
      _ = try await write { transaction in
        if transaction.frontier.size > max(0, transaction.signedSize) {
          let text = try String.fetchOne(
            transaction.db, sql: "SELECT at FROM entries WHERE idx = ?", arguments: [transaction.frontier.size - 1])
          _ = try transaction.checkpoint(at: text.flatMap { Timestamp($0) } ?? Timestamp(milliseconds: 0))
        }
      }
    } catch let error as SlipwayError where error.code == .journalClosed {
      return
    } catch {
      try await shutDown()
      throw error
    }
    try await shutDown()
  }

  private func shutDown() async throws {
    try await withCheckedThrowingContinuation { (continuation: CheckedContinuation<Void, any Error>) in
      commits.close { [pool, lock, files] in
        // SQLite brings its write-ahead log into the database when the last connection closes, if that one may write; the pool
        // by itself closes those that read last.
        pool.invalidateReadOnlyConnections()
        let result = Result { try pool.close() }
        lock.release(inOrder: true)
        continuation.resume(with: result.mapError { SlipwayError(journal: $0, folder: files.folder) })
      }
    }
  }

  /// Signs the journal's present state; gives the newest checkpoint when nothing was added since.
  ///
  /// - Returns: the checkpoint, once it is in the database and in `checkpoints.log`.
  package func checkpoint(at now: Timestamp) async throws -> SignedCheckpoint {
    try await write(needsCheckpointLog: true) { try $0.checkpoint(at: now) }
  }

  /// The number of entries.
  package var count: Int64 {
    get async throws { try await read { try StoredHashes.size($0) } }
  }

  /// Runs work in the transaction that all present writers share.
  ///
  /// - Parameter needsCheckpointLog: whether to fail when `checkpoints.log` could not be brought up to date.
  func write<T: Sendable>(
    needsCheckpointLog: Bool = false, _ work: @escaping @Sendable (WriteTransaction) throws -> T
  ) async throws -> T {
    try await withCheckedThrowingContinuation { continuation in
      commits.submit(
        WriteJob(
          perform: { transaction in
            let value = try work(transaction)
            return { news in
              if needsCheckpointLog, let failure = news.checkpointLogFailure {
                continuation.resume(throwing: failure)
              } else {
                continuation.resume(returning: value)
              }
            }
          },
          fail: { continuation.resume(throwing: $0) }))
    }
  }

  /// Reads from a consistent state of the database.
  func read<T: Sendable>(_ work: @escaping @Sendable (Database) throws -> T) async throws -> T {
    do {
      return try await pool.read(work)
    } catch let error as CancellationError {
      throw error
    } catch let error as DatabaseError where error.resultCode == .SQLITE_MISUSE {
      throw SlipwayError.journalClosed
    } catch { throw SlipwayError(journal: error, folder: files.folder) }
  }
}

/// Runs work that blocks on a thread of its own instead of one that tasks share.
func offloaded<T: Sendable>(_ work: @escaping @Sendable () throws -> T) async throws -> T {
  try await withCheckedThrowingContinuation { continuation in
    DispatchQueue.global(qos: .userInitiated).async { continuation.resume(with: Result(catching: work)) }
  }
}
