import Foundation
import GRDB
import SlipwayLedger

// How hashes and entries pass to and from SQLite's blobs.

extension MerkleHash {
  var data: Data { Data(bytes) }
}

extension [UInt8] {
  var data: Data { Data(self) }

  /// The blob in the first column of the first row; `nil` without a row.
  static func fetch(_ db: Database, sql: String, arguments: StatementArguments) throws -> [UInt8]? {
    try Data.fetchOne(db, sql: sql, arguments: arguments).map { Array($0) }
  }
}
