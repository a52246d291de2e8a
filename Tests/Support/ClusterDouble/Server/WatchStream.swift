import NIOCore
import ServiceLifecycle
import SlipwayModel

/// Sends a watch its events until its time is over, the caller goes away, or a fault ends it.
struct WatchStream: Sendable {
  let cluster: Cluster
  let bookmarkEvery: Duration
  let channel: any Channel

  func run(_ cursor: WatchCursor, send: ([JSONValue]) async throws -> Void) async throws {
    let (id, stream) = await cluster.changes()
    do {
      try await withThrowingTaskGroup(of: Void.self) { group in
        group.addTask { try await nudge(id) }
        defer { group.cancelAll() }
        try await loop(cursor, stream, send)
      }
    } catch {
      await cluster.endChanges(id)
      throw error
    }
    await cluster.endChanges(id)
  }

  /// Nothing is sent while nothing happens, and only a write shows that the caller is gone. So look now and then.
  private func nudge(_ id: Int) async throws {
    while !Task.isCancelled {
      do { try await Task.sleep(for: min(bookmarkEvery, .milliseconds(250))) } catch { return }
      await cluster.nudge(id)
    }
  }

  private func loop(_ start: WatchCursor, _ stream: AsyncStream<Void>, _ send: ([JSONValue]) async throws -> Void) async throws {
    var cursor = start
    let clock = ContinuousClock()
    let end = cursor.timeout.map { clock.now + $0.duration }
    var nextBookmark = clock.now + bookmarkEvery
    for await _ in stream {
      while true {
        let (events, next) = await cluster.poll(cursor)
        cursor = next
        switch events {
        case .events(let events):
          if !events.isEmpty { try await send(events) }
          if events.count < 100 { break }
          continue
        case .ended(let last):
          try await send([last])
          return
        case .dropped:
          channel.close(promise: nil)
          return
        }
        break
      }
      if let end, clock.now >= end { return }
      guard channel.isActive, !Task.isCancelled, !Task.isShuttingDownGracefully else { return }
      if cursor.wantsBookmarks, clock.now >= nextBookmark {
        nextBookmark = clock.now + bookmarkEvery
        try await send([await cluster.bookmark(cursor)])
      }
    }
  }
}
