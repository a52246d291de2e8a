import Foundation
import SlipwayLedger
import SlipwayModel
@testable import SlipwayStore
import Testing

@Suite("The journal's states are signed")
struct SignedStateTests {
  private func logged(_ folder: String) throws -> [Checkpoint] {
    let key = try NoteVerifier(String(contentsOfFile: folder + "/journal.pub", encoding: .utf8).trimmingCharacters(in: .newlines))
    let text = try String(contentsOfFile: folder + "/checkpoints.log", encoding: .utf8)
    let notes = text.components(separatedBy: "\n\nslipway.local").enumerated().map { ($0 == 0 ? "" : "slipway.local") + $1 }
    return try notes.map { note in
      try SignedCheckpoint(parsing: Array((note.trimmingCharacters(in: .newlines) + "\n").utf8), verifiers: [key]).checkpoint
    }
  }

  @Test("A checkpoint is signed with the first entry, after so many more, when asked, and at the end; each once")
  func when() async throws {
    try await withFolder { folder in
      let store = try await JournalStore.open(folder: folder, options: .init(checkpointInterval: 10))
      for number in 0..<25 { _ = try await store.append([draft(number)], fence: nil) }
      #expect(try logged(folder).map(\.size) == [1, 10, 20])
      let wanted = try await store.checkpoint(at: instant(1))
      #expect(wanted.checkpoint.size == 25)
      #expect(try await store.checkpoint(at: instant(2)) == wanted)
      _ = try await store.append([draft(26)], fence: nil)
      try await store.close()
      #expect(try logged(folder).map(\.size) == [1, 10, 20, 25, 26])
      let again = try await JournalStore.open(folder: folder)
      try await again.close()
      #expect(try logged(folder).map(\.size) == [1, 10, 20, 25, 26])
      let report = try await JournalVerifier(folder: folder).verify()
      #expect(report.problems == [])
      #expect(report.checkpointsVerified == 5 && report.entriesSigned == 26)
    }
  }

  @Test("A server that stood still after its commit logs neither a checkpoint twice nor one out of turn")
  func latecomer() async throws {
    try await withFolder { folder in
      try await fillJournal(folder, entries: 40)
      let files = StateFiles(folder: folder)
      let path = URL(fileURLWithPath: files.checkpoints)
      let whole = try Data(contentsOf: path)
      let notes = try CheckpointLog.read(files).notes.map { String(decoding: $0, as: UTF8.self) }
      let sizes = try logged(folder).map(\.size)
      let newer = { (size: Int64) in zip(sizes, notes).filter { $0.0 > size }.map(\.1) }
      try CheckpointLog.catchUp(files, with: newer)
      #expect(try Data(contentsOf: path) == whole)
      // The successor has logged only what it found; the latecomer's own comes with what came after it.
      try Data((notes[0] + "\n").utf8).write(to: path)
      try CheckpointLog.catchUp(files, with: newer)
      #expect(try Data(contentsOf: path) == whole)
    }
  }

  @Test("The empty journal can be signed")
  func empty() async throws {
    try await withJournal { store, folder in
      let signed = try await store.checkpoint(at: instant(0))
      #expect(signed.checkpoint == Checkpoint(origin: store.verificationKey.name, size: 0, root: .empty))
      let report = try await JournalVerifier(folder: folder).verify()
      #expect(report.problems == [] && report.checkpointsVerified == 1 && report.entries == 0)
    }
  }

  @Test("Every entry can be proved to be in the signed log, those after the last checkpoint by a new one")
  func proofs() async throws {
    try await withJournal(.init(checkpointInterval: 300)) { store, _ in
      for number in 0..<530 { _ = try await store.append([draft(number)], fence: nil) }
      for index: Int64 in [0, 1, 255, 256, 299, 300, 511, 512, 529] {
        let proof = try await store.prove(index, at: instant(0))
        let read = try InclusionDocument(parsing: Array(proof.document.encoded.utf8))
        let state = try read.verify(entry: proof.entry, verifiers: [store.verificationKey])
        #expect(state.size == (index < 300 ? 300 : 530) && read.index == index)
      }
      #expect(await code { _ = try await store.prove(530, at: instant(0)) } == .entryMissing)
      #expect(await code { _ = try await store.prove(-1, at: instant(0)) } == .entryMissing)
    }
  }
}
