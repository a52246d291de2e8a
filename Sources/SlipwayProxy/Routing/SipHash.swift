/// SipHash-2-4 (Aumasson and Bernstein, "SipHash: a fast short-input PRF", 2012): a keyed hash, so that without the key
/// nobody can choose an input for its hash.
enum SipHash {
  /// The hash of some bytes under a 128-bit key; `key.low` and `key.high` are the paper's k0 and k1.
  static func hash(_ bytes: some Collection<UInt8>, key: RouteSalt) -> UInt64 {
    var state = State(key: key)
    var word: UInt64 = 0
    var filled: UInt64 = 0
    var length: UInt64 = 0
    for byte in bytes {
      word |= UInt64(byte) << (8 * filled)
      filled += 1
      length &+= 1
      if filled == 8 {
        state.absorb(word)
        word = 0
        filled = 0
      }
    }
    state.absorb(word | (length << 56))
    return state.finish()
  }

  /// The hash of one eight-byte word, little-endian.
  static func hash(_ word: UInt64, key: RouteSalt) -> UInt64 {
    var state = State(key: key)
    state.absorb(word)
    state.absorb(8 << 56)
    return state.finish()
  }

  private struct State {
    var v0, v1, v2, v3: UInt64

    init(key: RouteSalt) {
      v0 = key.low ^ 0x736f_6d65_7073_6575
      v1 = key.high ^ 0x646f_7261_6e64_6f6d
      v2 = key.low ^ 0x6c79_6765_6e65_7261
      v3 = key.high ^ 0x7465_6462_7974_6573
    }

    mutating func absorb(_ word: UInt64) {
      v3 ^= word
      round()
      round()
      v0 ^= word
    }

    mutating func finish() -> UInt64 {
      v2 ^= 0xff
      for _ in 0..<4 { round() }
      return v0 ^ v1 ^ v2 ^ v3
    }

    private mutating func round() {
      v0 &+= v1
      v1 = rotate(v1, 13) ^ v0
      v0 = rotate(v0, 32)
      v2 &+= v3
      v3 = rotate(v3, 16) ^ v2
      v0 &+= v3
      v3 = rotate(v3, 21) ^ v0
      v2 &+= v1
      v1 = rotate(v1, 17) ^ v2
      v2 = rotate(v2, 32)
    }

    private func rotate(_ value: UInt64, _ bits: UInt64) -> UInt64 { (value << bits) | (value >> (64 - bits)) }
  }
}
