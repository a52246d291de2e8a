/// Reads all rows of the table of entries in order of their numbers, and goes on behind those that SQLite cannot read.
struct EntryScan {
  /// What a statement must select for ``EntryBatch``.
  static let columns = "idx, at, stream, kind, hash, bytes"
  /// In a damaged stretch not wider than this every entry is tried by itself.
  private static let maximumTries: Int64 = 4096

  private let reader: SQLiteReader
  private let range: SQLiteStatement
  private let one: SQLiteStatement
  /// The highest number that there can be a row for, as far as is known.
  private let limit: Int64
  private var last: Int64 = .min
  // A statement that is stepped again after its end starts from the beginning.
  private var isAtEnd = false
  private(set) var unreadable = ProblemList()
  /// One more than the highest number that a row has; 0 when that cannot be read.
  let count: Int64

  /// - Parameter signedSize: how many entries were signed: as far as that is looked for them at least.
  init(_ reader: SQLiteReader, signedSize: Int64) throws(SQLiteFault) {
    self.reader = reader
    range = try reader.statement("SELECT \(Self.columns) FROM entries WHERE idx >= ? ORDER BY idx")
    one = try reader.statement("SELECT \(Self.columns) FROM entries WHERE idx = ?")
    let highest = try reader.statement("SELECT max(idx) FROM entries")
    var found: Int64 = -1
    do throws(SQLiteFault) {
      // A damaged highest row may claim any number; beyond the bound nothing is looked for one by one.
      if try highest.step() { found = highest.integer(0) }
    } catch {}
    count = found == .max ? found : found + 1
    limit = max(signedSize - 1, min(found, signedSize + 1_000_000_000))
    range.bind(.integer(.min))
  }

  /// Fills the batch; leaves it empty at the end.
  mutating func fill(_ batch: inout EntryBatch) {
    batch.removeAll()
    while !batch.isFull, !isAtEnd {
      do throws(SQLiteFault) {
        if try range.step() {
          batch.add(range)
          last = range.integer(0)
        } else {
          isAtEnd = true
        }
      } catch { isAtEnd = !salvage(into: &batch, after: error) }
    }
  }

  /// Looks for the next rows that can be read, puts what lies between and can be read into the batch, and names the rest.
  ///
  /// - Returns: whether reading can go on.
  private mutating func salvage(into batch: inout EntryBatch, after fault: SQLiteFault) -> Bool {
    let start = max(0, last == .min ? 0 : last + 1)
    var next = start
    var distance: Int64 = 1
    var goesOn = false
    while next <= limit, !goesOn {
      next += distance
      distance *= 2
      range.bind(.integer(next))
      do throws(SQLiteFault) { goesOn = try range.step() } catch {}
    }
    let end = goesOn ? next : max(start, limit + 1)
    if end - start <= Self.maximumTries {
      for index in start..<end {
        one.bind(.integer(index))
        do throws(SQLiteFault) {
          if try one.step() {
            batch.add(one)
            continue
          }
          unreadable.add(.entryUnreadable, entry: index, "its row cannot be found")
        } catch { unreadable.add(.entryUnreadable, entry: index, "its row cannot be read: \(error)") }
      }
    } else {
      unreadable.add(.entryUnreadable, entries: start..<end, "their rows cannot be read: \(fault)")
    }
    if end == start { unreadable.add(.databaseDamaged, "the table of entries ends in a damaged page: \(fault)") }
    last = end - 1
    if goesOn { range.bind(.integer(next)) }
    return goesOn
  }
}
