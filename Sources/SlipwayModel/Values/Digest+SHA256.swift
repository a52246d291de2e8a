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
    var digits: [UInt8] = []
    digits.reserveCapacity(64)
    for byte in digest {
      digits.append(Self.hexadecimalDigit(byte >> 4))
      digits.append(Self.hexadecimalDigit(byte & 15))
    }
    // 32 bytes always make 64 lowercase digits, which is all that the initialiser asks for.
    self.init(String(decoding: digits, as: UTF8.self))!
  }

  private static func hexadecimalDigit(_ nibble: UInt8) -> UInt8 {
    nibble < 10 ? 48 + nibble : 87 + nibble
  }
}
