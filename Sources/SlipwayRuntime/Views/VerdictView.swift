import SlipwayEngine
import SlipwayModel
import SlipwayPorts

/// A verdict of the journal with its inputs, computed again.
package struct VerdictView: Hashable, Sendable, Codable {
  /// Index of the entry in the journal.
  package let index: Int64
  /// When it was recorded.
  package let at: Timestamp
  /// Kind of the entry.
  package let kind: String
  /// The verdict in words.
  package let sentence: String
  /// Figures, statistic and what it is held against.
  package let lines: [String]
  /// Whether the computation gives the bytes of the journal again.
  package let isSame: Bool

  private enum CodingKeys: String, CodingKey {
    case index, at, kind, sentence, lines
    case isSame = "same"
  }

  /// The verdicts of a rollout, each computed from the entries before it.
  ///
  /// - Parameter entries: all of the rollout's, in order.
  /// - Throws: `SlipwayError` with code `journal-unreadable` for an entry that can't be read.
  package static func all(_ entries: [JournalEntry]) throws -> [VerdictView] {
    var rollout: Rollout?
    var views: [VerdictView] = []
    for entry in entries {
      let event = try Event(kind: entry.kind, body: entry.body)
      if case .rolloutStarted(let started) = event {
        rollout = Rollout(started, at: entry.at)
        continue
      }
      if let before = rollout, let explanation = Explanation(event, after: before) {
        let isSame = explanation.isSame && event.body == entry.body
        views.append(
          VerdictView(
            index: entry.index, at: entry.at, kind: entry.kind, sentence: EntryView(entry, plan: before.plan).sentence,
            lines: explanation.lines, isSame: isSame))
      }
      rollout?.apply(event, at: entry.at)
    }
    return views
  }
}
