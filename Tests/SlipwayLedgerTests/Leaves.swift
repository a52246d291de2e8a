import SlipwayLedger

/// A tree in memory that hashes as plainly as RFC 6962 defines it: what the quicker code is compared with.
struct Leaves: MerkleSource {
  let hashes: [MerkleHash]

  init(_ data: [[UInt8]]) {
    hashes = data.map { MerkleHash.leaf($0) }
  }

  /// As many different leaves.
  init(count: Int) {
    self.init((0..<count).map { Array("leaf \($0)".utf8) })
  }

  func leaves(_ range: Range<Int64>) -> [MerkleHash] {
    Array(hashes[Int(range.lowerBound)..<Int(range.upperBound)])
  }

  func tiles(level: Int, _ range: Range<Int64>) -> [MerkleHash] {
    range.map { position in
      let width = 1 << level
      return Self.root(hashes[Int(position) * width..<(Int(position) + 1) * width])
    }
  }

  /// MTH(D[n]) of RFC 6962, section 2.1, word by word.
  static func root(_ hashes: ArraySlice<MerkleHash>) -> MerkleHash {
    if hashes.isEmpty { return .empty }
    if hashes.count == 1 { return hashes[hashes.startIndex] }
    var split = 1
    while split * 2 < hashes.count { split *= 2 }
    let middle = hashes.startIndex + split
    return MerkleHash.node(root(hashes[..<middle]), root(hashes[middle...]))
  }

  func root(_ size: Int) -> MerkleHash { Self.root(hashes[..<size]) }
}

/// Bytes of hexadecimal digits in a test.
func bytes(_ hexadecimal: String) -> [UInt8] {
  stride(from: 0, to: hexadecimal.count, by: 2).map { offset in
    let start = hexadecimal.index(hexadecimal.startIndex, offsetBy: offset)
    return UInt8(hexadecimal[start..<hexadecimal.index(start, offsetBy: 2)], radix: 16)!
  }
}

/// Numbers that look random and are the same in every run (SplitMix64).
struct SeededGenerator: RandomNumberGenerator {
  var state: UInt64

  mutating func next() -> UInt64 {
    state &+= 0x9E37_79B9_7F4A_7C15
    var mixed = state
    mixed = (mixed ^ (mixed >> 30)) &* 0xBF58_476D_1CE4_E5B9
    mixed = (mixed ^ (mixed >> 27)) &* 0x94D0_49BB_1331_11EB
    return mixed ^ (mixed >> 31)
  }
}
