import Hummingbird
import ServiceLifecycle
import SlipwayEngine
import SlipwayModel
import SlipwayPorts
import SlipwayRuntime

/// The routes that start, show and steer rollouts.
struct RolloutRoutes: Sendable {
  let engine: Engine
  let ports: Ports
  /// The longest that a request waits for news.
  static let longestWait = TimeSpan.seconds(30)

  func add(to root: RouterGroup<APIContext>) {
    root.post("rollouts") { request, context in
      let asked = try await request.value(DeployRequest.self, context)
      return try await view(of: engine.deploy(asked.by(context.actor)), status: .created)
    }
    root.get("rollouts") { request, _ in
      let limit = Int(clamping: try request.number("limit", or: 100))
      let newest = await engine.rollouts().suffix(max(0, limit))
      return try json(RolloutList(rollouts: await views(of: Array(newest))))
    }
    root.get("rollouts/:id") { _, context in try await view(of: context.rollout) }
    root.get("rollouts/:id/plan") { _, context in try json(await engine.rollout(context.rollout).plan) }
    root.get("rollouts/:id/entries") { request, context in try json(await news(request, of: context.rollout)) }
    root.get("rollouts/:id/verdicts") { _, context in
      let entries = try await engine.entries(of: context.rollout, after: -1, patience: .zero)
      return try json(VerdictList(verdicts: try VerdictView.all(entries)))
    }
    root.post("rollouts/:id/intents") { request, context in
      let id = try context.rollout
      let asked = try await request.value(IntentRequest.self, context)
      try await engine.intend(asked.kind, rollout: id, actor: context.actor, reason: asked.reason, planDigest: asked.planDigest)
      return try await view(of: id)
    }
    root.post("rollouts/:id/retry") { request, context in
      let asked = try await request.value(RetryRequest.self, context)
      return try await view(of: engine.retry(try context.rollout, actor: context.actor, reason: asked.reason), status: .created)
    }
    root.post("rollback") { request, context in
      let asked = try await request.value(RollbackRequest.self, context)
      let key = DeploymentKey(service: asked.service, environment: asked.environment)
      return try await view(
        of: engine.rollBack(key, to: asked.version, actor: context.actor, reason: asked.reason), status: .created)
    }
  }

  private func view(of id: String, status: HTTPResponse.Status = .ok) async throws -> Response {
    try json(await view(engine.rollout(id)), status: status)
  }

  private func view(_ rollout: Rollout) async -> RolloutView {
    RolloutView(rollout, observation: await engine.observation(of: rollout.id), at: ports.clock.now())
  }

  private func views(of rollouts: [Rollout]) async -> [RolloutView] {
    var views: [RolloutView] = []
    for rollout in rollouts { views.append(await view(rollout)) }
    return views
  }

  /// Entries and the state that they led to. A wait is cut short when the server shuts down.
  private func news(_ request: Request, of id: String) async throws -> RolloutNews {
    let after = try request.number("after", or: -1)
    let wait = min(TimeSpan(milliseconds: max(0, try request.number("wait_ms", or: 0))), Self.longestWait)
    var entries: [JournalEntry] = []
    do {
      entries = try await cancelWhenGracefulShutdown { try await engine.entries(of: id, after: after, patience: wait) }
    } catch is CancellationError {}
    // Entries may come between reading them and reading the rollout. Both belong together when the entries before and after are
    // the same; a client that stops at a state must have had every entry that led there.
    var rollout = try await engine.rollout(id)
    for _ in 0..<5 {
      let present = try await engine.entries(of: id, after: after, patience: .zero)
      if present.count == entries.count { break }
      entries = present
      rollout = try await engine.rollout(id)
    }
    return RolloutNews(at: ports.clock.now(), entries: try await views(of: entries, in: rollout), rollout: await view(rollout))
  }

  /// Which effect an entry is about follows from all entries before it; they are read when that is asked for.
  private func views(of entries: [JournalEntry], in rollout: Rollout) async throws -> [EntryView] {
    guard let newest = entries.last?.index, entries.contains(where: EntryView.isAboutEffect) else {
      return entries.map { EntryView($0, plan: rollout.plan) }
    }
    let all = try await engine.entries(of: rollout.id, after: -1, patience: .zero).prefix { $0.index <= newest }
    return EntryView.all(Array(all), plan: rollout.plan).suffix(entries.count)
  }
}

extension APIContext {
  /// The rollout that the path names.
  fileprivate var rollout: String {
    get throws { try parameters.require("id") }
  }
}

extension DeployRequest {
  /// The same request by somebody else: who acts is what the server knows, not what the client says. Nor does a client answer
  /// declarations.
  fileprivate func by(_ actor: Actor) -> DeployRequest {
    DeployRequest(
      service: service, version: version, environment: environment, configuration: configuration, folder: folder, artifact: artifact,
      reason: reason, actor: actor, supersede: supersede)
  }
}
