import Crypto

extension Variables {
  /// Without the values; what is sealed, and ``none``, stays as it is.
  package func sealed(with seal: ValueSeal) -> Variables {
    switch self {
    case .sealed: self
    case .values(let values): values.isEmpty ? self : .sealed(seal.seal(values))
    }
  }
}

/// Makes what may be said of values: their digests under a key that only this installation has.
package struct ValueSeal: Sendable {
  private let key: SymmetricKey

  /// - Parameter key: 32 random bytes.
  package init(key: some Sequence<UInt8>) {
    self.key = SymmetricKey(data: Array(key))
  }

  /// Equal values give equal sets under the same key. A variable's digest covers its name, so that equal values of two
  /// variables do not show.
  package func seal(_ values: [String: String]) -> ValueSet {
    let sorted = values.sorted { $0.key.utf8.lexicographicallyPrecedes($1.key.utf8) }
    return ValueSet(
      id: digest("slipway.value-set.v1", sorted.flatMap { [$0.key, $0.value] }),
      digests: Dictionary(uniqueKeysWithValues: sorted.map { ($0.key, digest("slipway.variable.v1", [$0.key, $0.value])) }))
  }

  /// Each part stands behind its length, so that no two lists of parts give the same bytes.
  private func digest(_ purpose: String, _ parts: [String]) -> KeyedDigest {
    var code = HMAC<SHA256>(key: key)
    for part in [purpose] + parts { code.update(data: Array("\(part.utf8.count):\(part)".utf8)) }
    let digits = Array("0123456789abcdef")
    let text = code.finalize().prefix(16).flatMap { [digits[Int($0 >> 4)], digits[Int($0 & 15)]] }
    // 16 bytes always make 32 lowercase digits, which is all that the initialiser asks for.
    return KeyedDigest(String(text))!
  }
}
