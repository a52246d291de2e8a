import Foundation
import SlipwayLedger
import SlipwayPorts
import Testing

@testable import SlipwayStore

@Suite("Journals of released formats are read and verified for ever")
struct FixtureTests {
  private func file(_ name: String) throws -> Data {
    let root = URL(fileURLWithPath: #filePath).deletingLastPathComponent().deletingLastPathComponent()
    return try Data(contentsOf: root.appendingPathComponent("Fixtures/journals/\(name)"))
  }

  @Test("The journal of format 1, made by another program, has the signed roots, and its entries are written as they were read")
  func version1() throws {
    let entries = try file("v1/entries.jsonl").split(separator: 0x0A).map { Array($0) }
    let text = String(decoding: try file("v1/journal.pub"), as: UTF8.self).trimmingCharacters(in: .newlines)
    let key = try NoteVerifier(text)
    var signed: [Checkpoint] = []
    for note in CheckpointLog.parse(Array(try file("v1/checkpoints.log"))).notes {
      signed.append(try SignedCheckpoint(parsing: note, verifiers: [key]).checkpoint)
    }
    #expect(signed.map(\.size) == [7, 16, 20])
    var tree = MerkleFrontier()
    for (index, bytes) in entries.enumerated() {
      let envelope = try bytes.withUnsafeBytes { try EntryEnvelope(decoding: $0) }
      let entry = try bytes.withUnsafeBytes { try JournalEntry(index: Int64(index), decoding: $0) }
      let draft = JournalDraft(
        at: entry.at, stream: entry.stream, kind: entry.kind, actor: entry.actor, cause: entry.cause, body: entry.body)
      #expect(try envelope.encoded() == bytes)
      #expect(draft.envelope(index: Int64(index)) == envelope)
      tree.append(MerkleHash.leaf(bytes))
      for state in signed where state.size == tree.size { #expect(state.root == tree.root) }
    }
    #expect(tree.size == 20)
  }

  @Test("The rows of format 1 verify as a journal")
  func version1Database() async throws {
    try await withFolder { folder in
      let key = Array(try file("v1/journal.pub"))
      let signer = try NoteSigner(name: "slipway.example/fixture-v1", seed: [UInt8](repeating: 0x2A, count: 32))
      #expect(signer.verifier.text + "\n" == String(decoding: key, as: UTF8.self))
      try Data((signer.secretText + "\n").utf8).write(to: URL(fileURLWithPath: folder + "/journal.key"))
      let store = try await JournalStore.open(folder: folder)
      for bytes in try file("v1/entries.jsonl").split(separator: 0x0A) {
        let entry = try Array(bytes).withUnsafeBytes { try JournalEntry(index: try EntryEnvelope(decoding: $0).index, decoding: $0) }
        let draft = JournalDraft(
          at: entry.at, stream: entry.stream, kind: entry.kind, actor: entry.actor, cause: entry.cause, body: entry.body)
        _ = try await store.append([draft], fence: nil)
      }
      let signed = try await store.checkpoint(at: instant(0))
      let frozen = try #require(CheckpointLog.parse(Array(try file("v1/checkpoints.log"))).notes.last)
      #expect(try SignedNote(parsing: frozen).text == signed.note.text)
      #expect(try await store.streams() == ["system", "lease/api/production", "rollout/r-1"])
      try await store.close()
    }
  }
}
