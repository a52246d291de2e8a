import SlipwayEngine
import SlipwayModel
import SlipwayRuntime
import SlipwayServer

/// Follows a rollout through the server until its outcome is known, and shows it meanwhile.
struct Follower: Sendable {
  /// What is waited for.
  enum Goal: Sendable {
    /// Promotion or its failure; the bake may still go on.
    case promotion
    /// The end of everything, the bake included.
    case end
  }

  let client: ServerClient
  let goal: Goal
  let format: OutputFormat
  let terminal: Terminal
  /// Brings a server back that has gone away; `nil` when that is not this program's to do.
  let revive: (@Sendable () async throws -> Void)?

  /// How long a server that has gone away is waited for.
  private static let patience = Duration.seconds(60)

  /// - Parameter since: entries after this index are shown.
  /// - Returns: the rollout when the goal is reached.
  func follow(_ id: String, after since: Int64 = -1) async throws -> RolloutView {
    let plan = try await client.plan(of: id)
    let presenter = Presenter(format: format, terminal: terminal, plan: plan)
    return try await presenter.during { show in
      var index = since
      var wait = TimeSpan.zero
      while true {
        try Task.checkCancellation()
        let news = try await patiently { [index, wait] in try await client.news(of: id, after: index, patience: wait) }
        index = news.entries.last?.index ?? index
        show(news)
        if isReached(news.rollout) { return news.rollout }
        wait = .seconds(1)
      }
    }
  }

  private func isReached(_ view: RolloutView) -> Bool {
    switch goal {
    case .promotion: view.phase.isTerminal || view.phase == .baking
    case .end: view.phase.isTerminal
    }
  }

  /// The server may be killed and started again while a rollout runs: that is no outcome.
  private func patiently<Value: Sendable>(_ ask: @Sendable () async throws -> Value) async throws -> Value {
    let deadline = ContinuousClock.now + Self.patience
    var isFirst = true
    while true {
      do {
        return try await ask()
      } catch let error as SlipwayError where error.code == .serverUnreachable && ContinuousClock.now < deadline {
        if isFirst { Output.note("the server does not answer; the rollout goes on when it is back") }
        isFirst = false
        try await revive?()
        try await Task.sleep(for: .milliseconds(500))
      }
    }
  }
}
