/// The proof that one entry is in a signed log, in the C2SP tlog-proof format: with the entry's bytes and the log's
/// public key it can be checked anywhere, without the log.
package struct InclusionDocument: Hashable, Sendable {
  /// The entry's place in the log.
  package let index: Int64
  /// The audit path from the leaf's sibling up.
  package let path: [MerkleHash]
  /// The signed state of the log that the path leads to.
  package let checkpoint: SignedNote

  private static let header = "c2sp.org/tlog-proof@v1"
  /// A path has at most one hash for each bit of a size.
  private static let maximumPath = 63

  package init(index: Int64, path: [MerkleHash], checkpoint: SignedNote) {
    self.index = index
    self.path = path
    self.checkpoint = checkpoint
  }

  /// Reads a proof. A line `extra`, which nothing vouches for, is passed over.
  package init(parsing bytes: some Collection<UInt8>) throws(NoteError) {
    let all = Array(bytes)
    guard let gap = all.indices.dropLast().first(where: { all[$0] == 0x0A && all[$0 + 1] == 0x0A }),
      let head = String(validating: all[..<gap], as: UTF8.self)
    else { throw NoteError(.malformed, "the proof has no empty line before its checkpoint") }
    var lines = head.split(separator: "\n", omittingEmptySubsequences: false)[...]
    guard lines.popFirst() == Self.header[...] else { throw NoteError(.malformed, "a proof's first line is \(Self.header)") }
    if lines.first?.hasPrefix("extra ") == true { lines.removeFirst() }
    guard let line = lines.popFirst(), line.hasPrefix("index "), let index = Int64(line.dropFirst(6)), index >= 0,
      String(index) == line.dropFirst(6)
    else { throw NoteError(.malformed, "a proof names the entry's index") }
    guard lines.count <= Self.maximumPath else { throw NoteError(.malformed, "the proof's path is too long") }
    var path: [MerkleHash] = []
    for line in lines {
      guard let bytes = Base64.decode(line), let hash = MerkleHash(bytes) else {
        throw NoteError(.malformed, "the proof's path is base64 of 32 bytes on each line")
      }
      path.append(hash)
    }
    self.init(index: index, path: path, checkpoint: try SignedNote(parsing: all[(gap + 2)...]))
  }

  /// The proof as it is stored and sent.
  package var encoded: String {
    "\(Self.header)\nindex \(index)\n" + path.map { $0.base64 + "\n" }.joined() + "\n" + checkpoint.encoded
  }

  /// Checks that the log with one of these keys has signed a state which holds the entry at this index.
  ///
  /// - Returns: the checkpoint that vouches for it.
  /// - Throws: ``NoteError``: `badSignature` also when the path does not lead from the entry to the signed root.
  package func verify(entry: [UInt8], verifiers: [NoteVerifier]) throws(NoteError) -> Checkpoint {
    let signed = try SignedCheckpoint(parsing: Array(checkpoint.encoded.utf8), verifiers: verifiers)
    let state = signed.checkpoint
    let leaf = MerkleHash.leaf(entry)
    guard MerkleProof.includes(leaf: leaf, at: index, in: state.size, root: state.root, path: path) else {
      throw NoteError(.badSignature, "the proof does not lead from the entry to the signed root")
    }
    return state
  }
}
