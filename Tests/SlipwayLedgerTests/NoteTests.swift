import SlipwayLedger
import Testing

@Suite("Signed notes follow C2SP")
struct NoteTests {
  private static let key = "example.com/foo+530d903a+AekyeRrm56hApGFkyQR4ZCbV54Id2LKaANYcrnKv3U2k"
  private static let text = "This is an example message.\n"
  private static let line =
    "\u{2014} example.com/foo Uw2QOkn8srV1yJGh2VYRlL1Tnagv1YEq6TfXppzi2ONncAlTgK7Ztg1ERYNZXsYjOBH3mFXmRKuwHjG1Yu72IneyaQM=\n"
  private static let note = text + "\n" + line
  private let signer = try! NoteSigner(name: "log.example/1", seed: [UInt8](1...32))

  private func reason(_ body: () throws -> Void) -> NoteError.Reason? {
    do { try body() } catch { return (error as? NoteError)?.reason }
    return nil
  }

  @Test("The specification's example note verifies with its key, and is written as it was read")
  func vector() throws {
    let verifier = try NoteVerifier(Self.key)
    let note = try SignedNote(parsing: Array(Self.note.utf8))
    #expect(note.text == Self.text)
    #expect(try note.verified(by: [verifier]) == [verifier])
    #expect(note.encoded == Self.note)
    #expect(verifier.text == Self.key)
    #expect(verifier.keyID == 0x530d_903a)
  }

  @Test("A note with another text is refused as badly signed")
  func changedText() throws {
    let verifier = try NoteVerifier(Self.key)
    let changed = Self.note.replacing("example message", with: "Example message")
    #expect(reason { _ = try SignedNote(parsing: Array(changed.utf8)).verified(by: [verifier]) } == .badSignature)
  }

  @Test("Signatures by unknown keys are passed over, and alone do not suffice")
  func unknownKeys() throws {
    let verifier = try NoteVerifier(Self.key)
    let both = try SignedNote(parsing: Array((Self.note + "\u{2014} other AAAAAQAA\n").utf8))
    #expect(try both.verified(by: [verifier]) == [verifier])
    #expect(reason { _ = try both.verified(by: [signer.verifier]) } == .unknownSigner)
    #expect(reason { _ = try both.verified(by: []) } == .unknownSigner)
  }

  @Test("What a signer signs verifies, and its keys survive being written and read")
  func roundTrip() throws {
    let note = try signer.sign("a\n\nb\n")
    #expect(try SignedNote(parsing: Array(note.encoded.utf8)) == note)
    #expect(try note.verified(by: [try NoteVerifier(signer.verifier.text)]) == [signer.verifier])
    let again = try NoteSigner(signer.secretText)
    #expect(again.verifier == signer.verifier)
    #expect(signer.secretText.hasPrefix("PRIVATE+KEY+log.example/1+"))
  }

  @Test(
    "A note that is not in the format is refused",
    arguments: [
      "", "\n", "\n\n", text, text + line, text + "\n", text + "\n" + line.dropLast(), text + "\n" + "- a AAAAAQAA\n",
      text + "\n\u{2014} a+b AAAAAQAA\n", text + "\n\u{2014}  AAAAAQAA\n", text + "\n\u{2014} a AAAAAQA\n",
      text + "\n\u{2014} a AAAAAA==\n",
      text + "\n\u{2014} a b AAAAAQAA\n", "tab\there\n\n" + line, "cr\r\n\n" + line, text + "\n" + line + "\n",
    ])
  func malformedNotes(note: String) {
    #expect(reason { _ = try SignedNote(parsing: Array(note.utf8)) } == .malformed)
  }

  @Test("A note that is not UTF-8 or has more than a mebibyte is refused")
  func malformedBytes() {
    #expect(reason { _ = try SignedNote(parsing: Array(Self.note.utf8) + [0xFF, 0x0A]) } == .malformed)
    #expect(reason { _ = try SignedNote(parsing: [UInt8](repeating: 0x61, count: (1 << 20) + 1)) } == .malformed)
  }

  @Test("Sixteen signatures are accepted, a hundred and one are refused")
  func manySignatures() throws {
    let tooMany = Self.text + "\n" + String(repeating: Self.line, count: 101)
    #expect(reason { _ = try SignedNote(parsing: Array(tooMany.utf8)) } == .malformed)
    let note = Self.note + (0..<15).map { "\u{2014} other\($0) AAAAAQAA\n" }.joined()
    #expect(try SignedNote(parsing: Array(note.utf8)).signatures.count == 16)
  }

  @Test(
    "A key that is not in the format is refused",
    arguments: [
      "", "a+b", "example.com/foo+530d903b+AekyeRrm56hApGFkyQR4ZCbV54Id2LKaANYcrnKv3U2k",
      "example.com/fo+530d903a+AekyeRrm56hApGFkyQR4ZCbV54Id2LKaANYcrnKv3U2k",
      "example.com/foo+530d903+AekyeRrm56hApGFkyQR4ZCbV54Id2LKaANYcrnKv3U2k",
      "example.com/foo+530d903a+AukyeRrm56hApGFkyQR4ZCbV54Id2LKaANYcrnKv3U2k", "example.com/foo+530d903a+AekyeRrm",
      "+530d903a+AekyeRrm56hApGFkyQR4ZCbV54Id2LKaANYcrnKv3U2k", "a b+530d903a+AekyeRrm56hApGFkyQR4ZCbV54Id2LKaANYcrnKv3U2k",
    ])
  func malformedKeys(key: String) {
    #expect(reason { _ = try NoteVerifier(key) } == .malformed)
    #expect(reason { _ = try NoteSigner("PRIVATE+KEY+" + key) } == .malformed)
    #expect(reason { _ = try NoteSigner(key) } == .malformed)
  }

  @Test("Damaged notes, keys, checkpoints and proofs never do more than throw")
  func damage() throws {
    var random = SeededGenerator(state: 3)
    let tree = Leaves(count: 9)
    let signed = try SignedCheckpoint(signing: Checkpoint(origin: signer.name, size: 9, root: tree.root(9)), with: signer)
    let path = try #require(try tree.inclusionProof(of: 4, in: 9))
    let proof = InclusionDocument(index: 4, path: path, checkpoint: signed.note).encoded
    for whole in [Array(Self.note.utf8), Array(Self.key.utf8), Array(signed.encoded.utf8), Array(proof.utf8)] {
      for _ in 0..<1500 {
        var bytes = whole
        for _ in 0...Int.random(in: 0..<3, using: &random) where !bytes.isEmpty {
          let place = Int.random(in: 0..<bytes.count, using: &random)
          switch Int.random(in: 0..<3, using: &random) {
          case 0: bytes[place] = UInt8.random(in: 0...255, using: &random)
          case 1: bytes.remove(at: place)
          default: bytes.removeSubrange(place...)
          }
        }
        if bytes == whole { continue }
        let accepted = try? InclusionDocument(parsing: bytes).verify(entry: Array("leaf 4".utf8), verifiers: [signer.verifier])
        #expect(accepted == nil || accepted == signed.checkpoint)
        _ = try? NoteVerifier(String(decoding: bytes, as: UTF8.self))
        #expect((try? SignedNote(parsing: bytes).verified(by: [try NoteVerifier(Self.key)])) == nil)
      }
    }
  }
}
