/// A text with signatures in the C2SP signed-note format: the text, an empty line, and one line for each signature,
/// `— <name> <base64 of key id ‖ signature>`. What is signed is the text with its final newline.
package struct SignedNote: Hashable, Sendable {
  /// UTF-8 without control characters other than newline; ends in a newline.
  package let text: String
  /// At least one and at most ``maximumSignatures``.
  package let signatures: [NoteSignature]

  /// More signatures than any log of ours gathers; beyond it a note is refused instead of checked at length.
  package static let maximumSignatures = 100
  /// A note with more bytes is refused.
  package static let maximumByteCount = 1 << 20

  /// - Throws: `malformed` when text or signatures are not as the format says.
  package init(text: String, signatures: [NoteSignature]) throws(NoteError) {
    guard text.utf8.last == 0x0A, text.utf8.allSatisfy({ $0 >= 0x20 || $0 == 0x0A }) else {
      throw NoteError(.malformed, "a note's text ends in a newline and has no other control characters")
    }
    guard !signatures.isEmpty else { throw NoteError(.malformed, "the note has no signature") }
    guard signatures.count <= Self.maximumSignatures else { throw NoteError(.malformed, "the note has too many signatures") }
    self.text = text
    self.signatures = signatures
  }

  /// Reads a note.
  package init(parsing bytes: some Collection<UInt8>) throws(NoteError) {
    guard bytes.count <= Self.maximumByteCount else { throw NoteError(.malformed, "the note has more than a mebibyte") }
    guard let whole = String(validating: bytes, as: UTF8.self) else { throw NoteError(.malformed, "the note is not UTF-8") }
    // The last empty line divides text and signatures. Bytes, not characters: Swift takes "\r\n" as one character.
    let all = Array(whole.utf8)
    guard let gap = all.indices.dropLast().last(where: { all[$0] == 0x0A && all[$0 + 1] == 0x0A }), all.last == 0x0A else {
      throw NoteError(.malformed, "the note has no empty line before its signatures, or does not end in a newline")
    }
    var signatures: [NoteSignature] = []
    for line in all[(gap + 2)...].dropLast().split(separator: 0x0A, omittingEmptySubsequences: false) {
      signatures.append(try NoteSignature(line: String(decoding: line, as: UTF8.self)))
      guard signatures.count <= Self.maximumSignatures else { throw NoteError(.malformed, "the note has too many signatures") }
    }
    try self.init(text: String(decoding: all[...gap], as: UTF8.self), signatures: signatures)
  }

  /// The note as it is stored and sent.
  package var encoded: String {
    text + "\n" + signatures.map { $0.line + "\n" }.joined()
  }

  /// The keys among `verifiers` that have signed. Signatures by other keys are passed over.
  ///
  /// - Throws: `badSignature` when a signature that names one of the keys is wrong, `unknownSigner` when there is none by any.
  package func verified(by verifiers: [NoteVerifier]) throws(NoteError) -> Set<NoteVerifier> {
    var signers: Set<NoteVerifier> = []
    for signature in signatures {
      for verifier in verifiers where verifier.name == signature.name && verifier.keyID == signature.keyID {
        guard verifier.isValid(signature.bytes, for: text) else {
          throw NoteError(.badSignature, "the signature of \(verifier.name) is wrong")
        }
        signers.insert(verifier)
      }
    }
    guard !signers.isEmpty else { throw NoteError(.unknownSigner, "none of the keys given has signed it") }
    return signers
  }
}

/// One signature of a note.
package struct NoteSignature: Hashable, Sendable {
  /// The signer's name.
  package let name: String
  /// Which of the signer's keys; see ``NoteVerifier/keyID``.
  package let keyID: UInt32
  /// The signature itself, 64 bytes for Ed25519; other algorithms have other lengths.
  package let bytes: [UInt8]

  package init(name: String, keyID: UInt32, bytes: [UInt8]) {
    self.name = name
    self.keyID = keyID
    self.bytes = bytes
  }

  init(line: String) throws(NoteError) {
    let parts = line.unicodeScalars.split(separator: " ", omittingEmptySubsequences: false).map { String($0) }
    guard parts.count == 3, parts[0] == "\u{2014}", isKeyName(parts[1]) else {
      throw NoteError(.malformed, "a signature line is an em dash, a name and base64, with one space between them")
    }
    guard let data = Base64.decode(parts[2]), data.count > 4 else {
      throw NoteError(.malformed, "the signature of \(parts[1]) is not base64 of more than 4 bytes")
    }
    name = parts[1]
    keyID = data.prefix(4).reduce(0) { $0 << 8 | UInt32($1) }
    bytes = Array(data.dropFirst(4))
  }

  var line: String {
    let identifier = (0..<4).map { UInt8(truncatingIfNeeded: keyID >> (24 - 8 * UInt32($0))) }
    return "\u{2014} \(name) \(Base64.encode(identifier + bytes))"
  }
}
