import Synchronization

@testable import SlipwayLocal

/// Bounds how much runs at the same time.
final class Lanes: Sendable {
  private let count: Int
  private let next = Mutex(0)
  private let turns = Turnstile()

  init(count: Int) { self.count = count }

  func inLane(_ work: () async throws -> Void) async throws {
    let lane = next.withLock { next in
      next += 1
      return next % count
    }
    try await turns.inTurn("\(lane)") { try await work() }
  }
}
