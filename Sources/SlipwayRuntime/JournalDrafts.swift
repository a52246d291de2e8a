import SlipwayEngine
import SlipwayModel
import SlipwayPorts

/// Events are written by the journal, when it writes.
extension Event: JournalContent {}

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
        at: now, stream: name(of: rollout), kind: $0.kind.rawValue, actor: actor, cause: cause, content: $0)
    }
  }

  /// Rebuilds a rollout from its stream.
  ///
  /// An evaluation is overwritten by the one that follows it, and long rollouts consist mostly of evaluations: of several in a
  /// row only the last is read. Reading is most of the work and is shared by all processors.
  ///
  /// - Returns: `nil` when the stream does not begin with a start.
  /// - Throws: `SlipwayError` with code `journal-unreadable`.
  package static func replay(_ entries: [JournalEntry]) async throws -> Rollout? {
    let evaluated = EventKind.evaluated.rawValue
    let wanted = entries.indices.filter { place in
      entries[place].kind != evaluated || place + 1 == entries.count || entries[place + 1].kind != evaluated
    }
    let parts = stride(from: 0, to: wanted.count, by: partLength).map { wanted[$0..<min($0 + partLength, wanted.count)] }
    let events = try await withThrowingTaskGroup(of: (Int, [(event: Event, at: Timestamp)]).self) { group in
      for (number, part) in parts.enumerated() {
        group.addTask {
          (number, try part.map { (event: try Event(kind: entries[$0].kind, body: entries[$0].body), at: entries[$0].at) })
        }
      }
      return try await group.reduce(into: [Int: [(event: Event, at: Timestamp)]]()) { $0[$1.0] = $1.1 }
    }
    return Rollout(replaying: parts.indices.flatMap { events[$0] ?? [] })
  }

  private static let partLength = 250
}
