/// The right edge of a growing Merkle tree: the roots of its perfect subtrees from left to right, one for each bit set in
/// its size. That is all that appending and the root need, so the log of a million entries is held in twenty hashes.
package struct MerkleFrontier: Hashable, Sendable {
  /// The number of leaves.
  package private(set) var size: Int64
  private var subtrees: [MerkleHash]

  /// The tree without leaves.
  package init() {
    size = 0
    subtrees = []
  }

  /// The edge of the tree over the first `size` leaves that `source` holds.
  package init(size: Int64, from source: some MerkleSource) throws {
    self.size = size
    var start: Int64 = 0
    subtrees = []
    for level in stride(from: 62, through: 0, by: -1) where size & (1 << level) != 0 {
      subtrees.append(try source.node(level: level, position: start >> level))
      start += 1 << level
    }
  }

  /// Adds a leaf. Each node that gets complete and lies on a level that is stored (``MerkleTile/height`` and its multiples)
  /// is handed to `store`; on average that is one in 255 leaves.
  package mutating func append(_ leaf: MerkleHash, store: (MerkleTile) throws -> Void) rethrows {
    var hash = leaf
    var level = 0
    var position = size
    while position & 1 == 1 {
      // Position is odd, so the subtree to the left on this level is complete and last in the list.
      hash = MerkleHash.node(subtrees.removeLast(), hash)
      position >>= 1
      level += 1
      if level % MerkleTile.height == 0 { try store(MerkleTile(level: level, position: position, hash: hash)) }
    }
    subtrees.append(hash)
    size += 1
  }

  /// Adds a leaf to a tree of which no nodes are stored.
  package mutating func append(_ leaf: MerkleHash) {
    append(leaf) { _ in }
  }

  /// The tree's root (RFC 6962, section 2.1); of the empty tree the hash of nothing.
  package var root: MerkleHash {
    guard var hash = subtrees.last else { return .empty }
    for left in subtrees.dropLast().reversed() { hash = MerkleHash.node(left, hash) }
    return hash
  }
}

/// A stored inner node: the root of the perfect subtree over the leaves `position << level ..< (position + 1) << level`.
///
/// Nodes of every eighth level are stored. The others are computed from at most 256 stored ones, which is quicker than it
/// is to store twice as many rows as there are entries.
package struct MerkleTile: Hashable, Sendable {
  /// Levels from one stored level to the next.
  package static let height = 8

  /// 8, 16, 24, …; leaves are level 0.
  package let level: Int
  /// Place in its level, from 0.
  package let position: Int64
  package let hash: MerkleHash

  package init(level: Int, position: Int64, hash: MerkleHash) {
    self.level = level
    self.position = position
    self.hash = hash
  }
}
