import SlipwayEngine
import SlipwayModel
import SlipwayPorts

/// What became of a notice, as the journal has it. `docs/formats/journal.md` describes it.
package struct NoticeRecord: Hashable, Sendable, Codable {
  package enum Kind: String, Sendable {
    /// The receiver has it.
    case delivered = "notification_delivered"
    /// It is not sent any more.
    case givenUp = "notification_given_up"
  }

  package let rollout: String
  /// Index of the entry that was told.
  package let entry: Int64
  package let event: NotificationEvent
  /// The channel's name.
  package let channel: Name
  /// How often it was sent by the server that wrote this.
  package let attempts: Int
  /// Why it was given up, without anything of the URL but scheme and host; `nil` when it was delivered.
  package let reason: String?

  init(_ letter: Letter, reason: String?) {
    rollout = letter.notice.rollout
    entry = letter.notice.journalIndex
    event = letter.notice.event
    channel = letter.channel.name
    attempts = letter.attempts
    self.reason = reason
  }
}

/// One stream per environment says what became of its notices.
package enum NoticeStream {
  /// `notifications/<environment>`.
  package static func name(of environment: Name) -> String { "notifications/\(environment)" }

  static func draft(_ record: NoticeRecord, _ environment: Name, at now: Timestamp) -> JournalDraft {
    let kind: NoticeRecord.Kind = record.reason == nil ? .delivered : .givenUp
    return JournalDraft(
      at: now, stream: name(of: environment), kind: kind.rawValue, actor: .engine, cause: record.event.rawValue,
      body: canonicalJSON(record))
  }

  /// - Throws: `SlipwayError` with code `journal-unreadable`; `nil` for a kind that says nothing of a notice.
  static func record(of entry: JournalEntry) throws -> NoticeRecord? {
    guard NoticeRecord.Kind(rawValue: entry.kind) != nil else { return nil }
    return try NoticeRecord(body: entry.body, kind: entry.kind)
  }
}

/// A notice on its way to one channel.
struct Letter: Sendable {
  let notice: Notice
  let channel: NotificationChannel
  /// Of the project.
  let folder: String
  /// When this server first knew of it.
  let since: Timestamp
  /// How often it was sent.
  var attempts = 0
  /// What became of it, when that is not in the journal yet.
  var outcome: Outcome?

  enum Outcome: Sendable {
    case delivered
    case givenUp(String)

    var reason: String? {
      switch self {
      case .delivered: nil
      case .givenUp(let reason): reason
      }
    }
  }

  var route: Route { Route(environment: notice.environment, name: channel.name, webhook: channel.webhook, folder: folder) }
}

/// Where letters go one after the other.
struct Route: Hashable, Sendable {
  let environment: Name
  let name: Name
  let webhook: WebhookPlace
  let folder: String
}
