import SlipwayModel

/// The append-only log of everything decided, done and observed. It is the audit log and the state store in one.
package protocol EventJournal: Sendable {
  /// Appends all entries, in order and durably, or none. Returns when they would survive a power cut.
  ///
  /// - Parameters:
  ///   - entries: each at most 65,535 bytes when encoded; none gives none.
  ///   - newest: the index of the newest entry that the first entry's stream has as far as the writer knows, -1 for an empty stream;
  ///     `nil` when it does not matter. What was decided without knowing all that came before is not written.
  ///   - fence: the lease under which the writer acts; `nil` for entries that need none.
  /// - Returns: the index of each entry in the log, from 0.
  /// - Throws: `SlipwayError`: `stale-epoch` when the fence's epoch is not the newest for its key, `stale-index` when the stream has
  ///   another newest entry, `entry-too-large`, `entry-malformed`, `journal-full` (disk), `journal-locked`, `journal-broken`,
  ///   `journal-closed`. Nothing of this call was then written.
  func append(_ entries: [JournalDraft], after newest: Int64?, fence: LeaseFence?) async throws -> [Int64]

  /// Vouches for everything that is in the log now, so that nobody can cut its end off unnoticed. Called when a rollout is
  /// over; a journal that signs nothing does nothing.
  ///
  /// - Throws: `SlipwayError` as ``append(_:after:fence:)``; the entries themselves are safe.
  func seal(at now: Timestamp) async throws

  /// The entries of one stream in order, those after `index`.
  func entries(of stream: String, after index: Int64) async throws -> [JournalEntry]

  /// All entries in order, those after `index`, at most `limit`.
  func entries(after index: Int64, limit: Int) async throws -> [JournalEntry]

  /// All streams in order of their first entry.
  func streams() async throws -> [String]

  /// The streams that have entries after an index, in no order, so that who asks often need not look at all of them; after -1 all, in
  /// order of their first entry.
  func streams(after index: Int64) async throws -> StreamNews
}

/// Which streams have grown.
package struct StreamNews: Hashable, Sendable {
  /// Their names, each once.
  package let streams: [String]
  /// The index of the newest entry that was looked at: the next question goes on there. -1: ask for all of them again.
  package let newest: Int64

  package init(streams: [String], newest: Int64) {
    self.streams = streams
    self.newest = newest
  }
}

extension EventJournal {
  /// All streams, for journals that are small.
  package func streams(after index: Int64) async throws -> StreamNews { StreamNews(streams: try await streams(), newest: -1) }
}

/// What an entry says. It is turned into bytes by the journal, when it writes them.
package protocol JournalContent: Sendable {
  /// One canonical JSON object (sorted keys, no white space, UTF-8). The same each time.
  var body: [UInt8] { get }
}

/// Content that is written already.
extension [UInt8]: JournalContent {
  /// The bytes themselves.
  package var body: [UInt8] { self }
}

/// An entry before the journal has given it a place.
package struct JournalDraft: Sendable {
  package let at: Timestamp
  /// What belongs together and is replayed together: `rollout/<id>`, `lease/<service>/<environment>`, `system`.
  package let stream: String
  /// The kind of event: `step_started`.
  package let kind: String
  package let actor: Actor
  /// Why: the kind of what brought it about, or a person's reason.
  package let cause: String?
  /// The event's values.
  package let content: any JournalContent

  package init(at: Timestamp, stream: String, kind: String, actor: Actor, cause: String?, content: any JournalContent) {
    self.at = at
    self.stream = stream
    self.kind = kind
    self.actor = actor
    self.cause = cause
    self.content = content
  }

  package init(at: Timestamp, stream: String, kind: String, actor: Actor, cause: String?, body: [UInt8]) {
    self.init(at: at, stream: stream, kind: kind, actor: actor, cause: cause, content: body)
  }

  /// The event's values, as one canonical JSON object (sorted keys, no white space, UTF-8). Made at each call.
  package var body: [UInt8] { content.body }
}

/// An entry in its place.
package struct JournalEntry: Hashable, Sendable {
  /// Place in the log, from 0.
  package let index: Int64
  package let at: Timestamp
  package let stream: String
  package let kind: String
  package let actor: Actor
  package let cause: String?
  /// The event's values as canonical JSON.
  package let body: [UInt8]

  package init(index: Int64, at: Timestamp, stream: String, kind: String, actor: Actor, cause: String?, body: [UInt8]) {
    self.index = index
    self.at = at
    self.stream = stream
    self.kind = kind
    self.actor = actor
    self.cause = cause
    self.body = body
  }
}
