import Dispatch
import SlipwayLedger
import Synchronization

/// The one pass over all entries, with the checks of the database's structure beside it.
struct EntryPass {
  private(set) var problems = ProblemList()
  /// Entries read.
  private(set) var count: Int64 = 0
  private(set) var root: MerkleHash?
  private(set) var checkpointsVerified = 0
  private(set) var signedSize: Int64 = 0
  /// The next index that is due.
  private var expected: Int64 = 0
  private var sum = 0

  /// - Throws: ``SQLiteFault`` when there is no table of entries that could be read.
  mutating func run(_ reader: SQLiteReader, _ states: SignedStates, path: String) throws {
    var scan = try EntryScan(reader, signedSize: states.largestSize)
    let structure = StructureCheck(path: path, count: scan.count)
    let tiles = try? reader.statement("SELECT hash FROM tiles WHERE level = ? AND position = ?")
    if tiles == nil { problems.add(.databaseDamaged, "the stored nodes of the tree cannot be read") }
    var tree = TreeCheck(signed: states.checkpoints, tiles: tiles)
    var batch = EntryBatch()
    scan.fill(&batch)
    while !batch.rows.isEmpty {
      let findings = batch.findings()
      for place in batch.rows.indices { take(place, findings[place], batch, &tree) }
      scan.fill(&batch)
    }
    tree.finish(count: expected)
    (root, checkpointsVerified, signedSize) = (tree.root, tree.checkpointsVerified, tree.signedSize)
    problems.add(scan.unreadable)
    problems.add(tree.problems)
    checkTiles(reader, tree)
    let (index, complaints) = structure.result()
    if index.sum != sum || index.fault != nil { problems.add(StreamIndexCheck.missing(reader, fault: index.fault)) }
    problems.add(complaints)
  }

  private mutating func take(_ place: Int, _ finding: EntryBatch.Finding, _ batch: EntryBatch, _ tree: inout TreeCheck) {
    let row = batch.rows[place]
    count += 1
    sum &+= finding.fingerprint
    // Neither the row nor its bytes may say the right number, and it can still be the entry that is due: when the next row is the
    // next entry.
    let isFollowed = place + 1 < batch.rows.count && batch.rows[place + 1].index == expected + 1
    if row.index != expected, finding.index != expected, !isFollowed {
      guard row.index > expected else {
        problems.add(.entryUnexpected, "a row with the number \(row.index) stands before entry \(expected)")
        return
      }
      problems.add(.entryMissing, entries: expected..<row.index, "not in the database")
      tree.lose(expected)
      expected = row.index
    }
    if !finding.isSound { problems.add(batch.problems(row, finding, entry: expected)) }
    tree.append(finding.leaf, stored: finding.stored)
    expected += 1
  }

  private mutating func checkTiles(_ reader: SQLiteReader, _ tree: TreeCheck) {
    guard tree.root != nil else { return }
    do throws(SQLiteFault) {
      let rows = try reader.statement("SELECT count(*) FROM tiles")
      if try rows.step(), rows.integer(0) != tree.tilesSeen {
        problems.add(.tileDiffers, "\(rows.integer(0)) nodes of the tree are stored, \(tree.tilesSeen) belong there")
      }
    } catch { problems.add(.databaseDamaged, "the stored nodes of the tree cannot be counted: \(error)") }
  }
}

/// Checks on connections of their own, beside the pass over the entries: the index by stream, and SQLite's own check of how
/// pages hang together, since a wrong key in an inner page hides rows from a search that going through all of them finds.
private final class StructureCheck: Sendable {
  private let index = Mutex<StreamIndexCheck?>(nil)
  private let complaints = Mutex(ProblemList())
  private let group = DispatchGroup()

  /// - Parameter count: entries from here on were appended after verification began.
  init(path: String, count: Int64) {
    DispatchQueue.global(qos: .userInitiated).async(group: group) {
      let check = StreamIndexCheck(path: path, count: count)
      self.index.withLock { $0 = check }
      let problems = Self.quickCheck(path: path)
      self.complaints.withLock { $0 = problems }
    }
  }

  /// Waits until the checks are done.
  func result() -> (StreamIndexCheck, ProblemList) {
    group.wait()
    return (index.withLock { $0 } ?? StreamIndexCheck(), complaints.withLock { $0 })
  }

  private static func quickCheck(path: String) -> ProblemList {
    var list = ProblemList()
    do throws(SQLiteFault) {
      let lines = try SQLiteReader(path: path).statement("PRAGMA quick_check(20)")
      while try lines.step() {
        if lines.text(0) != "ok" { list.add(.databaseDamaged, "SQLite says: \(lines.text(0))") }
      }
    } catch { list.add(.databaseDamaged, "\(error)") }
    return list
  }
}
