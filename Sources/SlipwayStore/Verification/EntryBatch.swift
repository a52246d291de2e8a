import Dispatch
import Foundation
import GRDBSQLite
import SlipwayLedger

/// Rows copied out of the database, to be hashed and checked on all processors while none of them is SQLite's any more.
struct EntryBatch {
  /// A row; ranges are places in the batch's bytes.
  struct Row {
    /// The row's own number.
    let index: Int64
    let at: Range<Int>
    let stream: Range<Int>
    let kind: Range<Int>
    let hash: Range<Int>
    let entry: Range<Int>
    /// Whether text is stored as text and bytes as a blob: SQLite finds nothing by a value of another type.
    let hasRightTypes: Bool
  }

  /// What one look at a row has shown; the words for what is wrong are found by a second look at the few that need it.
  struct Finding {
    /// The leaf hash that the bytes give.
    let leaf: MerkleHash
    /// The leaf hash that is stored; `nil` when it has not 32 bytes.
    let stored: MerkleHash?
    /// The number that the bytes say; `nil` when they are no entry.
    let index: Int64?
    /// Whether bytes, hash and columns agree.
    let isSound: Bool
    /// A number that is the same for an entry of the index by stream and for the row it stands for, and hardly for others.
    let fingerprint: Int
  }

  static let maximumRows = 8192
  static let maximumBytes = 8 << 20

  private(set) var bytes: [UInt8] = []
  private(set) var rows: [Row] = []

  var isFull: Bool { rows.count >= Self.maximumRows || bytes.count >= Self.maximumBytes }

  mutating func removeAll() {
    bytes.removeAll(keepingCapacity: true)
    rows.removeAll(keepingCapacity: true)
  }

  /// Copies the row that a statement over ``EntryScan/columns`` stands at.
  mutating func add(_ statement: SQLiteStatement) {
    let row = Row(
      index: statement.integer(0), at: copy(statement.bytes(1)), stream: copy(statement.bytes(2)), kind: copy(statement.bytes(3)),
      hash: copy(statement.bytes(4)), entry: copy(statement.bytes(5)),
      hasRightTypes: (1...3).allSatisfy { statement.isType(SQLITE_TEXT, $0) } && (4...5).allSatisfy { statement.isType(SQLITE_BLOB, $0) })
    rows.append(row)
  }

  private mutating func copy(_ part: UnsafeRawBufferPointer) -> Range<Int> {
    let start = bytes.count
    bytes.append(contentsOf: part)
    return start..<bytes.count
  }

  /// Looks at every row, in order.
  func findings() -> [Finding] {
    let rows = rows
    return bytes.withUnsafeBytes { buffer in
      [Finding](unsafeUninitializedCapacity: rows.count) { output, count in
        // Each place is written by one iteration only, and all are done when `concurrentPerform` returns.
        nonisolated(unsafe) let output = output
        nonisolated(unsafe) let buffer = buffer
        let share = 256
        DispatchQueue.concurrentPerform(iterations: (rows.count + share - 1) / share) { part in
          for place in part * share..<min(rows.count, (part + 1) * share) {
            // There is a place, so the capacity is not zero and there is a base address.
            (output.baseAddress! + place).initialize(to: Self.look(at: rows[place], in: buffer))
          }
        }
        count = rows.count
      }
    }
  }

  private static func look(at row: Row, in buffer: UnsafeRawBufferPointer) -> Finding {
    let entry = UnsafeRawBufferPointer(rebasing: buffer[row.entry])
    let leaf = MerkleHash.leaf(entry)
    let stored = MerkleHash(copying: UnsafeRawBufferPointer(rebasing: buffer[row.hash]))
    let layout = try? EntryLayout(scanning: entry)
    let agree =
      layout.map { layout in
        layout.index == row.index && equal(buffer[row.at], entry[layout.at]) && equal(buffer[row.stream], entry[layout.stream])
          && equal(buffer[row.kind], entry[layout.kind])
      } ?? false
    return Finding(
      leaf: leaf, stored: stored, index: layout?.index, isSound: agree && leaf == stored && row.hasRightTypes,
      fingerprint: fingerprint(UnsafeRawBufferPointer(rebasing: buffer[row.stream]), row.index))
  }

  /// What is wrong with a row whose finding is not sound.
  func problems(_ row: Row, _ finding: Finding, entry index: Int64) -> ProblemList {
    var list = ProblemList()
    if !row.hasRightTypes { list.add(.columnDiffers, entry: index, "a value in its row is of another type than was stored") }
    if finding.leaf != finding.stored { list.add(.entryChanged, entry: index, "its bytes do not give the hash that is stored with it") }
    bytes.withUnsafeBytes { buffer in
      let entry = UnsafeRawBufferPointer(rebasing: buffer[row.entry])
      let layout: EntryLayout
      do throws(EntryFault) { layout = try EntryLayout(scanning: entry) } catch {
        list.add(.entryMalformed, entry: index, "its bytes are no entry: \(error)")
        return
      }
      if layout.index != row.index {
        list.add(.columnDiffers, entry: index, "its row has the number \(row.index), its bytes say \(layout.index)")
      }
      for (name, column, part) in [("time", row.at, layout.at), ("stream", row.stream, layout.stream), ("kind", row.kind, layout.kind)]
      where !Self.equal(buffer[column], entry[part]) {
        let stored = String(decoding: buffer[column], as: UTF8.self)
        list.add(
          .columnDiffers, entry: index,
          "its row has the \(name) \"\(stored)\", its bytes say \"\(String(decoding: entry[part], as: UTF8.self))\"")
      }
    }
    return list
  }

  private static func equal(_ a: Slice<UnsafeRawBufferPointer>, _ b: Slice<UnsafeRawBufferPointer>) -> Bool {
    guard let first = UnsafeRawBufferPointer(rebasing: a).baseAddress, let second = UnsafeRawBufferPointer(rebasing: b).baseAddress else {
      return a.isEmpty && b.isEmpty
    }
    return a.count == b.count && memcmp(first, second, a.count) == 0
  }

  /// Keyed with this process's random seed, so that nobody can prepare a database in which two sums happen to agree.
  static func fingerprint(_ stream: UnsafeRawBufferPointer, _ index: Int64) -> Int {
    var hasher = Hasher()
    hasher.combine(bytes: stream)
    hasher.combine(index)
    return hasher.finalize()
  }
}
