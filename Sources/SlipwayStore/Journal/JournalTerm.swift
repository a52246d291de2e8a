import GRDB
import SlipwayLedger
import SlipwayModel
import SlipwayPorts

/// The time in which one server leads, where several could write to the journal.
package struct JournalTerm: Hashable, Sendable {
  /// Greater than that of every term before.
  package let number: Int64
  /// Who leads.
  package let holder: String
  /// By what that was agreed on: `Lease slipway/slipway`.
  package let lease: String
  /// When the term begins in this journal.
  package let at: Timestamp

  package init(number: Int64, holder: String, lease: String, at: Timestamp) {
    (self.number, self.holder, self.lease, self.at) = (number, holder, lease, at)
  }

  /// The newest that has begun; `nil` when the journal was never led.
  static func newest(_ db: Database) throws -> Int64? {
    try String.fetchOne(try db.cachedStatement(sql: "SELECT value FROM meta WHERE key = 'term'")).flatMap { Int64($0) }
  }

  /// The entry that says so. Its stream is `system`.
  var draft: JournalDraft {
    var json = CanonicalJSON(capacity: 128)
    json.raw("{\"holder\":")
    json.string(holder)
    json.raw(",\"lease\":")
    json.string(lease)
    json.raw(",\"term\":")
    json.integer(number)
    json.raw("}")
    return JournalDraft(at: at, stream: "system", kind: "term_began", actor: .engine, cause: nil, body: json.bytes)
  }
}

extension SlipwayError {
  static func staleTerm(_ term: Int64, newest: Int64) -> SlipwayError {
    SlipwayError(
      .staleEpoch, .refused, "the journal is in term \(newest), and this server would write in term \(term)",
      remedy: "another server leads; it goes on with what this one has begun")
  }
}
