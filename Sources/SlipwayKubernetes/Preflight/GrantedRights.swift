import SlipwayModel
import Synchronization

/// What a cluster has allowed and what it serves, for a minute: when many services are deployed together, most of what they ask is the
/// same. A refusal is never remembered, so that what was mended counts at once.
final class GrantedRights: Sendable {
  private struct State {
    var rights: [AccessQuestion: Timestamp] = [:]
    var kinds: [ResourceKind: Timestamp] = [:]
  }

  private static let memory = TimeSpan.minutes(1)
  private let state = Mutex(State())

  func knows(_ question: AccessQuestion, at now: Timestamp) -> Bool {
    state.withLock { $0.rights[question].map { now - $0 < Self.memory } ?? false }
  }

  func note(_ question: AccessQuestion, at now: Timestamp) { state.withLock { $0.rights[question] = now } }

  func knows(_ kind: ResourceKind, at now: Timestamp) -> Bool {
    state.withLock { $0.kinds[kind].map { now - $0 < Self.memory } ?? false }
  }

  func note(_ kind: ResourceKind, at now: Timestamp) { state.withLock { $0.kinds[kind] = now } }
}
