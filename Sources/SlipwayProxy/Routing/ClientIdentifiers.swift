import NIOCore

/// New client identifiers: a keyed hash of a counter, which is as unpredictable as its random key and needs no system call.
struct ClientIdentifiers {
  private let key: RouteSalt
  private var counter: UInt64 = 0

  init(key: RouteSalt) {
    self.key = key
  }

  /// 32 hexadecimal digits as ASCII, never twice the same from one source.
  mutating func next() -> Identifier {
    counter &+= 2
    return Identifier(high: SipHash.hash(counter, key: key), low: SipHash.hash(counter &+ 1, key: key))
  }

  /// A number for a request that is drawn anew.
  mutating func draw(below bound: UInt64) -> UInt64 {
    counter &+= 2
    return SipHash.hash(counter, key: key) % bound
  }

  /// A 128-bit identifier whose bytes are its hexadecimal digits.
  struct Identifier: RandomAccessCollection {
    let high: UInt64
    let low: UInt64

    /// Appends the 32 digits.
    func write(to out: inout ByteBuffer) {
      out.writeWithUnsafeMutableBytes(minimumWritableBytes: 32) { target in
        for place in 0..<32 { target[place] = self[place] }
        return 32
      }
    }

    var startIndex: Int { 0 }
    var endIndex: Int { 32 }
    subscript(place: Int) -> UInt8 {
      let word = place < 16 ? high : low
      let digit = UInt8(truncatingIfNeeded: word >> UInt64(60 - 4 * (place & 15))) & 15
      return digit < 10 ? 48 + digit : 87 + digit
    }
  }
}
