import SlipwayLedger

/// Builds the tree from the entries' bytes and compares it with every signed state and every stored node on the way.
struct TreeCheck {
  /// Over the leaf hashes that the bytes give.
  private var computed = MerkleFrontier()
  /// Over the stored leaf hashes; differs from `computed` only after an entry whose bytes and hash disagree.
  private var stored: MerkleFrontier?
  /// The first leaf that is not known; from there on there is no tree.
  private var lostAt: Int64?
  private var signed: ArraySlice<Checkpoint>
  private let tiles: SQLiteStatement?
  /// Up to here the entries are those that were signed.
  private(set) var signedSize: Int64 = 0
  private(set) var checkpointsVerified = 0
  private(set) var tilesSeen: Int64 = 0
  private(set) var problems = ProblemList()

  /// - Parameters:
  ///   - signed: the states that the log's key has signed, in order of size.
  ///   - tiles: selects the hash of a node by level and position.
  init(signed: [Checkpoint], tiles: SQLiteStatement?) {
    self.signed = signed[...]
    self.tiles = tiles
    passCheckpoints()
  }

  var root: MerkleHash? { lostAt == nil ? computed.root : nil }

  mutating func append(_ leaf: MerkleHash, stored storedLeaf: MerkleHash?) {
    guard lostAt == nil else { return }
    if storedLeaf != leaf, stored == nil { stored = computed }
    if let storedLeaf { stored?.append(storedLeaf) } else { stored?.append(leaf) }
    var complete: [MerkleTile] = []
    computed.append(leaf) { complete.append($0) }
    for tile in complete { check(tile) }
    if signed.first?.size == computed.size { passCheckpoints() }
  }

  /// The leaf at this place is not known.
  mutating func lose(_ index: Int64) {
    guard lostAt == nil else { return }
    lostAt = index
    if let next = signed.first {
      problems.add(
        .rootDiffers, "\(signed.count) checkpoints from size \(next.size) on cannot be checked, since entries before them are missing")
    }
  }

  /// Says which entries were signed and are not there.
  mutating func finish(count: Int64) {
    guard lostAt == nil, let last = signed.last else { return }
    problems.add(
      .entriesRemoved, entries: count..<last.size, "they were signed but are not in the database, which ends with entry \(count - 1)")
  }

  private mutating func check(_ tile: MerkleTile) {
    tilesSeen += 1
    guard let tiles, stored == nil else { return }
    tiles.bind(.integer(Int64(tile.level)), .integer(tile.position))
    let first = tile.position << Int64(tile.level)
    let range = first..<first + (1 << Int64(tile.level))
    do throws(SQLiteFault) {
      guard try tiles.step() else {
        problems.add(.tileDiffers, entries: range, "the node of the tree above them is not stored")
        return
      }
      guard tiles.bytes(0).elementsEqual(tile.hash.bytes) else {
        problems.add(.tileDiffers, entries: range, "the stored node of the tree above them is not theirs")
        return
      }
    } catch { problems.add(.tileDiffers, entries: range, "the node of the tree above them cannot be read: \(error)") }
  }

  private mutating func passCheckpoints() {
    while let next = signed.first, next.size == computed.size {
      if next.root != computed.root {
        guard let other = stored, other.root == next.root else {
          problems.add(
            .rootDiffers, entries: min(signedSize, next.size - 1)..<next.size,
            "among them are some that are not what was signed: the checkpoint of size \(next.size) has another root")
          // What follows cannot agree either, and says nothing about the entries that follow.
          lostAt = next.size
          return
        }
        // The stored hashes are the signed ones: the bytes were changed, which has been said.
        computed = other
      }
      stored = nil
      checkpointsVerified += 1
      signedSize = next.size
      signed = signed.dropFirst()
    }
  }
}
