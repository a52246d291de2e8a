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
  /// Agent and server of this machine, which are looked after while they are waited for; `nil` when they are elsewhere.
  let backstage: Backstage?

  /// - Parameter since: entries after this index are shown.
  /// - Returns: the rollout when the goal is reached.
  func follow(_ id: String, after since: Int64 = -1) async throws -> RolloutView {
    let plan = try await client.plan(of: id)
    // A live view has it in its title.
    if format == .text, !terminal.isInteractive { Output.line("rollout \(id)") }
    let presenter = Presenter(format: format, terminal: terminal, plan: plan)
    return try await presenter.during { show in
      var index = since
      var wait = TimeSpan.zero
      let silence = ServerSilence(backstage: backstage)
      var agent = AgentAbsence(backstage: plan.kubernetes == nil ? backstage : nil)
      while true {
        try Task.checkCancellation()
        let news = try await silence.patiently(rollout: id) { [index, wait] slack in
          try await client.news(of: id, after: index, patience: wait, slack: slack)
        }
        try await agent.look(rollout: id)
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
}
