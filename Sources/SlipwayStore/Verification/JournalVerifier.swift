import Foundation
import SlipwayLedger
import SlipwayModel

/// Recomputes a journal from its entries' bytes and compares it with all that was stored and signed.
///
/// It only reads, works while a server is writing, and goes on past damage to name what is damaged. What it can't find is
/// written in `docs/formats/journal.md`.
package struct JournalVerifier: Sendable {
  private let files: StateFiles
  private let trustedKey: String?

  /// - Parameters:
  ///   - folder: the state folder.
  ///   - trustedKey: the log's verifier key from a place that an attacker of the folder cannot reach; `nil` for `journal.pub`.
  package init(folder: String, trustedKey: String? = nil) {
    files = StateFiles(folder: folder)
    self.trustedKey = trustedKey
  }

  /// - Returns: what was found, also for a damaged journal.
  /// - Throws: `SlipwayError`: `journal-missing` when there is no `journal.db`, `state-folder-unusable` when it may not be read.
  package func verify() async throws -> VerificationReport {
    try await offloaded { try run() }
  }

  private func run() throws -> VerificationReport {
    guard access(files.database, F_OK) == 0 else {
      throw SlipwayError(
        .journalMissing, .refused, "there is no journal in \(files.folder)",
        remedy: "name the state folder of the server whose journal is meant")
    }
    do {
      var problems = ProblemList()
      let logged = try CheckpointLog.read(files).notes
      let reader = try SQLiteReader(path: files.database)
      do { try reader.begin() } catch { problems.add(.databaseDamaged, "\(error)") }
      let key = readKey(reader, &problems)
      let states = try SignedStates(logged: logged, loggedLater: { try CheckpointLog.read(files).notes }, reader: reader, key: key)
      problems.add(states.problems)
      var pass = EntryPass()
      do {
        try pass.run(reader, states, path: files.database)
        problems.add(pass.problems)
        problems.add(LeaseCheck.problems(reader))
      } catch let fault as SQLiteFault {
        problems.add(.databaseDamaged, "the entries cannot be read: \(fault)")
        if states.largestSize > 0 {
          problems.add(.entryUnreadable, entries: 0..<states.largestSize, "they were signed, and none of them can be read")
        }
      }
      return VerificationReport(
        entries: pass.count, root: pass.root?.base64, verificationKey: key?.text, checkpointsVerified: pass.checkpointsVerified,
        entriesSigned: pass.signedSize, problems: problems.problems, problemsOmitted: problems.omitted)
    } catch let fault as SQLiteFault {
      throw SlipwayError(
        .stateFolderUnusable, .broken, "the journal in \(files.folder) cannot be opened",
        remedy: "make journal.db readable for this user", cause: fault)
    } catch { throw SlipwayError(journal: error, folder: files.folder) }
  }

  private func readKey(_ reader: SQLiteReader, _ problems: inout ProblemList) -> NoteVerifier? {
    do {
      let text = try trustedKey ?? DurableFile.read(files.publicKey).map { String(decoding: $0, as: UTF8.self) }
      guard let text else {
        problems.add(.keyInvalid, "\(files.publicKey) is missing: no signature can be checked")
        return nil
      }
      let key = try NoteVerifier(text.trimmingCharacters(in: .whitespacesAndNewlines))
      let origin = try reader.statement("SELECT value FROM meta WHERE key = 'origin'")
      if try !origin.step() || origin.text(0) != key.name {
        problems.add(.keyInvalid, "the database is not that of the log \(key.name), whose key is given")
      }
      return key
    } catch let fault as SQLiteFault {
      problems.add(.databaseDamaged, "the log's name cannot be read: \(fault)")
    } catch { problems.add(.keyInvalid, "the public key cannot be read: \(error)") }
    return nil
  }
}
