import GRDB
import SlipwayLedger
import SlipwayModel
import SlipwayPorts

extension SlipwayError.Code {
  /// An encoded entry has more than 65,535 bytes.
  package static let entryTooLarge = Self("entry-too-large")
  /// A draft's stream, kind, time or body is not in the journal's form: a mistake of the program.
  package static let entryMalformed = Self("entry-malformed")
  /// There is no space left to write to.
  package static let journalFull = Self("journal-full")
  /// Another process has the journal open for writing.
  package static let journalLocked = Self("journal-locked")
  /// The stored journal contradicts itself, or cannot be read.
  package static let journalBroken = Self("journal-broken")
  /// There is no journal in the folder.
  package static let journalMissing = Self("journal-missing")
  /// The journal was used after it was closed.
  package static let journalClosed = Self("journal-closed")
  /// There is no entry with that index.
  package static let entryMissing = Self("entry-missing")
  /// The state folder cannot be made or written to.
  package static let stateFolderUnusable = Self("state-folder-unusable")
  /// Someone else has the lease.
  package static let leaseHeld = Self("lease-held")
  /// Someone else has taken the lease since.
  package static let staleEpoch = Self("stale-epoch")
  /// Someone else has written to the stream since.
  package static let staleIndex = Self("stale-index")
}

extension SlipwayError {
  /// What every reader of a contradictory journal is told.
  static func journalBroken(_ message: String, cause: (any Error)? = nil) -> SlipwayError {
    SlipwayError(
      .journalBroken, .broken, message,
      remedy: "keep a copy of the state folder, run `slipway audit verify` to see what is damaged, and restore the folder from a backup",
      cause: cause)
  }

  static let journalClosed = SlipwayError(
    .journalClosed, .broken, "the journal is closed", remedy: "start the server again")

  static func staleEpoch(_ fence: LeaseFence) -> SlipwayError {
    SlipwayError(
      .staleEpoch, .refused, "the lease on \(fence.key) with epoch \(fence.epoch) is not the one in force",
      remedy: "look at `slipway status`: another rollout has taken over")
  }

  static func staleIndex(_ stream: String) -> SlipwayError {
    SlipwayError(
      .staleIndex, .refused, "\(stream) has entries in the journal that this writer does not know",
      remedy: "look at `slipway status`: another server has gone on with it")
  }

  /// The error of a journal operation as the module's callers see it.
  init(journal error: any Error, folder: String) {
    switch error {
    case let error as SlipwayError: self = error
    case let error as DatabaseError: self = Self.from(database: error, folder: folder)
    case let error as EntryFault: self = Self.from(fault: error)
    case let error as FileError: self = Self.from(file: error, folder: folder)
    default: self = .journalBroken("the journal in \(folder) cannot be used", cause: error)
    }
  }

  private static func from(database error: DatabaseError, folder: String) -> SlipwayError {
    // The memory that connections share is a file too; that it cannot grow comes from a full disk.
    if error.extendedResultCode == .SQLITE_IOERR_SHMSIZE { return .journalFull(folder, cause: error) }
    switch error.resultCode.primaryResultCode {
    case .SQLITE_FULL:
      return .journalFull(folder, cause: error)
    case .SQLITE_BUSY, .SQLITE_LOCKED:
      return SlipwayError(
        .journalLocked, .broken, "another program holds the journal in \(folder)",
        remedy: "close the program that has journal.db open, or wait until it is done", cause: error)
    case .SQLITE_READONLY, .SQLITE_CANTOPEN, .SQLITE_PERM:
      return .stateFolderUnusable(folder, cause: error)
    case .SQLITE_IOERR:
      return SlipwayError(
        .journalBroken, .broken, "the disk that holds the journal in \(folder) answered with an error",
        remedy: "check the disk; then start the server again", cause: error)
    default:
      return .journalBroken("the journal in \(folder) is damaged", cause: error)
    }
  }

  private static func from(fault: EntryFault) -> SlipwayError {
    switch fault.reason {
    case .tooLarge:
      SlipwayError(
        .entryTooLarge, .input, "\(fault)",
        remedy: "shorten the text, or store what is large beside the journal and its digest in the entry")
    case .malformed:
      SlipwayError(.entryMalformed, .broken, "an event cannot be journaled: \(fault)", remedy: "report this: it is a mistake in Slipway")
    }
  }

  private static func from(file error: FileError, folder: String) -> SlipwayError {
    error.isOutOfSpace ? .journalFull(folder, cause: error) : .stateFolderUnusable(folder, cause: error)
  }

  private static func journalFull(_ folder: String, cause: any Error) -> SlipwayError {
    SlipwayError(
      .journalFull, .broken, "the disk that holds the journal in \(folder) is full; nothing was written",
      remedy: "make space on the disk; the journal then goes on by itself", cause: cause)
  }

  private static func stateFolderUnusable(_ folder: String, cause: any Error) -> SlipwayError {
    SlipwayError(
      .stateFolderUnusable, .broken, "the state folder \(folder) cannot be used",
      remedy: "make the folder and its files writable for the user that runs Slipway, or choose another state folder", cause: cause)
  }
}
