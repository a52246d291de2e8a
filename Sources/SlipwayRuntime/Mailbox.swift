import Synchronization

/// Messages from anybody to one reader, in the order in which they were sent.
///
/// `AsyncStream` does the same, but as generic code that looks its types up at each message and registers for cancellation at each
/// wait: that was a fifteenth of a simulated rollout's time.
final class Mailbox<Message: Sendable>: Sendable {
  private struct State {
    var messages: [Message] = []
    var reader: CheckedContinuation<Message?, Never>?
    var isClosed = false
  }

  private let state = Mutex(State())

  /// - Returns: whether it will be read; not once the box is closed.
  @discardableResult
  func send(_ message: Message) -> Bool {
    let (reader, isOpen) = state.withLock { state in
      if state.reader == nil, !state.isClosed { state.messages.append(message) }
      return (state.reader.take(), !state.isClosed)
    }
    reader?.resume(returning: message)
    return isOpen
  }

  /// Whether nothing more is taken.
  var isClosed: Bool { state.withLock { $0.isClosed } }

  /// Ends the reading, once what was sent before is read.
  func close() {
    let reader = state.withLock { state in
      state.isClosed = true
      return state.reader.take()
    }
    reader?.resume(returning: nil)
  }

  /// Waits for the next message; `nil` when the box is closed and empty. Whoever reads does not hear of its own cancellation here and
  /// has to close the box.
  func next(isolation: isolated (any Actor)? = #isolation) async -> Message? {
    if let message = state.withLock({ $0.messages.isEmpty ? nil : $0.messages.removeFirst() }) { return message }
    return await withCheckedContinuation { reader in
      let (message, isOver) = state.withLock { state -> (Message?, Bool) in
        if !state.messages.isEmpty { return (state.messages.removeFirst(), true) }
        if !state.isClosed { state.reader = reader }
        return (nil, state.isClosed)
      }
      if isOver { reader.resume(returning: message) }
    }
  }
}
