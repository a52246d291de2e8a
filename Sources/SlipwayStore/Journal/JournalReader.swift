import Foundation
import GRDB
import SlipwayModel
import SlipwayPorts
import Synchronization

/// A journal that another process writes, for looking only: nothing of it is made, locked or changed. One that is not there yet is empty.
package final class JournalReader: Sendable {
  private let files: StateFiles
  private let queue = Mutex<DatabaseQueue?>(nil)

  package init(folder: String) {
    files = StateFiles(folder: folder)
  }

  /// The newest term that has begun; 0 when the journal was never led.
  package func newestTerm() async throws -> Int64 {
    try await read(or: 0) { try JournalTerm.newest($0) ?? 0 }
  }

  /// Lets go of the database; it is opened again when it is read again.
  package func close() throws {
    try queue.withLock { queue in
      try queue?.close()
      queue = nil
    }
  }

  private func read<T: Sendable>(or nothing: T, _ work: @escaping @Sendable (Database) throws -> T) async throws -> T {
    do {
      guard let queue = try open() else { return nothing }
      return try await queue.read(work)
    } catch let error as CancellationError {
      throw error
    } catch { throw SlipwayError(journal: error, folder: files.folder) }
  }

  private func open() throws -> DatabaseQueue? {
    try queue.withLock { queue in
      if let queue { return queue }
      guard FileManager.default.fileExists(atPath: files.database) else { return nil }
      var configuration = Configuration()
      configuration.label = "journal-reader"
      configuration.readonly = true
      configuration.busyMode = .timeout(2)
      let opened = try DatabaseQueue(path: files.database, configuration: configuration)
      // Its first server may just be making it.
      guard try opened.read({ try $0.tableExists("entries") && $0.tableExists("leases") }) else { return nil }
      queue = opened
      return opened
    }
  }
}

extension JournalReader: EventJournal, LeaseStore {
  package func entries(of stream: String, after index: Int64) async throws -> [JournalEntry] {
    try await read(or: []) { try StoredEntries.of(stream, after: index, $0) }
  }

  package func entries(after index: Int64, limit: Int) async throws -> [JournalEntry] {
    try await read(or: []) { try StoredEntries.all(after: index, limit: limit, $0) }
  }

  package func streams() async throws -> [String] {
    try await read(or: []) { try StoredEntries.streams($0) }
  }

  package func streams(after index: Int64) async throws -> StreamNews {
    try await read(or: StreamNews(streams: [], newest: -1)) { try StoredEntries.streams(after: index, $0) }
  }

  package func holder(of key: DeploymentKey, at now: Timestamp) async throws -> Lease? {
    try await read(or: nil) { db in
      guard let present = try StoredLease.fetch(db, key), present.isHeld(at: now) else { return nil }
      return present.lease
    }
  }

  package func newest(of key: DeploymentKey) async throws -> Lease? {
    try await read(or: nil) { try StoredLease.fetch($0, key)?.lease }
  }

  package func append(_ entries: [JournalDraft], after newest: Int64?, fence: LeaseFence?) async throws -> [Int64] { throw Self.readOnly }
  package func seal(at now: Timestamp) async throws { throw Self.readOnly }
  package func acquire(_ request: LeaseRequest, at now: Timestamp) async throws -> Lease { throw Self.readOnly }
  package func renew(_ lease: Lease, until expiry: Timestamp) async throws -> Lease { throw Self.readOnly }
  package func release(_ lease: Lease, at now: Timestamp) async throws { throw Self.readOnly }

  private static let readOnly = SlipwayError(
    .journalLocked, .refused, "this server only looks at the journal: another one leads and writes to it",
    remedy: "ask the server that leads")
}
