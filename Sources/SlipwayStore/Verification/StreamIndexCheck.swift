import GRDBSQLite
import SlipwayLedger

/// Compares the index by stream, through which rollouts are replayed, with the table: both have the same sum of fingerprints,
/// or something was left out, added or moved.
struct StreamIndexCheck {
  private(set) var sum = 0
  private(set) var fault: SQLiteFault?

  /// The check of nothing.
  init() {}

  /// Goes through the index alone.
  ///
  /// - Parameter count: entries from here on were appended after verification began.
  init(path: String, count: Int64) {
    do throws(SQLiteFault) {
      let reader = try SQLiteReader(path: path)
      let rows = try reader.statement("SELECT stream, idx FROM entries INDEXED BY entries_by_stream ORDER BY stream, idx")
      while try rows.step() {
        let index = rows.integer(1)
        // A value that is no text is not found by its text.
        if index < count, rows.isType(SQLITE_TEXT, 0) { sum &+= EntryBatch.fingerprint(rows.bytes(0), index) }
      }
    } catch { fault = error }
  }

  /// Names the entries that the index does not lead to.
  static func missing(_ reader: SQLiteReader, fault: SQLiteFault?) -> ProblemList {
    var list = ProblemList()
    do throws(SQLiteFault) {
      let rows = try reader.statement("SELECT idx, stream FROM entries NOT INDEXED ORDER BY idx")
      let lookup = try reader.statement("SELECT idx FROM entries INDEXED BY entries_by_stream WHERE stream = ? AND idx = ?")
      while try rows.step() {
        let index = rows.integer(0)
        lookup.bind(.text(Array(rows.bytes(1))), .integer(index))
        do throws(SQLiteFault) {
          if try !lookup.step() { list.add(.indexDiffers, entry: index, "the index by stream does not lead to it") }
        } catch { list.add(.indexDiffers, entry: index, "the index by stream cannot be read there: \(error)") }
      }
    } catch {}  // Rows that cannot be read have been named already.
    if list.problems.isEmpty {
      list.add(
        .indexDiffers, fault.map { "the index by stream cannot be read: \($0)" } ?? "the index by stream lists entries that are not there")
    }
    return list
  }
}
