import SlipwayEngine
import SlipwayModel
import SlipwayPorts

/// How events of rollouts lie in the journal: one stream per rollout.
enum RolloutStream {
  private static let prefix = "rollout/"

  static func name(of rollout: String) -> String { prefix + rollout }

  /// The rollout that a stream belongs to; `nil` for streams of another kind.
  static func rollout(of stream: String) -> String? {
    stream.hasPrefix(prefix) ? String(stream.dropFirst(prefix.count)) : nil
  }

  static func drafts(_ events: [Event], rollout: String, at now: Timestamp, actor: Actor, cause: String) -> [JournalDraft] {
    events.map {
      JournalDraft(
        at: now, stream: name(of: rollout), kind: $0.kind.rawValue, actor: actor, cause: cause, body: $0.body)
    }
  }

  /// Rebuilds a rollout from its stream.
  ///
  /// - Throws: `SlipwayError` with code `journal-unreadable`.
  static func replay(_ entries: [JournalEntry]) throws -> Rollout? {
    Rollout(replaying: try entries.map { (event: try Event(kind: $0.kind, body: $0.body), at: $0.at) })
  }
}
