import Foundation
import GRDB
import SlipwayModel
import SlipwayPorts
import SlipwayStore
import Testing

/// Runs a test in a folder of its own, which is removed afterwards.
func withFolder<T>(_ body: (String) async throws -> T) async throws -> T {
  let folder = FileManager.default.temporaryDirectory.path + "/slipway-store-\(UUID().uuidString)"
  try FileManager.default.createDirectory(atPath: folder, withIntermediateDirectories: true)
  defer { try? FileManager.default.removeItem(atPath: folder) }
  return try await body(folder)
}

/// Runs a test with an open journal, which is closed afterwards.
func withJournal<T>(
  _ options: JournalStore.Options = .init(), _ body: (JournalStore, String) async throws -> T
) async throws -> T {
  try await withFolder { folder in
    let store = try await JournalStore.open(folder: folder, options: options)
    do {
      let result = try await body(store, folder)
      try await store.close()
      return result
    } catch {
      try await store.close()
      throw error
    }
  }
}

/// A closed journal of so many entries in two streams and a lease; checkpoints every 16.
func fillJournal(_ folder: String, entries: Int) async throws {
  let store = try await JournalStore.open(folder: folder, options: .init(checkpointInterval: 16, logIdentifier: "test"))
  _ = try await store.acquire(leaseRequest(holder: "r-1"), at: instant(0))
  for number in 1..<entries {
    _ = try await store.append([draft(number, stream: "rollout/r-\(number % 2)")], fence: nil)
  }
  try await store.close()
}

extension JournalStore {
  /// Appends whatever the streams have.
  func append(_ entries: [JournalDraft], fence: LeaseFence?) async throws -> [Int64] {
    try await append(entries, after: nil, fence: fence)
  }
}

func instant(_ seconds: Int64) -> Timestamp { Timestamp(milliseconds: 1_795_252_447_250 + seconds * 1000) }

func draft(_ number: Int, stream: String = "rollout/r-1", text: String = "", at: Timestamp? = nil) -> JournalDraft {
  JournalDraft(
    at: at ?? instant(Int64(number)), stream: stream, kind: "step_started", actor: .engine, cause: "deploy",
    body: Array(#"{"number":\#(number),"text":"\#(text)"}"#.utf8))
}

let key = DeploymentKey(service: Name("api")!, environment: Name("production")!)

func leaseRequest(holder: String, expiry: Timestamp = instant(60)) -> LeaseRequest {
  LeaseRequest(key: key, holder: holder, actor: Actor(.person, "ann@desk"), reason: "deploy 2.0", expiry: expiry)
}

/// The code of the error that the body throws; `nil` when it throws none.
func code(_ body: () async throws -> Void) async -> SlipwayError.Code? {
  do { try await body() } catch { return (error as? SlipwayError)?.code }
  return nil
}

/// Changes a closed journal's database as someone with access to the file could.
func tamper(_ folder: String, _ sql: String...) throws {
  let database = try DatabaseQueue(path: folder + "/journal.db")
  try database.writeWithoutTransaction { db in
    for statement in sql { try db.execute(sql: statement) }
  }
  try database.close()
}

/// Copies a closed journal.
func copy(_ folder: String, to other: String) throws {
  try FileManager.default.createDirectory(atPath: other, withIntermediateDirectories: true)
  for file in ["journal.db", "journal.pub", "journal.key", "checkpoints.log"] {
    let target = other + "/" + file
    if FileManager.default.fileExists(atPath: target) { try FileManager.default.removeItem(atPath: target) }
    try FileManager.default.copyItem(atPath: folder + "/" + file, toPath: target)
  }
}
