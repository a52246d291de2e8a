import SlipwayEngine
import SlipwayModel

extension Engine {
  /// Counts up with each entry and each look; for ``wait(past:)``.
  package nonisolated var changeCount: Int { changes.count }

  /// Returns when there have been more changes than `count`, or when the task is cancelled.
  package nonisolated func wait(past count: Int) async { await changes.wait(past: count) }

  /// The index of the newest entry that a rollout of each key has: what has the same one is as it was.
  package func newestEntries() async -> [DeploymentKey: Int64] {
    var newest: [DeploymentKey: Int64] = [:]
    for rollout in await rollouts() {
      newest[rollout.key] = max(newest[rollout.key] ?? -1, await newestEntry(of: rollout.id))
    }
    return newest
  }

  /// The index of the rollout's newest entry; -1 for one that is not known.
  package func newestEntry(of id: String) async -> Int64 { await drivers[id]?.newestIndex ?? newestIndexes[id] ?? -1 }

  /// The rollout that has answered this generation of a declaration.
  func rollout(answering origin: RequestOrigin) async -> Rollout? {
    await rollouts().last { $0.request.origin?.isSame(as: origin) ?? false }
  }
}
