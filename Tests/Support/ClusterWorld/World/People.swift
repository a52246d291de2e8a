import ClusterDouble
import SlipwayEngine
import SlipwayModel
import SlipwayRuntime

/// The people of a scene: they deploy one release after another and act on the rollouts. They try again when the server does not answer,
/// and look first whether it was done after all.
struct People: Sendable {
  static let person = Actor(.person, "ada@simulation")

  let world: ClusterWorld

  /// Does everything that the scene says.
  ///
  /// - Parameter first: opened when the first rollout is over.
  func work(first: Latch) async {
    await withDiscardingTaskGroup { group in
      group.addTask { await self.decide() }
      await withDiscardingTaskGroup { acts in
        for (number, release) in world.scene.releases.enumerated() {
          if !release.supersedes { await untilQuiet() }
          if number > 0 { first.open() }
          guard await world.pause(release.after), let id = await deploy(release, number) else { continue }
          for act in release.acts { acts.addTask { await self.perform(act, on: id) } }
        }
        await untilQuiet()
        first.open()
      }
      group.cancelAll()
    }
    world.peopleAreDone = true
  }

  /// Waits until no rollout is under way.
  func untilQuiet() async {
    repeat { guard await world.pause(.seconds(1)) else { return } } while world.judge.hasOpen
  }

  /// Decides what the engine leaves to people, after some thought: every other time for the candidate.
  private func decide() async {
    var isInFavour = false
    while await world.pause(.seconds(5)) {
      guard let id = world.judge.undecided else { continue }
      world.see("undecided")
      await perform(isInFavour ? .promote : .abort, on: id)
      isInFavour.toggle()
    }
  }

  private func deploy(_ release: SceneRelease, _ number: Int) async -> String? {
    let request = world.scene.request(for: release, number)
    for _ in 0..<60 {
      if let id = world.judge.rollout(because: request.reason) { return id }
      guard let server = await server() else { return nil }
      do {
        let id = try await server.engine.deploy(request)
        world.trace("person", "deploys \(release.version): \(id)")
        return id
      } catch {
        world.trace("person", "deploys \(release.version): \(error)")
        if let error = error as? SlipwayError, error.kind == .input || error.kind == .human {
          world.judge.violate("intent", "a deployment was refused: \(error)", at: world.now)
          return nil
        }
      }
      guard await world.pause(.seconds(5)) else { return nil }
    }
    world.judge.violate("liveness", "\(release.version) could not be deployed in five minutes", at: world.now)
    return nil
  }

  private func perform(_ act: SceneAct, on id: String) async {
    guard await world.pause(act.after) else { return }
    switch act.kind {
    case .abort: await perform(.abort, on: id)
    case .promote: await perform(.promote, on: id)
    case .promoteFully: await perform(.promoteFully, on: id)
    case .rollback: await perform(.rollback, on: id)
    case .pause:
      await perform(.pause, on: id)
      guard await world.pause(act.pause) else { return }
      await perform(.resume, on: id)
    }
  }

  private func perform(_ kind: Intent.Kind, on id: String) async {
    for _ in 0..<10 {
      guard let server = await server() else { return }
      do {
        try await server.engine.intend(kind, rollout: id, actor: Self.person, reason: "a scene", planDigest: nil)
        world.see("act \(kind.rawValue)")
        return world.trace("person", "\(kind.rawValue) of \(id)")
      } catch {
        world.trace("person", "\(kind.rawValue) of \(id): \(error)")
        if let error = error as? SlipwayError, error.kind != .broken { return }
      }
      guard await world.pause(.seconds(3)) else { return }
    }
  }

  /// The newest server, once it answers.
  private func server() async -> WorldServer? {
    while true {
      if let server = world.server, server.host.answers { return server }
      guard await world.pause(.milliseconds(500)) else { return nil }
    }
  }
}

extension ClusterScene {
  func request(for release: SceneRelease, _ number: Int) -> DeployRequest {
    let service = ServiceSpec(
      name: Self.key.service, image: "example.com/api", port: 8000,
      health: HealthSpec(minimumHealthyTime: .seconds(1), startupTimeout: .seconds(25)),
      shutdown: ShutdownSpec(drain: .seconds(1), grace: .seconds(2)))
    let counts = PrometheusCounts(requests: "requests", errors: "errors", latency: "latency", latencySum: nil)
    return DeployRequest(
      service: Self.key.service, version: release.version,
      environment: EnvironmentSpec(
        name: Self.key.environment, target: .kubernetes, listen: [:], replicas: replicas, services: [service],
        strategy: release.strategy, rollback: release.rollback,
        metrics: MetricsSpec(
          source: .prometheus,
          prometheus: PrometheusSpec(url: "http://figures", counts: counts, interval: .seconds(1), delay: .zero)),
        namespace: Self.namespace.description,
        kubernetes: KubernetesSpec(namespace: Self.namespace, router: router, pinning: .tag)),
      configuration: Digest(hashing: Array(release.version.description.utf8)), folder: "/simulation", reason: "release \(number + 1)",
      actor: Self.person, supersede: release.supersedes)
  }

  private static let person = People.person
}
