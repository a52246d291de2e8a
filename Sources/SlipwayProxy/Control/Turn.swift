/// Lets one task at a time through a stretch of code that waits in the middle, in the order of arrival.
actor Turn {
  private var isTaken = false
  private var waiting: [CheckedContinuation<Void, Never>] = []

  /// Runs the work when everyone before has finished.
  nonisolated func run<T: Sendable>(_ work: @Sendable () async throws -> T) async rethrows -> T {
    await take()
    do {
      let result = try await work()
      await give()
      return result
    } catch {
      await give()
      throw error
    }
  }

  private func take() async {
    guard isTaken else {
      isTaken = true
      return
    }
    await withCheckedContinuation { waiting.append($0) }
  }

  private func give() {
    if waiting.isEmpty { isTaken = false } else { waiting.removeFirst().resume() }
  }
}
