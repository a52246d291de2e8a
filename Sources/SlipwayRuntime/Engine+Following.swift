import SlipwayEngine
import SlipwayModel
import SlipwayPorts

extension Engine {
  /// Counts up with each entry and each look; for ``wait(past:)``.
  package nonisolated var changeCount: Int { changes.count }

  /// Returns when there have been more changes than `count`, or when the task is cancelled.
  package nonisolated func wait(past count: Int) async { await changes.wait(past: count) }

  /// The index of the newest entry that a rollout of each key has: what has the same one is as it was.
  package func newestEntries() async -> [DeploymentKey: Int64] {
    var newest: [DeploymentKey: Int64] = [:]
    for key in order.keys {
      for id in order.ids(of: key) { newest[key] = max(newest[key] ?? -1, await newestEntry(of: id)) }
    }
    return newest
  }

  /// The index of the rollout's newest entry; -1 for one that is not known.
  package func newestEntry(of id: String) async -> Int64 { await drivers[id]?.newestIndex ?? newestIndexes[id] ?? -1 }

  /// The rollout that has answered this generation of a declaration.
  func rollout(answering origin: RequestOrigin) async -> Rollout? {
    await rollouts().last { $0.request.origin?.isSame(as: origin) ?? false }
  }

  /// Takes in what the journal says and drives nothing, for a server that only answers questions while another one leads. Call it
  /// again and again, and neither ``recover()`` nor ``run()``.
  ///
  /// - Throws: `SlipwayError` when the journal can't be read; what was taken in stays.
  package func follow() async throws {
    let known = order.ids.count
    var isNews = false
    let news = try await ports.journal.streams(after: caughtUpTo)
    for id in news.streams.compactMap(RolloutStream.rollout(of:)) where finished[id]?.phase.isTerminal != true {
      let entries = try await ports.journal.entries(of: RolloutStream.name(of: id), after: newestIndexes[id] ?? -1)
      guard let newest = entries.last?.index else { continue }
      if var rollout = finished[id] {
        for entry in entries { rollout.apply(try Event(kind: entry.kind, body: entry.body), at: entry.at) }
        finished[id] = rollout
      } else if let rollout = try await RolloutStream.replay(entries) {
        finished[id] = rollout
        order.append(id, of: rollout.key)
      }
      newestIndexes[id] = newest
      isNews = true
    }
    // News come in no order; the newest rollout of a service has to be the last one.
    if order.ids.count > known { order.sort(like: try await ports.journal.streams().compactMap(RolloutStream.rollout(of:))) }
    caughtUpTo = news.newest
    if isNews { changes.signal() }
  }
}
