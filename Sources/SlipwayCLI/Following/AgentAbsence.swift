import SlipwayLocal
import SlipwayModel

/// Looks, while a rollout is followed, whether the agent that carries it out is there. The server starts a crashed agent again; where it
/// can't, this does; and where nobody can, the waiting has an end.
struct AgentAbsence: Sendable {
  let backstage: Backstage?
  private var since: ContinuousClock.Instant?
  private var nextTry: ContinuousClock.Instant?

  /// The server needs about a second.
  private static let serversTurn = Duration.seconds(5)
  private static let patience = Duration.seconds(60)

  init(backstage: Backstage?) {
    self.backstage = backstage
  }

  /// - Throws: `agent-gone` when no agent has run for a minute.
  mutating func look(rollout: String) async throws {
    guard let backstage else { return }
    let presence = try AgentPresence.look(stateFolder: backstage.stateFolder)
    if case .running = presence {
      if since != nil { Output.note("the agent runs again") }
      (since, nextTry) = (nil, nil)
      return
    }
    let now = ContinuousClock.now
    guard let since else {
      self.since = now
      nextTry = now + Self.serversTurn
      return Output.note(Self.note(presence))
    }
    guard now - since < Self.patience else { throw Self.gone(presence, rollout) }
    guard case .lost = presence, let due = nextTry, now > due else { return }
    nextTry = now + Self.serversTurn * 2
    do { try await backstage.startAgent() } catch let error as SlipwayError {
      Output.note("the agent could not be started: \(error.message)")
    }
  }

  private static func note(_ presence: AgentPresence) -> String {
    presence == .stopped
      ? "the agent was stopped, and the rollout can't go on without it; `slipway agent --detach` starts it"
      : "the agent is gone, so nothing is served at present; it is being started again"
  }

  private static func gone(_ presence: AgentPresence, _ rollout: String) -> SlipwayError {
    let why = presence == .stopped ? "was stopped" : "is gone and could not be started again"
    return SlipwayError(
      .agentGone, .broken, "the agent \(why), and the rollout can't go on without it",
      remedy: "start it with `slipway agent --detach` (its log is logs/agent.log of the state folder), then `slipway watch \(rollout)`")
  }
}

extension SlipwayError.Code {
  /// A rollout was followed, and no agent has run for a minute.
  static let agentGone = SlipwayError.Code("agent-gone")
}
