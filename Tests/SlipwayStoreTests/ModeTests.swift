import Foundation
import SlipwayStore
import Testing

@Suite("Modes of the journal's files")
struct ModeTests {
  @Test("Everything but the public key is its owner's alone, also where it was open to others before")
  func modes() async throws {
    try await withFolder { folder in
      try await fill(folder)
      for name in ["journal.db", "checkpoints.log", "journal.lock"] {
        try FileManager.default.setAttributes([.posixPermissions: 0o644], ofItemAtPath: folder + "/" + name)
      }
      try await fill(folder)
    }
  }

  private func fill(_ folder: String) async throws {
    let store = try await JournalStore.open(folder: folder)
    _ = try await store.append([draft(1)], fence: nil)
    _ = try await store.checkpoint(at: instant(2))
    let names = try FileManager.default.contentsOfDirectory(atPath: folder)
    #expect(
      Set(names).isSuperset(of: ["journal.db", "journal.db-wal", "journal.db-shm", "checkpoints.log", "journal.key", "journal.lock"]))
    for name in names where name != "journal.pub" {
      let mode = try FileManager.default.attributesOfItem(atPath: folder + "/" + name)[.posixPermissions] as? Int
      #expect(mode == 0o600, "\(name)")
    }
    try await store.close()
  }
}
