import SlipwayLedger
import SlipwayModel
import SlipwayServer
import SlipwayStore

/// The journal's proofs, as the server offers them.
struct JournalAudit: AuditLog {
  let store: JournalStore

  func checkpoint(at now: Timestamp) async throws -> CheckpointView {
    let signed = try await store.checkpoint(at: now)
    return CheckpointView(
      size: signed.checkpoint.size, root: signed.checkpoint.root.base64, note: signed.encoded,
      verificationKey: store.verificationKey.text)
  }

  func proof(of index: Int64, at now: Timestamp) async throws -> ProofView {
    let proof = try await store.prove(index, at: now)
    return ProofView(
      index: index, entry: String(decoding: proof.entry, as: UTF8.self), proof: proof.document.encoded,
      verificationKey: store.verificationKey.text)
  }

  func close(at now: Timestamp) async throws {
    try await store.close()
  }
}
