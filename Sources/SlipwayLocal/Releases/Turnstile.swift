/// Lets those who name the same thing pass one at a time, in the order of arrival.
actor Turnstile {
  private var waiting: [String: [CheckedContinuation<Void, Never>]] = [:]

  nonisolated func inTurn<T: Sendable>(_ name: String, _ work: () async throws -> T) async rethrows -> T {
    await enter(name)
    do {
      let result = try await work()
      await leave(name)
      return result
    } catch {
      await leave(name)
      throw error
    }
  }

  private func enter(_ name: String) async {
    guard waiting[name] != nil else {
      waiting[name] = []
      return
    }
    await withCheckedContinuation { waiting[name]?.append($0) }
  }

  private func leave(_ name: String) {
    guard var queue = waiting[name] else { return }
    if queue.isEmpty {
      waiting[name] = nil
    } else {
      let next = queue.removeFirst()
      waiting[name] = queue
      next.resume()
    }
  }
}
