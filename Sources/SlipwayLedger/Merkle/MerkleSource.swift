/// Where the hashes of a tree are kept: its leaves, and its nodes on levels 8, 16, 24, ….
package protocol MerkleSource {
  /// The hashes of the leaves in a range that the tree has.
  func leaves(_ range: Range<Int64>) throws -> [MerkleHash]
  /// The complete nodes of a stored level, a multiple of ``MerkleTile/height`` from 8.
  func tiles(level: Int, _ range: Range<Int64>) throws -> [MerkleHash]
}

extension MerkleSource {
  /// The root of the perfect subtree over the leaves `position << level ..< (position + 1) << level`.
  package func node(level: Int, position: Int64) throws -> MerkleHash {
    let base = level - level % MerkleTile.height
    let width: Int64 = 1 << (level - base)
    let range = position * width..<(position + 1) * width
    var hashes = base == 0 ? try leaves(range) : try tiles(level: base, range)
    guard hashes.count == Int(width) else { throw MerkleSourceError(level: base, range: range, found: hashes.count) }
    while hashes.count > 1 {
      hashes = stride(from: 0, to: hashes.count, by: 2).map { MerkleHash.node(hashes[$0], hashes[$0 + 1]) }
    }
    return hashes[0]
  }

  /// The root of the tree over the leaves of a range, as RFC 6962, section 2.1, splits it: the left part takes the largest
  /// power of two that is less than the count.
  package func root(of range: Range<Int64>) throws -> MerkleHash {
    let count = range.upperBound - range.lowerBound
    if count == 0 { return .empty }
    if count & (count - 1) == 0 {
      let level = count.trailingZeroBitCount
      return try node(level: level, position: range.lowerBound >> level)
    }
    let middle = range.lowerBound + largestPowerOfTwo(below: count)
    return MerkleHash.node(try root(of: range.lowerBound..<middle), try root(of: middle..<range.upperBound))
  }
}

/// Hashes that the tree must have were not found.
package struct MerkleSourceError: Error, Hashable, Sendable, CustomStringConvertible {
  /// 0 for leaves, else the level of the nodes.
  package let level: Int
  package let range: Range<Int64>
  /// How many of the range there are.
  package let found: Int

  package init(level: Int, range: Range<Int64>, found: Int) {
    self.level = level
    self.range = range
    self.found = found
  }

  package var description: String {
    "of the tree's hashes \(range.lowerBound)…\(range.upperBound - 1) on level \(level) only \(found) are stored"
  }
}

/// The largest power of two that is less than `count`, which is at least 2.
func largestPowerOfTwo(below count: Int64) -> Int64 {
  1 << (Int64.bitWidth - 1 - (count - 1).leadingZeroBitCount)
}
