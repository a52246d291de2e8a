import SlipwayModel

/// What the server needs of the journal beyond appending and reading: signing its head, proving entries, and closing it.
package protocol AuditLog: Sendable {
  /// Signs the journal's present head, or gives the newest checkpoint when nothing was added since.
  func checkpoint(at now: Timestamp) async throws -> CheckpointView
  /// Proves that the log has signed an entry.
  ///
  /// - Throws: `entry-missing`.
  func proof(of index: Int64, at now: Timestamp) async throws -> ProofView
  /// Signs a last checkpoint when needed, and closes the journal.
  func close(at now: Timestamp) async throws
}

/// A signed checkpoint (C2SP `tlog-checkpoint`) as the API shows it.
package struct CheckpointView: Hashable, Sendable, Codable {
  /// Number of entries that it covers.
  package let size: Int64
  /// Root of the Merkle tree over these entries (RFC 6962), in base64 as the note has it.
  package let root: String
  /// The signed note itself: what to keep where nobody who can change the journal can reach it.
  package let note: String
  /// The C2SP verifier key that checks the note.
  package let verificationKey: String

  package init(size: Int64, root: String, note: String, verificationKey: String) {
    self.size = size
    self.root = root
    self.note = note
    self.verificationKey = verificationKey
  }

  private enum CodingKeys: String, CodingKey {
    case size, root, note
    case verificationKey = "verification_key"
  }
}

/// An entry with the proof that it is in the signed log; everything that an offline check needs.
package struct ProofView: Hashable, Sendable, Codable {
  package let index: Int64
  /// The entry's bytes as they are hashed: canonical JSON.
  package let entry: String
  /// The inclusion proof with its checkpoint (C2SP `tlog-proof`).
  package let proof: String
  package let verificationKey: String

  package init(index: Int64, entry: String, proof: String, verificationKey: String) {
    self.index = index
    self.entry = entry
    self.proof = proof
    self.verificationKey = verificationKey
  }

  private enum CodingKeys: String, CodingKey {
    case index, entry, proof
    case verificationKey = "verification_key"
  }
}
