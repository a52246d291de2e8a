import Crypto

/// Someone's public key under a name: what a C2SP signed note is checked with.
package struct NoteVerifier: Hashable, Sendable {
  /// The signer's name; for a log its origin.
  package let name: String
  /// The first four bytes of SHA-256(name ‖ 0x0A ‖ 0x01 ‖ public key): says which key of that name was used.
  package let keyID: UInt32
  /// The Ed25519 public key (RFC 8032), 32 bytes.
  package let publicKey: [UInt8]

  /// Reads a verifier key: `<name>+<key id, 8 hexadecimal digits>+<base64 of 0x01 ‖ public key>`.
  ///
  /// - Throws: `malformed` when it is in another form, of another algorithm, or its key id does not belong to it.
  package init(_ text: String) throws(NoteError) {
    let key = try KeyText(text)
    guard Self.identifier(name: key.name, publicKey: key.bytes) == key.identifier else {
      throw NoteError(.malformed, "the key's identifier does not belong to it")
    }
    (name, keyID, publicKey) = (key.name, key.identifier, key.bytes)
  }

  init(name: String, publicKey: [UInt8]) {
    self.name = name
    self.publicKey = publicKey
    keyID = Self.identifier(name: name, publicKey: publicKey)
  }

  /// The verifier key as text, safe to print anywhere.
  package var text: String { KeyText(name: name, identifier: keyID, bytes: publicKey).text }

  /// Whether the signature of 64 bytes is this key's over the text.
  package func isValid(_ signature: [UInt8], for text: String) -> Bool {
    guard let key = try? Curve25519.Signing.PublicKey(rawRepresentation: publicKey) else { return false }
    return key.isValidSignature(signature, for: Array(text.utf8))
  }

  static func identifier(name: String, publicKey: [UInt8]) -> UInt32 {
    var hasher = SHA256()
    hasher.update(data: Array(name.utf8) + [0x0A, KeyText.ed25519] + publicKey)
    return hasher.finalize().prefix(4).reduce(0) { $0 << 8 | UInt32($1) }
  }
}

/// Someone's private key under a name.
package struct NoteSigner: Sendable {
  package let name: String
  private let key: Curve25519.Signing.PrivateKey

  /// - Parameters:
  ///   - name: not empty, without white space and `+`.
  ///   - seed: 32 bytes from a cryptographic source of randomness: the Ed25519 private key.
  package init(name: String, seed: [UInt8]) throws(NoteError) {
    guard isKeyName(name) else { throw NoteError(.malformed, "a signer's name may not be empty nor hold white space or +") }
    guard let key = try? Curve25519.Signing.PrivateKey(rawRepresentation: seed) else {
      throw NoteError(.malformed, "an Ed25519 private key has 32 bytes, not \(seed.count)")
    }
    self.name = name
    self.key = key
  }

  /// Reads a signer key: `PRIVATE+KEY+<name>+<key id>+<base64 of 0x01 ‖ seed>`, the form that Go's `sumdb/note` uses.
  package init(_ text: String) throws(NoteError) {
    guard text.hasPrefix(Self.prefix) else { throw NoteError(.malformed, "a private key starts with \(Self.prefix)") }
    let key = try KeyText(String(text.dropFirst(Self.prefix.count)))
    try self.init(name: key.name, seed: key.bytes)
    guard verifier.keyID == key.identifier else { throw NoteError(.malformed, "the key's identifier does not belong to it") }
  }

  private static let prefix = "PRIVATE+KEY+"

  /// The signer key as text: a secret, for a file that only its owner can read.
  package var secretText: String {
    Self.prefix + KeyText(name: name, identifier: verifier.keyID, bytes: Array(key.rawRepresentation)).text
  }

  package var verifier: NoteVerifier { NoteVerifier(name: name, publicKey: Array(key.publicKey.rawRepresentation)) }

  /// Signs a text, which must be what ``SignedNote`` allows.
  package func sign(_ text: String) throws -> SignedNote {
    let signature = Array(try key.signature(for: Array(text.utf8)))
    return try SignedNote(text: text, signatures: [NoteSignature(name: name, keyID: verifier.keyID, bytes: signature)])
  }
}

/// The common form of verifier and signer keys: name, identifier, and the algorithm's byte with 32 bytes of key.
private struct KeyText {
  static let ed25519: UInt8 = 0x01

  let name: String
  let identifier: UInt32
  let bytes: [UInt8]

  init(name: String, identifier: UInt32, bytes: [UInt8]) {
    (self.name, self.identifier, self.bytes) = (name, identifier, bytes)
  }

  init(_ text: String) throws(NoteError) {
    // The base64 may hold a plus sign; the name and the identifier may not.
    let parts = text.split(separator: "+", maxSplits: 2, omittingEmptySubsequences: false)
    guard parts.count == 3, isKeyName(parts[0]) else { throw NoteError(.malformed, "a key is written as name+identifier+base64") }
    guard parts[1].utf8.count == 8, let digits = Hexadecimal.decode(parts[1]) else {
      throw NoteError(.malformed, "a key's identifier is 8 hexadecimal digits")
    }
    guard let data = Base64.decode(parts[2]), data.count == 33, data[0] == Self.ed25519 else {
      throw NoteError(.malformed, "the key is not an Ed25519 key of 32 bytes in base64")
    }
    name = String(parts[0])
    identifier = digits.reduce(0) { $0 << 8 | UInt32($1) }
    bytes = Array(data.dropFirst())
  }

  var text: String {
    let digits = Hexadecimal.encode((0..<4).map { UInt8(truncatingIfNeeded: identifier >> (24 - 8 * UInt32($0))) })
    return "\(name)+\(digits)+\(Base64.encode([Self.ed25519] + bytes))"
  }
}

/// Whether a signer may be called so: not empty, no Unicode white space, no `+`.
func isKeyName(_ name: some StringProtocol) -> Bool {
  !name.isEmpty && name.unicodeScalars.allSatisfy { !$0.properties.isWhitespace && $0 != "+" }
}
