import Synchronization

/// Lets those who name the same thing pass one at a time, in the order of arrival.
final class Turnstile: Sendable {
  /// Who waits behind the one who has passed, by name.
  private let queues = Mutex<[String: [CheckedContinuation<Void, Never>]]>([:])

  func inTurn<T>(
    _ name: String, isolation: isolated (any _Concurrency.Actor)? = #isolation, _ work: () async throws -> sending T
  ) async rethrows -> sending T {
    await withCheckedContinuation { continuation in
      let isFree = queues.withLock { queues in
        guard queues[name] != nil else {
          queues[name] = []
          return true
        }
        queues[name]?.append(continuation)
        return false
      }
      if isFree { continuation.resume() }
    }
    defer { leave(name) }
    return try await work()
  }

  private func leave(_ name: String) {
    let next = queues.withLock { queues -> CheckedContinuation<Void, Never>? in
      guard var queue = queues[name], !queue.isEmpty else {
        queues[name] = nil
        return nil
      }
      let next = queue.removeFirst()
      queues[name] = queue
      return next
    }
    next?.resume()
  }
}
