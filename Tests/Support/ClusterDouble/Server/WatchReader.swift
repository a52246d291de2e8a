import SlipwayModel
import SlipwayPorts

/// Tells a watch its events, one piece after another, until its time is over or a fault ends it.
package struct WatchReader: Sendable {
  package enum Piece: Sendable {
    case events([JSONValue])
    /// Nothing for now: whoever brings the events may see whether anybody still listens.
    case nothing
    /// The connection breaks off. Nothing comes after it.
    case broken
  }

  private let cluster: Cluster
  private let bookmarkEvery: TimeSpan
  private let lookEvery: TimeSpan?
  private var cursor: WatchCursor
  private let end: Timestamp?
  private var nextBookmark: Timestamp
  private var isOver = false

  /// - Parameters:
  ///   - bookmarkEvery: how often a watch that wants bookmarks gets one.
  ///   - lookEvery: how long it may be quiet before ``Piece/nothing``; `nil` for any time.
  package init(_ cursor: WatchCursor, of cluster: Cluster, bookmarkEvery: TimeSpan, lookEvery: TimeSpan? = nil) {
    (self.cursor, self.cluster, self.bookmarkEvery, self.lookEvery) = (cursor, cluster, bookmarkEvery, lookEvery)
    let now = cluster.clock.now()
    end = cursor.timeout.map { now + $0 }
    nextBookmark = now + bookmarkEvery
  }

  /// The next piece; `nil` when the server has ended the stream.
  ///
  /// - Throws: `CancellationError`.
  package mutating func next() async throws -> Piece? {
    guard !isOver else { return nil }
    let seen = await cluster.news
    let (events, cursor) = await cluster.poll(cursor)
    self.cursor = cursor
    switch events {
    case .events(let events) where !events.isEmpty: return .events(events)
    case .events: break
    case .ended(let last):
      isOver = true
      return .events([last])
    case .dropped:
      isOver = true
      return .broken
    }
    let now = cluster.clock.now()
    if let end, now >= end { return nil }
    if cursor.wantsBookmarks, now >= nextBookmark {
      nextBookmark = now + bookmarkEvery
      return .events([await cluster.bookmark(cursor)])
    }
    let ends = [end, cursor.wantsBookmarks ? nextBookmark : nil, lookEvery.map { now + $0 }].compactMap { $0 }
    try await cluster.wait(past: seen, until: ends.min())
    return .nothing
  }
}
