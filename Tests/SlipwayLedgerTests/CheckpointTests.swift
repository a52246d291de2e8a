import SlipwayLedger
import Testing

@Suite("Checkpoints and inclusion proofs follow C2SP")
struct CheckpointTests {
  private let signer = try! NoteSigner(name: "slipway.local/test", seed: [UInt8](repeating: 7, count: 32))
  private let tree = Leaves(count: 20)

  private func signed(_ size: Int, origin: String = "slipway.local/test") throws -> SignedCheckpoint {
    try SignedCheckpoint(signing: Checkpoint(origin: origin, size: Int64(size), root: tree.root(size)), with: signer)
  }

  @Test("A checkpoint is three lines: origin, size and root in base64")
  func text() throws {
    let checkpoint = Checkpoint(origin: "slipway.local/test", size: 0, root: .empty)
    #expect(checkpoint.text == "slipway.local/test\n0\n47DEQpj8HBSa+/TImW+5JCeuQeRkm5NMpJWZG3hSuFU=\n")
    #expect(try Checkpoint(parsing: checkpoint.text) == checkpoint)
    let extended = try Checkpoint(parsing: checkpoint.text + "more\nyet more\n")
    #expect(extended.extensions == ["more", "yet more"])
    #expect(extended.text == checkpoint.text + "more\nyet more\n")
  }

  @Test(
    "A text that is no checkpoint is refused",
    arguments: [
      "", "a\n1\n", "a\n01\n47DEQpj8HBSa+/TImW+5JCeuQeRkm5NMpJWZG3hSuFU=\n", "a\n-1\n47DEQpj8HBSa+/TImW+5JCeuQeRkm5NMpJWZG3hSuFU=\n",
      "a\n+1\n47DEQpj8HBSa+/TImW+5JCeuQeRkm5NMpJWZG3hSuFU=\n", "a\n9223372036854775808\n47DEQpj8HBSa+/TImW+5JCeuQeRkm5NMpJWZG3hSuFU=\n",
      "a\n1\n47DEQpj8HBSa+/TImW+5JCeuQeRkm5NMpJWZG3hSuA==\n", "a\n1\n47DEQpj8HBSa+/TImW+5JCeuQeRkm5NMpJWZG3hSuFU\n",
      "\n1\n47DEQpj8HBSa+/TImW+5JCeuQeRkm5NMpJWZG3hSuFU=\n", "a\n1\n47DEQpj8HBSa+/TImW+5JCeuQeRkm5NMpJWZG3hSuFU=\n\nb\n",
      "a\n1\n47DEQpj8HBSa+/TImW+5JCeuQeRkm5NMpJWZG3hSuFU=", "a\n1\n47DEQpj8HBSa+/TImW+5JCeuQeRkm5NMpJWZG3hSuFV=\n",
    ])
  func malformed(text: String) {
    #expect(throws: NoteError.self) { try Checkpoint(parsing: text) }
  }

  @Test("A signed checkpoint is read back; one signed under another log's name is refused")
  func signedCheckpoint() throws {
    let good = try signed(5)
    #expect(try SignedCheckpoint(parsing: Array(good.encoded.utf8), verifiers: [signer.verifier]) == good)
    let foreign = try signed(5, origin: "slipway.local/other")
    #expect(throws: NoteError.self) { try SignedCheckpoint(parsing: Array(foreign.encoded.utf8), verifiers: [signer.verifier]) }
  }

  @Test("A proof document shows an entry to be in the signed log, and refuses any other entry, index, key and path")
  func inclusionDocument() throws {
    let state = try signed(20)
    let entry = Array("leaf 13".utf8)
    let path = try #require(try tree.inclusionProof(of: 13, in: 20))
    let document = InclusionDocument(index: 13, path: path, checkpoint: state.note)
    let read = try InclusionDocument(parsing: Array(document.encoded.utf8))
    #expect(read == document)
    #expect(document.encoded.hasPrefix("c2sp.org/tlog-proof@v1\nindex 13\n"))
    #expect(try read.verify(entry: entry, verifiers: [signer.verifier]) == state.checkpoint)
    let withExtra = document.encoded.replacing("@v1\n", with: "@v1\nextra AAAA\n")
    #expect(try InclusionDocument(parsing: Array(withExtra.utf8)) == document)

    #expect(throws: NoteError.self) { try read.verify(entry: Array("leaf 12".utf8), verifiers: [signer.verifier]) }
    let other = try NoteSigner(name: signer.name, seed: [UInt8](repeating: 8, count: 32)).verifier
    #expect(throws: NoteError.self) { try read.verify(entry: entry, verifiers: [other]) }
    for wrong in [
      InclusionDocument(index: 12, path: path, checkpoint: state.note), InclusionDocument(index: 20, path: path, checkpoint: state.note),
      InclusionDocument(index: 13, path: Array(path.dropLast()), checkpoint: state.note),
    ] {
      #expect(throws: NoteError.self) { try wrong.verify(entry: entry, verifiers: [signer.verifier]) }
    }
  }
}
