import SlipwayEngine
import SlipwayModel

/// Runs the unchanged engine in a simulated world.
package enum Simulation {
  /// Runs a scenario from an empty world until all its rollouts are over or can't go on.
  ///
  /// - Parameters:
  ///   - faults: what goes wrong. The order matters only among those that strike at the same instant.
  ///   - tracing: whether the report gets lines that say what happened. Tracing changes nothing else.
  ///   - mostLooks: looks at the target after which the run is given up as endless.
  ///   - scheduler: the one that the caller runs on; see ``SimulatedScheduler/run(_:)``.
  package static func run(
    _ scenario: Scenario, faults: [Fault] = [], tracing: Bool = false, mostLooks: Int = .max,
    on scheduler: SimulatedScheduler
  ) async -> RunReport {
    let world = World(scenario, faults: faults, tracing: tracing, on: scheduler)
    world.mostLooks = mostLooks
    let bound = scenario.bound(with: faults)
    scheduler.begin(at: scenario.start) { standstill in
      switch standstill {
      case .deadlock: world.finish(.deadlock)
      case .spinning: world.finish(.spinning)
      }
    }
    await withDiscardingTaskGroup { group in
      group.addTask { await world.serve() }
      group.addTask { await People(world: world).work() }
      for fault in world.faults.timed { group.addTask { await world.await(fault) } }
      for fault in faults where fault.kind == .frozenBeforeLease { group.addTask { await world.standIn() } }
      group.addTask {
        do { try await scheduler.sleep(until: scenario.start + bound) } catch { return }
        world.finish(.overdue)
      }
      if world.end == nil { await world.over.wait() }
      await world.judgeEnd()
      scheduler.end()
      group.cancelAll()
    }
    // World, servers and their ports hold each other.
    world.server = nil
    for link in world.links { link.server = nil }
    world.links = []
    return world.report()
  }
}

extension Scenario {
  /// The longest that the scenario may take: every wait of every plan has a bound, and a fault delays it by a bounded time.
  package func bound(with faults: [Fault]) -> TimeSpan {
    let longestRollout = Self.longestRollout(environment)
    let unforeseen = faults.reduce(TimeSpan.zero) { sum, fault in
      let begins: TimeSpan = if case .instant(let instant) = fault.at { instant } else { .zero }
      return max(sum, begins) + .minutes(10) + (fault.kind.family == .people ? longestRollout : .zero)
    }
    return unforeseen + (environment.notify == nil ? .zero : .minutes(10))
      + deployments.reduce(TimeSpan.minutes(10)) { sum, deployment in
        let people = deployment.acts.reduce(TimeSpan.minutes(5)) { $0 + $1.after }
        return sum + deployment.after + people + longestRollout
      }
  }

  private static func longestRollout(_ environment: EnvironmentSpec) -> TimeSpan {
    let request = DeployRequest(
      service: environment.services.first?.name ?? environment.name, version: anyVersion, environment: environment,
      configuration: Digest(hashing: []), folder: "/", reason: "", actor: .engine)
    let live = environment.services.first.map {
      LiveRelease(
        slot: .blue, release: Release(version: anyVersion, artifact: Digest(hashing: []), configuration: Digest(hashing: [])),
        replicas: environment.replicas, service: $0)
    }
    do {
      let plan = try Plan.compile(request, live: live)
      let limits = plan.limits
      let steps = plan.steps.reduce(TimeSpan.zero) {
        $0 + max($1.hold, $1.advance?.maximum ?? .zero) + limits.ready + limits.converge + limits.patience + .seconds(30)
      }
      let gates = (plan.gates ?? []).reduce(TimeSpan.zero) { $0 + $1.timeout + .minutes(1) }
      return limits.prepare + limits.ready * 2 + steps + plan.bake + limits.patience + limits.goBack * 2 + gates
    } catch {
      // Nothing is deployed when the plan is refused.
      return .zero
    }
  }

  // A letter and a digit are a version.
  private static let anyVersion = Version("v0")!
}

extension World {
  func report() -> RunReport {
    RunReport(
      scenario: scenario.name, seed: scenario.seed, end: end ?? .overdue, rollouts: shadows.all.map { $0.report(until: now) },
      violations: violations, counts: counts, duration: now - scenario.start, requests: meter.tally.requests, failed: meter.tally.failed,
      struck: faults.struck, sightings: oracle.sightings, ending: ending, trace: trace?.lines ?? [])
  }
}

extension Shadows.Shadow {
  fileprivate func report(until now: Timestamp) -> RolloutReport {
    RolloutReport(
      id: rollout.id, version: rollout.plan.version, purpose: rollout.plan.purpose, outcome: rollout.phase, reason: rollout.reason,
      step: rollout.stepIndex, phases: phases, duration: (rollout.finishedAt ?? now) - rollout.startedAt,
      requests: requests.green - requests.blue, failed: failed.green - failed.blue,
      candidate: answered.green - answered.blue)
  }
}
