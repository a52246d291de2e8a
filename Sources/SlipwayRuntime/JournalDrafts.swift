import SlipwayEngine
import SlipwayModel
import SlipwayPorts

/// How events of rollouts lie in the journal: one stream per rollout.
package enum RolloutStream {
  private static let prefix = "rollout/"

  package static func name(of rollout: String) -> String { prefix + rollout }

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
  /// An evaluation is overwritten by the one that follows it, and long rollouts consist mostly of evaluations: of several in a
  /// row only the last is read.
  ///
  /// - Returns: `nil` when the stream does not begin with a start.
  /// - Throws: `SlipwayError` with code `journal-unreadable`.
  package static func replay(_ entries: [JournalEntry]) throws -> Rollout? {
    let evaluated = EventKind.evaluated.rawValue
    var events: [(event: Event, at: Timestamp)] = []
    for (place, entry) in entries.enumerated() {
      if entry.kind == evaluated, place + 1 < entries.count, entries[place + 1].kind == evaluated { continue }
      events.append((try Event(kind: entry.kind, body: entry.body), entry.at))
    }
    return Rollout(replaying: events)
  }
}
