import Foundation
import GRDB
import SlipwayLedger

/// The tree's hashes in the database.
struct StoredHashes: MerkleSource {
  let db: Database

  /// The number of entries, taken from the last one's index.
  static func size(_ db: Database) throws -> Int64 {
    try Int64.fetchOne(db, sql: "SELECT max(idx) + 1 FROM entries") ?? 0
  }

  func leaves(_ range: Range<Int64>) throws -> [MerkleHash] {
    try hashes(
      sql: "SELECT hash FROM entries WHERE idx >= ? AND idx < ? ORDER BY idx", [range.lowerBound, range.upperBound],
      level: 0, range)
  }

  func tiles(level: Int, _ range: Range<Int64>) throws -> [MerkleHash] {
    try hashes(
      sql: "SELECT hash FROM tiles WHERE level = ? AND position >= ? AND position < ? ORDER BY position",
      [level, range.lowerBound, range.upperBound], level: level, range)
  }

  private func hashes(sql: String, _ arguments: StatementArguments, level: Int, _ range: Range<Int64>) throws -> [MerkleHash] {
    let rows = try Row.fetchCursor(try db.cachedStatement(sql: sql), arguments: arguments)
    var hashes: [MerkleHash] = []
    hashes.reserveCapacity(range.count)
    while let row = try rows.next() {
      let hash = try row.withUnsafeData(atIndex: 0) { data in data.flatMap { $0.withUnsafeBytes { MerkleHash(copying: $0) } } }
      guard let hash else { throw MerkleSourceError(level: level, range: range, found: hashes.count) }
      hashes.append(hash)
    }
    return hashes
  }
}
