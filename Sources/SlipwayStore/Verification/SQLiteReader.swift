import Foundation
import GRDBSQLite

/// A connection that only reads, on SQLite's own interface: verification goes through every row, so rows are looked at
/// where SQLite has them, and a damaged page is an error for one step and not the end.
final class SQLiteReader {
  private var connection: OpaquePointer?

  /// Opens a database that a server may be writing to at the same time.
  init(path: String) throws(SQLiteFault) {
    var status = sqlite3_open_v2(path, &connection, SQLITE_OPEN_READONLY | SQLITE_OPEN_NOMUTEX, nil)
    if status == SQLITE_OK { status = sqlite3_exec(connection, "SELECT 1 FROM sqlite_master", nil, nil, nil) }
    if status == SQLITE_CANTOPEN || status == SQLITE_READONLY, access(path + "-wal", F_OK) != 0 {
      // On a medium that cannot be written to SQLite can't make its shared memory; without a log beside it the file is all there is.
      sqlite3_close_v2(connection)
      let name = path.addingPercentEncoding(withAllowedCharacters: .urlPathAllowed) ?? path
      status = sqlite3_open_v2("file:\(name)?immutable=1", &connection, SQLITE_OPEN_READONLY | SQLITE_OPEN_URI | SQLITE_OPEN_NOMUTEX, nil)
    }
    guard status == SQLITE_OK || status == SQLITE_CORRUPT || status == SQLITE_NOTADB else { throw fault(status) }
    sqlite3_busy_timeout(connection, 5000)
  }

  deinit { sqlite3_close_v2(connection) }

  /// Makes all that follows see one state of the database.
  func begin() throws(SQLiteFault) {
    let status = sqlite3_exec(connection, "BEGIN", nil, nil, nil)
    guard status == SQLITE_OK else { throw fault(status) }
  }

  func statement(_ sql: String) throws(SQLiteFault) -> SQLiteStatement {
    var pointer: OpaquePointer?
    let status = sqlite3_prepare_v2(connection, sql, -1, &pointer, nil)
    guard status == SQLITE_OK, let pointer else { throw fault(status) }
    return SQLiteStatement(pointer, self)
  }

  func fault(_ status: Int32) -> SQLiteFault {
    SQLiteFault(code: status, message: connection.map { String(cString: sqlite3_errmsg($0)) } ?? "out of memory")
  }
}

/// What SQLite answered instead of a row.
struct SQLiteFault: Error, Hashable, CustomStringConvertible {
  let code: Int32
  let message: String

  var description: String { "SQLite says: \(message) (\(code))" }
}

/// A prepared statement. What a column accessor returns is SQLite's own memory and ends with the next step.
final class SQLiteStatement {
  private let statement: OpaquePointer
  private let reader: SQLiteReader

  init(_ statement: OpaquePointer, _ reader: SQLiteReader) {
    self.statement = statement
    self.reader = reader
  }

  deinit { sqlite3_finalize(statement) }

  /// Starts anew with these values for the parameters.
  func bind(_ values: SQLiteValue...) {
    sqlite3_reset(statement)
    for (place, value) in values.enumerated() {
      switch value {
      case .integer(let integer): sqlite3_bind_int64(statement, Int32(place + 1), integer)
      case .text(let bytes):
        // SQLITE_TRANSIENT: SQLite copies the bytes before it returns.
        let copies = unsafeBitCast(-1, to: sqlite3_destructor_type.self)
        bytes.withUnsafeBytes { buffer in
          _ = sqlite3_bind_text(
            statement, Int32(place + 1), buffer.baseAddress?.assumingMemoryBound(to: CChar.self), Int32(buffer.count), copies)
        }
      }
    }
  }

  /// Whether there is a row.
  func step() throws(SQLiteFault) -> Bool {
    let status = sqlite3_step(statement)
    if status == SQLITE_ROW { return true }
    if status == SQLITE_DONE { return false }
    throw reader.fault(status)
  }

  /// Whether the stored value is of this type: `SQLITE_TEXT`, `SQLITE_BLOB`, ….
  func isType(_ type: Int32, _ column: Int32) -> Bool { sqlite3_column_type(statement, column) == type }

  func integer(_ column: Int32) -> Int64 { sqlite3_column_int64(statement, column) }

  /// The bytes of a text or blob as they are stored.
  func bytes(_ column: Int32) -> UnsafeRawBufferPointer {
    // The pointer is asked for first: that is the order in which SQLite's documentation promises both to agree.
    let start = sqlite3_column_blob(statement, column)
    return UnsafeRawBufferPointer(start: start, count: Int(sqlite3_column_bytes(statement, column)))
  }

  func text(_ column: Int32) -> String { String(decoding: bytes(column), as: UTF8.self) }
}

/// A parameter of a statement.
enum SQLiteValue {
  case integer(Int64)
  case text([UInt8])
}
