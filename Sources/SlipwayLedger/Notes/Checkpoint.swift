/// A log's state in the C2SP tlog-checkpoint format: the text of a signed note.
///
/// Line 1 is the origin, line 2 the tree's size in decimal, line 3 its root in base64; lines after that are extensions.
package struct Checkpoint: Hashable, Sendable {
  /// The log's name for ever, and the name of the key that signs for it: a URL without scheme, `slipway.local/3f2a…`.
  package let origin: String
  /// The number of entries.
  package let size: Int64
  /// The root of the tree over them (RFC 6962).
  package let root: MerkleHash
  /// Lines that others have added, each not empty; Slipway writes none.
  package let extensions: [String]

  /// - Precondition: none; a checkpoint with an origin that cannot be a line is refused when it is signed.
  package init(origin: String, size: Int64, root: MerkleHash, extensions: [String] = []) {
    self.origin = origin
    self.size = size
    self.root = root
    self.extensions = extensions
  }

  /// Reads the text of a note.
  package init(parsing text: String) throws(NoteError) {
    guard text.utf8.last == 0x0A else { throw NoteError(.malformed, "a checkpoint ends in a newline") }
    let lines = text.utf8.dropLast().split(separator: 0x0A, omittingEmptySubsequences: false)
      .map { String(decoding: $0, as: UTF8.self) }
    guard lines.count >= 3, lines.allSatisfy({ !$0.isEmpty }) else {
      throw NoteError(.malformed, "a checkpoint has at least three lines and no empty one")
    }
    guard let size = Int64(lines[1]), String(size) == lines[1], size >= 0 else {
      throw NoteError(.malformed, "a checkpoint's second line is the tree's size in decimal")
    }
    guard let bytes = Base64.decode(lines[2]), let root = MerkleHash(bytes) else {
      throw NoteError(.malformed, "a checkpoint's third line is the root in base64")
    }
    self.init(origin: lines[0], size: size, root: root, extensions: Array(lines.dropFirst(3)))
  }

  /// What is signed.
  package var text: String {
    ([origin, String(size), root.base64] + extensions).map { $0 + "\n" }.joined()
  }
}

/// A checkpoint with the note that carries it.
package struct SignedCheckpoint: Hashable, Sendable {
  package let checkpoint: Checkpoint
  package let note: SignedNote

  /// Signs a checkpoint with the log's key.
  package init(signing checkpoint: Checkpoint, with signer: NoteSigner) throws {
    note = try signer.sign(checkpoint.text)
    self.checkpoint = checkpoint
  }

  /// Reads a signed checkpoint and checks that it is by one of the keys.
  ///
  /// - Throws: ``NoteError``; `unknownSigner` also when the signer has another name than the origin.
  package init(parsing bytes: some Collection<UInt8>, verifiers: [NoteVerifier]) throws(NoteError) {
    let note = try SignedNote(parsing: bytes)
    let checkpoint = try Checkpoint(parsing: note.text)
    let signers = try note.verified(by: verifiers)
    guard signers.contains(where: { $0.name == checkpoint.origin }) else {
      throw NoteError(.unknownSigner, "the checkpoint of \(checkpoint.origin) is not signed by that log's key")
    }
    self.note = note
    self.checkpoint = checkpoint
  }

  /// The note as it is stored and sent.
  package var encoded: String { note.encoded }
}
