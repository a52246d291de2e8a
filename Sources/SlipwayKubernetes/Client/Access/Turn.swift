import Synchronization

/// Lets tasks pass one at a time, in the order of arrival; one that is cancelled while it waits steps out of the line.
final class Turn: Sendable {
  private struct State {
    var isTaken = false
    var line: [(number: Int, continuation: AsyncStream<Void>.Continuation)] = []
    var nextNumber = 0
  }

  private let state = Mutex(State())

  /// - Throws: `CancellationError` when the task is cancelled before its turn, and what `work` throws.
  func take<Value: Sendable>(_ work: @Sendable () async throws -> Value) async throws -> Value {
    try await arrive()
    defer { leave() }
    return try await work()
  }

  private func arrive() async throws {
    let (stream, continuation) = AsyncStream.makeStream(of: Void.self)
    let number: Int? = state.withLock { state in
      guard state.isTaken else {
        state.isTaken = true
        return nil
      }
      state.nextNumber += 1
      state.line.append((state.nextNumber, continuation))
      return state.nextNumber
    }
    guard let number else { return }
    for await _ in stream {}
    guard Task.isCancelled else { return }
    let wasGiven = state.withLock { state in
      guard let index = state.line.firstIndex(where: { $0.number == number }) else { return true }
      state.line.remove(at: index)
      return false
    }
    if wasGiven { leave() }
    throw CancellationError()
  }

  private func leave() {
    let next = state.withLock { state in
      state.isTaken = !state.line.isEmpty
      return state.line.isEmpty ? nil : state.line.removeFirst()
    }
    next?.continuation.finish()
  }
}
