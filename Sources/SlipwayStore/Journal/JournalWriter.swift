import GRDB
import SlipwayLedger
import SlipwayModel
import Synchronization

/// Commits groups of jobs, and knows what of the tree is on disk.
final class JournalWriter: Sendable {
  private struct State {
    /// The tree as committed; `nil` after a failed commit: then what the database holds is read again.
    var frontier: MerkleFrontier?
    var signedSize: Int64
    /// The database has checkpoints that `checkpoints.log` lacks.
    var isLogBehind: Bool
  }

  private let pool: DatabasePool
  private let files: StateFiles
  private let signer: NoteSigner
  private let checkpointInterval: Int64
  /// Nothing is written in another; `nil`: in any.
  private let term: Int64?
  /// Held only by the writing queue and before it starts: a lock nobody waits for, which lets the compiler check the sharing.
  private let state: Mutex<State>

  /// - Parameters:
  ///   - signedSize: the size that the newest checkpoint in the database vouches for; -1 without one.
  ///   - isLogBehind: the database has checkpoints that `checkpoints.log` lacks.
  init(
    pool: DatabasePool, files: StateFiles, signer: NoteSigner, checkpointInterval: Int64, signedSize: Int64,
    isLogBehind: Bool, term: Int64? = nil
  ) {
    self.pool = pool
    self.term = term
    self.files = files
    self.signer = signer
    self.checkpointInterval = checkpointInterval
    state = Mutex(State(frontier: nil, signedSize: signedSize, isLogBehind: isLogBehind))
  }

  /// Runs the jobs in one transaction and answers each of them.
  func commit(_ jobs: [WriteJob]) {
    var answers: [@Sendable (CommitNews) -> Void] = []
    var refused: [Int: SlipwayError] = [:]
    do {
      try state.withLock { state in
        do {
          try write(&state) { transaction in
            for (place, job) in jobs.enumerated() {
              let writes = transaction.writes
              do {
                answers.append(try job.perform(transaction))
              } catch  where transaction.writes == writes {
                refused[place] = SlipwayError(journal: error, folder: files.folder)
              }
            }
            try checkpointIfDue(transaction)
          }
        } catch {
          state.frontier = nil
          throw error
        }
      }
    } catch {
      // The transaction is gone, and with it what every job wrote.
      let error = SlipwayError(journal: error, folder: files.folder)
      for (place, job) in jobs.enumerated() { job.fail(refused[place] ?? error) }
      return
    }
    let news = CommitNews(checkpointLogFailure: logCheckpoints())
    for answer in answers { answer(news) }
    for (place, error) in refused { jobs[place].fail(error) }
  }

  /// Begins a leader's term, and journals that: whoever writes in an earlier one is refused by the very database.
  ///
  /// - Throws: `stale-epoch` when that term or a later one has begun already.
  func begin(_ term: JournalTerm) throws {
    try state.withLock { state in
      try write(&state, beginning: true) { transaction in
        let newest = try JournalTerm.newest(transaction.db)
        if let newest, newest >= term.number { throw SlipwayError.staleTerm(term.number, newest: newest) }
        try transaction.execute(
          "INSERT INTO meta (key, value) VALUES ('term', ?) ON CONFLICT (key) DO UPDATE SET value = excluded.value", ["\(term.number)"])
        _ = try transaction.append([term.draft])
        try checkpointIfDue(transaction)
      }
    }
  }

  private func requireTerm(_ db: Database) throws {
    let newest = try JournalTerm.newest(db)
    guard newest == term else { throw SlipwayError.staleTerm(term ?? 0, newest: newest ?? 0) }
  }

  private func write(_ state: inout State, beginning: Bool = false, _ body: (WriteTransaction) throws -> Void) throws {
    try pool.writeWithoutTransaction { db in
      try db.beginTransaction(.immediate)
      do {
        if !beginning { try requireTerm(db) }
        let size = try StoredHashes.size(db)
        if state.frontier?.size != size {
          // The first transaction, one after a failure, or somebody else has written: a server that took this one for dead.
          state.frontier = try MerkleFrontier(size: size, from: StoredHashes(db: db))
          state.signedSize = try Int64.fetchOne(db, sql: "SELECT max(size) FROM checkpoints") ?? -1
        }
        guard let frontier = state.frontier else { return }
        let transaction = WriteTransaction(db, frontier: frontier, signedSize: state.signedSize, signer: signer)
        try body(transaction)
        try db.commit()
        state.frontier = transaction.frontier
        state.signedSize = transaction.signedSize
        state.isLogBehind = state.isLogBehind || !transaction.signed.isEmpty
      } catch {
        // SQLite rolls back by itself on some errors, and then this has nothing to do. Should it fail, the connection is still
        // in the transaction: the next one then fails to begin, and says so to its callers.
        do { try db.rollback() } catch { throw error }
        throw error
      }
    }
  }

  private func checkpointIfDue(_ transaction: WriteTransaction) throws {
    // The first entries are signed at once: a checkpoints.log without any note is then never an honest one.
    let isFirst = transaction.signedSize < 0 && transaction.frontier.size > 0
    let stretch = transaction.frontier.size / checkpointInterval
    guard isFirst || stretch > max(0, transaction.signedSize) / checkpointInterval else { return }
    let text = try String.fetchOne(transaction.db, sql: "SELECT at FROM entries WHERE idx = ?", arguments: [transaction.frontier.size - 1])
    _ = try transaction.checkpoint(at: text.flatMap { Timestamp($0) } ?? Timestamp(milliseconds: 0))
  }

  /// Brings `checkpoints.log` up to date. The entries are durable already, so a failure here is kept and tried again.
  func logCheckpoints() -> SlipwayError? {
    state.withLock { state in
      guard state.isLogBehind else { return nil }
      do {
        try CheckpointLog.catchUp(files) { size in
          try pool.read { db in
            try String.fetchAll(db, sql: "SELECT note FROM checkpoints WHERE size > ? ORDER BY size", arguments: [size])
          }
        }
        state.isLogBehind = false
        return nil
      } catch { return SlipwayError(journal: error, folder: files.folder) }
    }
  }
}
