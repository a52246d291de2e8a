import SlipwayEngine
import SlipwayModel
import SlipwayPorts
import Synchronization

/// Where the courier hears which rollouts have something to tell. It holds ids only: what is told is read from the journal.
package final class NewsDesk: Sendable {
  private struct State {
    /// Rollouts under way that name a channel.
    var followed: Set<String> = []
    var news: Set<String> = []
  }

  private let state = Mutex(State())
  /// Signalled at each piece of news.
  let changes = Changes()

  package init() {}

  /// Rollouts with news since this was last asked, in order of their ids.
  func take() -> [String] {
    state.withLock { state in
      defer { state.news = [] }
      return state.news.sorted()
    }
  }

  /// Hears of these rollouts from now on.
  func follow(_ ids: some Sequence<String>) { state.withLock { $0.followed.formUnion(ids) } }

  /// Nothing more will come of this rollout.
  func leave(_ id: String) {
    state.withLock { state in
      state.followed.remove(id)
      state.news.remove(id)
    }
  }

  /// Entries are in the journal. Those of rollouts that name no channel are passed over.
  package func note(_ drafts: [JournalDraft]) {
    let isNews = state.withLock { state in
      var isNews = false
      for draft in drafts where NotificationEvent.kinds.contains(draft.kind) {
        guard let id = RolloutStream.rollout(of: draft.stream) else { continue }
        if case .rolloutStarted(let start)? = draft.content as? Event, start.request.environment.notify != nil { state.followed.insert(id) }
        guard state.followed.contains(id) else { continue }
        state.news.insert(id)
        isNews = true
      }
      return isNews
    }
    if isNews { changes.signal() }
  }
}

/// A journal that tells a desk what was written into it.
package struct NewsJournal: EventJournal {
  private let journal: any EventJournal
  private let desk: NewsDesk

  package init(_ journal: any EventJournal, desk: NewsDesk) {
    self.journal = journal
    self.desk = desk
  }

  package func append(_ entries: [JournalDraft], after newest: Int64?, fence: LeaseFence?) async throws -> [Int64] {
    let indexes = try await journal.append(entries, after: newest, fence: fence)
    desk.note(entries)
    return indexes
  }

  package func seal(at now: Timestamp) async throws { try await journal.seal(at: now) }
  package func entries(of stream: String, after index: Int64) async throws -> [JournalEntry] {
    try await journal.entries(of: stream, after: index)
  }
  package func entries(after index: Int64, limit: Int) async throws -> [JournalEntry] {
    try await journal.entries(after: index, limit: limit)
  }
  package func streams() async throws -> [String] { try await journal.streams() }
  package func streams(after index: Int64) async throws -> StreamNews { try await journal.streams(after: index) }
}
