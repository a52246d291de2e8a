import SlipwayEngine
import SlipwayModel
import SlipwayPorts

extension Engine {
  /// Takes in what the journal says and drives nothing, for a server that only answers questions while another one leads. Call it
  /// again and again, and neither ``recover()`` nor ``run()``.
  ///
  /// - Throws: `SlipwayError` when the journal can't be read; what was taken in stays.
  package func follow() async throws {
    var isNews = false
    for id in try await ports.journal.streams().compactMap(RolloutStream.rollout(of:)) where finished[id]?.phase.isTerminal != true {
      let entries = try await ports.journal.entries(of: RolloutStream.name(of: id), after: newestIndexes[id] ?? -1)
      guard let newest = entries.last?.index else { continue }
      if var rollout = finished[id] {
        for entry in entries { rollout.apply(try Event(kind: entry.kind, body: entry.body), at: entry.at) }
        finished[id] = rollout
      } else if let rollout = try await RolloutStream.replay(entries) {
        finished[id] = rollout
        order.append(id)
      }
      newestIndexes[id] = newest
      isNews = true
    }
    if isNews { changes.signal() }
  }
}
