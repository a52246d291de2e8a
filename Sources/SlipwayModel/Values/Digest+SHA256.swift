import Crypto

extension Digest {
  /// The SHA-256 of the bytes (FIPS 180-4).
  package init(hashing bytes: some Sequence<UInt8>) {
    var hasher = SHA256()
    hasher.update(data: Array(bytes))
    self.init(finished: hasher.finalize())
  }

  /// The digest that a finished hasher holds.
  package init(finished digest: SHA256.Digest) {
    // A SHA-256 has 32 bytes, which is all that the initialiser asks for.
    self.init(bytes: digest)!
  }
}
