import SlipwayEngine
import SlipwayModel
import SlipwayRuntime

/// The people of a scenario: they deploy one release after another and act on the rollouts. Like a person at a terminal they
/// try again when the server does not answer, and look first whether it was done after all.
struct People: Sendable {
  static let person = Actor(.person, "ada@simulation")

  let world: World

  /// Does everything that the scenario says and ends the run when all rollouts are over.
  func work() async {
    await withDiscardingTaskGroup { group in
      group.addTask { await self.decide() }
      group.addTask { await self.comeBack() }
      for (number, deployment) in world.scenario.deployments.enumerated() {
        if deployment.waits { await world.until { !world.shadows.open } }
        do { try await world.scheduler.sleep(until: world.now + deployment.after) } catch { return }
        guard let id = await deploy(deployment, number) else { continue }
        world.actsAhead += deployment.acts.count
        for act in deployment.acts {
          group.addTask { await self.perform(act, on: id) }
        }
      }
      repeat {
        await world.until { !world.shadows.open && world.actsAhead == 0 }
        // One that had to make way for another one is over a moment before that begins.
        do { try await world.scheduler.sleep(until: world.now + .seconds(2)) } catch { return }
        await world.untilTold()
      } while world.shadows.open || world.actsAhead > 0
      world.finish(.completed)
      group.cancelAll()
    }
  }

  /// Decides what the engine leaves to people, after some thought: every other time for the candidate.
  private func decide() async {
    var isInFavour = false
    while world.end == nil, !Task.isCancelled {
      await world.until { world.shadows.undecided != nil }
      guard let rollout = world.shadows.undecided, world.end == nil else { return }
      do { try await world.scheduler.sleep(until: world.now + .seconds(7)) } catch { return }
      guard world.shadows.undecided?.id == rollout.id else { continue }
      world.oracle.sightings.see(.undecided)
      await perform(isInFavour ? .promote : .abort, on: rollout.id, reason: "undecided")
      isInFavour.toggle()
    }
  }

  /// Resumes what stayed paused, as when a resumption came before the pause itself had got through: otherwise the world would go on
  /// until its bound, and look at a rollout that waits some hundred thousand times.
  private func comeBack() async {
    while world.end == nil, !Task.isCancelled {
      do { try await world.scheduler.sleep(until: world.now + Self.reminder) } catch { return }
      guard world.actsAhead == 0, let forgotten = world.shadows.paused(before: world.now - Self.reminder) else { continue }
      await perform(.resume, on: forgotten, reason: "nobody came back")
    }
  }

  private static let reminder = TimeSpan.minutes(2)

  private func deploy(_ deployment: Deployment, _ number: Int) async -> String? {
    let request = request(deployment, number)
    let known = world.shadows.all.count
    var attempt = 0
    while world.end == nil, !Task.isCancelled {
      do {
        if let done = world.shadows.all.dropFirst(known).last(where: { $0.rollout.request.reason == request.reason }) {
          return done.rollout.id
        }
        let id = try await engine().deploy(request)
        world.trace?.add(world.now, "person", "deploys \(deployment.version): \(id)")
        return id
      } catch {
        attempt += 1
        world.judgeRefusal(of: nil, error)
        world.trace?.add(world.now, "person", "deploys \(deployment.version): \(error)")
        if isRefused(error) || attempt > 20 { return nil }
        do { try await world.scheduler.sleep(until: world.now + .seconds(5)) } catch { return nil }
      }
    }
    return nil
  }

  /// The engine of the server that answers now.
  private func engine() async throws -> Engine {
    await world.until { world.server?.answers == true }
    guard let server = world.server, server.answers else { throw CancellationError() }
    return server.engine
  }

  /// Whether it would be no use to ask again.
  private func isRefused(_ error: any Error) -> Bool {
    guard let error = error as? SlipwayError else { return false }
    switch error.kind {
    case .input, .human: return true
    case .refused: return !["lease-held", "stale-epoch", "stale-index"].contains(error.code.rawValue)
    case .broken: return false
    }
  }

  private func request(_ deployment: Deployment, _ number: Int) -> DeployRequest {
    let environment = world.scenario.environment
    return DeployRequest(
      service: world.key.service, version: deployment.version, environment: environment,
      configuration: world.configuration, folder: "/simulation",
      reason: "deployment \(number + 1)", actor: Self.person, supersede: deployment.supersedes)
  }

  private func perform(_ act: Act, on id: String) async {
    do { try await world.scheduler.sleep(until: world.now + act.after) } catch { return }
    await perform(act.kind, on: id, reason: "act at \(act.after)")
    world.actsAhead -= 1
    world.changes.ring()
  }

  func perform(_ kind: Act.Kind, on id: String, reason: String) async {
    for _ in 0..<10 where world.end == nil {
      if await isDone(kind, on: id, reason: reason) { return }
      do { try await world.scheduler.sleep(until: world.now + .seconds(5)) } catch { return }
    }
  }

  /// Asks the server once; whether there is nothing left to ask.
  private func isDone(_ kind: Act.Kind, on id: String, reason: String) async -> Bool {
    do {
      let engine = try await engine()
      switch kind {
      case .pause: try await engine.intend(.pause, rollout: id, actor: Self.person, reason: reason, planDigest: nil)
      case .resume: try await engine.intend(.resume, rollout: id, actor: Self.person, reason: reason, planDigest: nil)
      case .promote: try await engine.intend(.promote, rollout: id, actor: Self.person, reason: reason, planDigest: nil)
      case .promoteFully: try await engine.intend(.promoteFully, rollout: id, actor: Self.person, reason: reason, planDigest: nil)
      case .abort: try await engine.intend(.abort, rollout: id, actor: Self.person, reason: reason, planDigest: nil)
      case .rollback: _ = try await engine.rollBack(world.key, to: nil, actor: Self.person, reason: reason)
      case .retry: _ = try await engine.retry(id, actor: Self.person, reason: reason)
      case .staleApproval:
        let other = Digest(hashing: "another plan".utf8)
        try await engine.intend(.promote, rollout: id, actor: Self.person, reason: reason, planDigest: other)
        world.violate(.intent, "an intent about another plan was accepted")
      }
      world.trace?.add(world.now, "person", "\(kind.rawValue) of \(id)")
      return true
    } catch {
      world.judgeRefusal(of: kind, error)
      world.trace?.add(world.now, "person", "\(kind.rawValue) of \(id): \(error)")
      return isRefused(error)
    }
  }

  /// Does something about the newest rollout that is not over, or else about the newest one.
  func performOnNewest(_ kind: Act.Kind) async {
    if let newest { await perform(kind, on: newest, reason: "unforeseen") }
  }

  /// The newest rollout that is not over, or else the newest one.
  var newest: String? { (world.shadows.all.last { !$0.rollout.phase.isTerminal } ?? world.shadows.all.last)?.rollout.id }

  /// Deploys what the scenario does not foresee: once, without trying again.
  func deployUnforeseen(_ fault: Fault) async {
    let environment = world.scenario.environment
    let changed = StrategySpec.blueGreen(BlueGreenSpec(keepPrevious: .seconds(5)))
    let request = DeployRequest(
      service: world.key.service, version: Self.unforeseen,
      environment: fault.kind == .changedFile ? environment.with(strategy: changed) : environment,
      configuration: world.configuration, folder: "/simulation",
      reason: fault.description, actor: Self.person, supersede: fault.kind == .supersedingDeploy)
    do {
      let id = try await engine().deploy(request)
      world.trace?.add(world.now, "person", "deploys \(Self.unforeseen) unforeseen: \(id)")
    } catch {
      world.trace?.add(world.now, "person", "deploys \(Self.unforeseen) unforeseen: \(error)")
    }
  }

  // Letters are a version.
  private static let unforeseen = Version("unforeseen")!
}
