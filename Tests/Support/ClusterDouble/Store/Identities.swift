/// Uids, suffixes of names and draws, all from one seed: the same calls give the same ids.
package struct Identities: Sendable, RandomNumberGenerator {
  private var state: UInt64

  package init(seed: UInt64) { state = seed }

  /// SplitMix64 (Steele, Lea and Flood, "Fast splittable pseudorandom number generators", 2014).
  package mutating func next() -> UInt64 {
    state &+= 0x9E37_79B9_7F4A_7C15
    var mixed = state
    mixed = (mixed ^ (mixed >> 30)) &* 0xBF58_476D_1CE4_E5B9
    mixed = (mixed ^ (mixed >> 27)) &* 0x94D0_49BB_1331_11EB
    return mixed ^ (mixed >> 31)
  }

  /// From 0 up to 1.
  mutating func draw() -> Double { Double(next() >> 11) / Double(1 << 53) }

  /// A uid in the form of a random UUID (RFC 9562, section 5.4).
  mutating func uid() -> String {
    let digits = Array(hex(next()) + hex(next()))
    let text = { (range: Range<Int>) in String(digits[range]) }
    return "\(text(0..<8))-\(text(8..<12))-4\(text(13..<16))-a\(text(17..<20))-\(text(20..<32))"
  }

  /// As names that the server completes end: without vowels and digits that look like them.
  mutating func suffix() -> String {
    let letters = Array("bcdfghjklmnpqrstvwxz2456789")
    return String((0..<5).map { _ in letters[Int(next() % UInt64(letters.count))] })
  }

  private func hex(_ value: UInt64) -> String {
    let digits = String(value, radix: 16)
    return String(repeating: "0", count: 16 - digits.count) + digits
  }
}
