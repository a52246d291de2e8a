import SlipwayEngine
import SlipwayModel
import SlipwayRuntime
import SlipwayServer

/// Tells, while a request to deploy waits for the rollout whose place it takes, how that goes back.
enum Superseding {
  /// After so long without news the waiting is told of again.
  private static let reminder = Duration.seconds(10)

  static func deploy(_ request: DeployRequest, _ client: ServerClient) async throws -> RolloutView {
    guard request.supersede, let old = try await inTheWay(of: request, client) else { return try await client.deploy(request) }
    let since = try await client.news(of: old.id, after: -1).entries.last?.index ?? -1
    Output.note("waiting for rollout \(old.id) to \(old.version) to go back")
    return try await withThrowingTaskGroup(of: RolloutView?.self) { group in
      group.addTask { try await client.deploy(request) }
      group.addTask {
        // Whatever is wrong, the answer to the request says it.
        do { try await tell(of: old.id, after: since, client) } catch {}
        return nil
      }
      defer { group.cancelAll() }
      while let answer = try await group.next() {
        if let answer { return answer }
      }
      throw CancellationError()
    }
  }

  private static func inTheWay(of request: DeployRequest, _ client: ServerClient) async throws -> RolloutView? {
    try await client.rollouts(limit: 1000).last {
      $0.service == request.service && $0.environment == request.environment.name && !$0.phase.isTerminal && $0.phase != .baking
    }
  }

  private static func tell(of id: String, after since: Int64, _ client: ServerClient) async throws {
    var index = since
    let start = ContinuousClock.now
    var told = start
    while true {
      try Task.checkCancellation()
      let news = try await client.news(of: id, after: index, patience: .seconds(1))
      for line in news.entries.compactMap(EntryLine.line) { Output.note("  " + line) }
      index = news.entries.last?.index ?? index
      if news.rollout.phase.isTerminal { return }
      let now = ContinuousClock.now
      if !news.entries.isEmpty { told = now }
      if now - told > reminder {
        told = now
        Output.note("  still waiting for rollout \(id) to go back, for \((now - start).components.seconds)s")
      }
    }
  }
}
