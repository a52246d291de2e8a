import SlipwayLedger
import Testing

@Suite("Merkle proofs are accepted as they are and refused with any change")
struct MerkleProofTests {
  private static let largest = 40
  private let tree = Leaves(count: largest)

  /// The proof with something wrong with it: a bit of each hash, a hash too few, too many, or two exchanged.
  private func mutations(_ path: [MerkleHash]) -> [[MerkleHash]] {
    var all: [[MerkleHash]] = path.indices.map { place in
      var changed = path
      var bytes = changed[place].bytes
      bytes[place % 32] ^= 1
      changed[place] = MerkleHash(bytes)!
      return changed
    }
    all.append(path + [MerkleHash.leaf([7])])
    all.append([MerkleHash.leaf([7])] + path)
    if !path.isEmpty { all += [Array(path.dropFirst()), Array(path.dropLast())] }
    if path.count > 1 { all.append(Array(path.reversed())) }
    return all
  }

  @Test("Every leaf of every tree of up to 40 leaves is proved, and each altered proof is refused")
  func inclusion() throws {
    for size in 1...Self.largest {
      let root = tree.root(size)
      for index in 0..<size {
        let leaf = tree.hashes[index]
        let path = try #require(try tree.inclusionProof(of: Int64(index), in: Int64(size)))
        func accepts(_ path: [MerkleHash], index: Int = index, size: Int = size, leaf: MerkleHash = leaf) -> Bool {
          MerkleProof.includes(leaf: leaf, at: Int64(index), in: Int64(size), root: root, path: path)
        }
        #expect(accepts(path))
        #expect(mutations(path).allSatisfy { !accepts($0) })
        #expect(!accepts(path, leaf: MerkleHash.leaf([1])))
        #expect(!accepts(path, index: index + 1) && !accepts(path, index: -1) && !accepts(path, index: size))
        #expect(!MerkleProof.includes(leaf: leaf, at: Int64(index), in: Int64(size), root: .empty, path: path))
      }
    }
  }

  @Test("Every tree of up to 40 leaves is proved to extend each smaller one, and each altered proof is refused")
  func consistency() throws {
    for second in 0...Self.largest {
      for first in 0...second {
        let (old, new) = (tree.root(first), tree.root(second))
        let path = try #require(try tree.consistencyProof(from: Int64(first), to: Int64(second)))
        func accepts(_ path: [MerkleHash], first: Int = first, old: MerkleHash = old, new: MerkleHash = new) -> Bool {
          MerkleProof.isConsistent(first: Int64(first), firstRoot: old, second: Int64(second), secondRoot: new, path: path)
        }
        #expect(accepts(path))
        #expect(mutations(path).allSatisfy { !accepts($0) })
        #expect(!accepts(path, old: MerkleHash.leaf([1])))
        #expect(first == 0 || !accepts(path, new: MerkleHash.leaf([1])))
        #expect(!accepts(path, first: second + 1) && !accepts(path, first: -1))
      }
    }
  }

  @Test("There is no proof for a leaf or a size that the tree does not have")
  func outOfRange() throws {
    #expect(try tree.inclusionProof(of: 3, in: 3) == nil)
    #expect(try tree.inclusionProof(of: -1, in: 3) == nil)
    #expect(try tree.consistencyProof(from: 4, to: 3) == nil)
    #expect(try tree.consistencyProof(from: -1, to: 3) == nil)
  }
}

@Suite("The frontier keeps up with the tree")
struct MerkleFrontierTests {
  @Test("Appending, and reading the frontier back from stored hashes, give the tree's root at every size over two tiles")
  func growsAndRestarts() throws {
    let tree = Leaves(count: 600)
    var frontier = MerkleFrontier()
    var tiles: [MerkleTile] = []
    for (size, leaf) in tree.hashes.enumerated() {
      if size % 37 == 0 || (250...260).contains(size) || size > 505 {
        #expect(frontier.root == tree.root(size))
        #expect(try MerkleFrontier(size: Int64(size), from: tree) == frontier)
        #expect(try tree.root(of: 0..<Int64(size)) == frontier.root)
      }
      frontier.append(leaf) { tiles.append($0) }
    }
    #expect(
      tiles == [
        MerkleTile(level: 8, position: 0, hash: Leaves.root(tree.hashes[0..<256])),
        MerkleTile(level: 8, position: 1, hash: Leaves.root(tree.hashes[256..<512])),
      ])
  }

  @Test("A frontier of 70,000 leaves hands out a node of level 16 above 256 of level 8")
  func higherTiles() {
    var frontier = MerkleFrontier()
    var counts: [Int: Int] = [:]
    let leaf = MerkleHash.leaf([1])
    for _ in 0..<70_000 { frontier.append(leaf) { counts[$0.level, default: 0] += 1 } }
    #expect(counts == [8: 273, 16: 1])
  }

  @Test("Hashes that are missing are an error that says which")
  func missingHashes() {
    struct Hole: MerkleSource {
      func leaves(_ range: Range<Int64>) -> [MerkleHash] { [] }
      func tiles(level: Int, _ range: Range<Int64>) -> [MerkleHash] { [] }
    }
    #expect(throws: MerkleSourceError(level: 0, range: 4..<5, found: 0)) { try Hole().root(of: 4..<5) }
  }
}
