import Synchronization

/// The end of something that others work for until then.
final class Ending: Sendable {
  private struct State {
    var isOver = false
    var waiting: [AsyncStream<Void>.Continuation] = []
  }

  private let state = Mutex(State())

  func end() {
    let waiting = state.withLock { state in
      state.isOver = true
      defer { state.waiting = [] }
      return state.waiting
    }
    for continuation in waiting { continuation.finish() }
  }

  /// Does something that heeds cancellation until it has done it or the end has come.
  func bound(_ work: @escaping @Sendable () async -> Void) async {
    await withTaskGroup(of: Void.self) { group in
      group.addTask { await work() }
      group.addTask { await self.wait() }
      await group.next()
      group.cancelAll()
    }
  }

  private func wait() async {
    let (stream, continuation) = AsyncStream.makeStream(of: Void.self)
    let isOver = state.withLock { state in
      if !state.isOver { state.waiting.append(continuation) }
      return state.isOver
    }
    if isOver { return }
    for await _ in stream {}
  }
}
