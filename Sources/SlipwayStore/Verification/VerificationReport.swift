/// What recomputing a journal has shown.
package struct VerificationReport: Hashable, Sendable, Codable {
  /// Entries found and read.
  package let entries: Int64
  /// The root of the tree over all entries in base64, as a checkpoint writes it; `nil` when entries are missing or unreadable.
  package let root: String?
  /// The log's name and key that signatures were checked with; `nil` when there is none that can be read.
  package let verificationKey: String?
  /// Checkpoints whose signature is the key's and whose root is that of the entries.
  package let checkpointsVerified: Int
  /// The entries that the newest of them vouches for: the first so many. Those after it are whole, but not signed yet.
  package let entriesSigned: Int64
  /// What is wrong, at most ``maximumProblems``; empty for a journal that is as it was written.
  package let problems: [VerificationProblem]
  /// How many more problems there are.
  package let problemsOmitted: Int

  /// More problems than anyone reads.
  package static let maximumProblems = 1000

  /// Whether the journal is as it was written.
  package var isIntact: Bool { problems.isEmpty }

  private enum CodingKeys: String, CodingKey {
    case entries, root, problems
    case verificationKey = "verification_key"
    case checkpointsVerified = "checkpoints_verified"
    case entriesSigned = "entries_signed"
    case problemsOmitted = "problems_omitted"
  }
}

/// One thing that is not as it was written.
package struct VerificationProblem: Hashable, Sendable, Codable {
  package enum Kind: String, Hashable, Sendable, Codable {
    /// An entry's bytes do not give the hash stored with it.
    case entryChanged = "entry-changed"
    /// An entry's bytes are not in the journal's format.
    case entryMalformed = "entry-malformed"
    /// The time, stream, kind or number in an entry's row is not the one in its bytes.
    case columnDiffers = "column-differs"
    /// There is no row for an entry.
    case entryMissing = "entry-missing"
    /// SQLite cannot read an entry's row.
    case entryUnreadable = "entry-unreadable"
    /// A row stands where none belongs.
    case entryUnexpected = "entry-unexpected"
    /// Entries were changed together with their hashes: the tree is not the signed one.
    case rootDiffers = "root-differs"
    /// More entries were signed than there are.
    case entriesRemoved = "entries-removed"
    /// A stored node of the tree is not that of the entries.
    case tileDiffers = "tile-differs"
    /// The index by stream does not list the entries that there are.
    case indexDiffers = "index-differs"
    /// A checkpoint is malformed, out of place, or not signed by the key.
    case checkpointInvalid = "checkpoint-invalid"
    /// The database and `checkpoints.log` have different checkpoints.
    case checkpointsDiffer = "checkpoints-differ"
    /// A lease is not the one that its last entry tells of.
    case leaseDiffers = "lease-differs"
    /// The public key cannot be read or is another log's.
    case keyInvalid = "key-invalid"
    /// SQLite cannot read a table.
    case databaseDamaged = "database-damaged"
  }

  package let kind: Kind
  /// The first entry concerned; `nil` when it is none in particular.
  package let firstEntry: Int64?
  /// The last entry concerned: the same as the first when it is one.
  package let lastEntry: Int64?
  /// What is wrong, in words.
  package let what: String

  private enum CodingKeys: String, CodingKey {
    case kind, what
    case firstEntry = "first_entry"
    case lastEntry = "last_entry"
  }
}

extension VerificationProblem: CustomStringConvertible {
  /// `entry 57: its bytes do not give the hash that is stored with it`.
  package var description: String {
    guard let firstEntry, let lastEntry else { return what }
    return firstEntry == lastEntry ? "entry \(firstEntry): \(what)" : "entries \(firstEntry) to \(lastEntry): \(what)"
  }
}

/// Gathers problems up to the bound.
struct ProblemList {
  private(set) var problems: [VerificationProblem] = []
  private(set) var omitted = 0

  mutating func add(_ kind: VerificationProblem.Kind, _ what: String) {
    add(VerificationProblem(kind: kind, firstEntry: nil, lastEntry: nil, what: what))
  }

  mutating func add(_ kind: VerificationProblem.Kind, entry: Int64, _ what: String) {
    add(VerificationProblem(kind: kind, firstEntry: entry, lastEntry: entry, what: what))
  }

  mutating func add(_ kind: VerificationProblem.Kind, entries: Range<Int64>, _ what: String) {
    add(VerificationProblem(kind: kind, firstEntry: entries.lowerBound, lastEntry: entries.upperBound - 1, what: what))
  }

  mutating func add(_ problem: VerificationProblem) {
    if problems.count < VerificationReport.maximumProblems { problems.append(problem) } else { omitted += 1 }
  }

  mutating func add(_ others: ProblemList) {
    others.problems.forEach { add($0) }
    omitted += others.omitted
  }
}
