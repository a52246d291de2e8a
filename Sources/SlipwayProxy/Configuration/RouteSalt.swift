/// The 128-bit key of a route's sticky hash. In JSON 32 hexadecimal digits.
package struct RouteSalt: Hashable, Sendable {
  package let high: UInt64
  package let low: UInt64

  package init(high: UInt64, low: UInt64) {
    self.high = high
    self.low = low
  }

  /// A new salt from a source of randomness.
  package static func random(using generator: inout some RandomNumberGenerator) -> RouteSalt {
    RouteSalt(high: generator.next(), low: generator.next())
  }
}

extension RouteSalt: Codable {
  package init(from decoder: any Decoder) throws {
    let container = try decoder.singleValueContainer()
    let text = try container.decode(String.self)
    guard text.utf8.count == 32, let high = UInt64(text.prefix(16), radix: 16), let low = UInt64(text.suffix(16), radix: 16) else {
      throw DecodingError.dataCorruptedError(in: container, debugDescription: "a salt has 32 hexadecimal digits")
    }
    self.init(high: high, low: low)
  }

  package func encode(to encoder: any Encoder) throws {
    var container = encoder.singleValueContainer()
    try container.encode(hexadecimal(high) + hexadecimal(low))
  }
}

private func hexadecimal(_ value: UInt64) -> String {
  let digits = String(value, radix: 16)
  return String(repeating: "0", count: 16 - digits.count) + digits
}
