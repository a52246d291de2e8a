extension MerkleSource {
  /// The audit path that shows that leaf `index` is in the tree of the first `size` leaves (RFC 6962, section 2.1.1), from
  /// the leaf's sibling up. `nil` unless `0 <= index < size`.
  package func inclusionProof(of index: Int64, in size: Int64) throws -> [MerkleHash]? {
    guard index >= 0, index < size else { return nil }
    var path: [MerkleHash] = []
    var range = 0..<size
    while range.count > 1 {
      let middle = range.lowerBound + largestPowerOfTwo(below: Int64(range.count))
      if index < middle {
        path.append(try root(of: middle..<range.upperBound))
        range = range.lowerBound..<middle
      } else {
        path.append(try root(of: range.lowerBound..<middle))
        range = middle..<range.upperBound
      }
    }
    return path.reversed()
  }

  /// The proof that the tree of the first `second` leaves only adds to that of the first `first` (RFC 6962, section 2.1.2).
  /// `nil` unless `0 <= first <= second`; empty when `first` is 0 or both are equal.
  package func consistencyProof(from first: Int64, to second: Int64) throws -> [MerkleHash]? {
    guard first >= 0, first <= second else { return nil }
    if first == 0 || first == second { return [] }
    var path: [MerkleHash] = []
    var range = 0..<second
    // Whether the old tree is still this subtree from its first leaf on: its root is then known to the verifier.
    var isWholeOldTree = true
    while range.upperBound != first {
      let middle = range.lowerBound + largestPowerOfTwo(below: Int64(range.count))
      if first <= middle {
        path.append(try root(of: middle..<range.upperBound))
        range = range.lowerBound..<middle
      } else {
        path.append(try root(of: range.lowerBound..<middle))
        range = middle..<range.upperBound
        isWholeOldTree = false
      }
    }
    if !isWholeOldTree { path.append(try root(of: range)) }
    return path.reversed()
  }
}

/// Checks of proofs by someone who has only hashes: the algorithms of RFC 9162, sections 2.1.3.2 and 2.1.4.2.
package enum MerkleProof {
  /// Whether `path` shows that the leaf with this hash is number `index` of the tree with `size` leaves and this root.
  package static func includes(
    leaf: MerkleHash, at index: Int64, in size: Int64, root: MerkleHash, path: [MerkleHash]
  ) -> Bool {
    guard index >= 0, index < size else { return false }
    var node = index
    var last = size - 1
    var hash = leaf
    for sibling in path {
      if last == 0 { return false }
      if node & 1 == 1 || node == last {
        hash = MerkleHash.node(sibling, hash)
        while node & 1 == 0, node != 0 {
          node >>= 1
          last >>= 1
        }
      } else {
        hash = MerkleHash.node(hash, sibling)
      }
      node >>= 1
      last >>= 1
    }
    return last == 0 && hash == root
  }

  /// Whether `path` shows that the tree with `first` leaves and `firstRoot` is the beginning of the one with `second` and `secondRoot`.
  package static func isConsistent(
    first: Int64, firstRoot: MerkleHash, second: Int64, secondRoot: MerkleHash, path: [MerkleHash]
  ) -> Bool {
    guard first >= 0, first <= second else { return false }
    if first == second { return path.isEmpty && firstRoot == secondRoot }
    if first == 0 { return path.isEmpty && firstRoot == .empty }
    // A perfect old tree is a node of the new one, so the proof leaves out its root.
    var rest = first & (first - 1) == 0 ? ([firstRoot] + path)[...] : path[...]
    guard !path.isEmpty, let start = rest.popFirst() else { return false }
    var node = first - 1
    var last = second - 1
    while node & 1 == 1 {
      node >>= 1
      last >>= 1
    }
    var old = start
    var new = start
    for hash in rest {
      if last == 0 { return false }
      if node & 1 == 1 || node == last {
        old = MerkleHash.node(hash, old)
        new = MerkleHash.node(hash, new)
        while node & 1 == 0, node != 0 {
          node >>= 1
          last >>= 1
        }
      } else {
        new = MerkleHash.node(new, hash)
      }
      node >>= 1
      last >>= 1
    }
    return old == firstRoot && new == secondRoot && last == 0
  }
}
