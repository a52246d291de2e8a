import SlipwayEngine
import SlipwayModel
import SlipwayPorts
import SlipwayRuntime

/// Puts together what is live where, from the journal and from what can be observed now.
struct StatusReader: Sendable {
  let engine: Engine
  let ports: Ports
  /// How long the target may take to answer.
  static let patience = TimeSpan.seconds(3)

  func status() async throws -> StatusView {
    let rollouts = await engine.rollouts()
    let keys = Set(rollouts.map(\.key)).sorted()
    var deployments: [DeploymentView] = []
    for key in keys { deployments.append(try await deployment(key, rollouts.filter { $0.key == key })) }
    return StatusView(at: ports.clock.now(), deployments: deployments)
  }

  private func deployment(_ key: DeploymentKey, _ rollouts: [Rollout]) async throws -> DeploymentView {
    let now = ports.clock.now()
    let newest = rollouts.last
    let live = newest?.live
    let target = newest.map { ports.at($0.plan).target } ?? ports.target
    let world = await observed { try await target.observe(key) }
    let metrics = newest?.plan.metrics
    let oldest = now - (metrics?.lag ?? .zero) - SlotStatus.window(of: metrics)
    let series = await observed { try await ports.metrics.read(key, as: metrics, since: oldest) }
    let lease = try await ports.leases.holder(of: key, at: now)
    let active = newest.flatMap { $0.phase.isTerminal ? nil : $0 }
    let view: RolloutView?
    if let newest {
      view = RolloutView(newest, observation: await engine.observation(of: newest.id), at: now)
    } else {
      view = nil
    }
    let versions = Self.versions(newest, live)
    return DeploymentView(
      service: key.service, environment: key.environment, listen: live?.listen ?? newest?.plan.listen, liveVersion: live?.release.version,
      liveSlot: live?.slot, liveArtifact: live?.release.artifact, agentReachable: world.isSuccess,
      agentError: world.error ?? Self.closedRoute(world.value, live),
      slots: Slot.allCases.map { slot in
        SlotStatus(
          slot, version: versions[slot], world: world.value, split: newest?.split, figures: series.value,
          since: newest?.servesSince(slot), as: metrics, at: now)
      },
      activeRollout: active == nil ? nil : view, lastRollout: active == nil ? view : nil,
      lease: lease.map { LeaseView(holder: $0.holder, actor: $0.actor, reason: $0.reason, epoch: $0.epoch, expiry: $0.expiry) })
  }

  /// Which version each slot has by the journal, for when the target can't be asked.
  private static func versions(_ rollout: Rollout?, _ live: LiveRelease?) -> [Slot: Version] {
    var versions: [Slot: Version] = [:]
    if let rollout, !rollout.phase.isTerminal {
      versions[rollout.candidateSlot] = rollout.plan.version
      if let previous = rollout.plan.live { versions[previous.slot] = previous.release.version }
    }
    if let live { versions[live.slot] = live.release.version }
    return versions
  }

  private static let silent = SlipwayError(
    .targetSilent, .broken, "the target did not answer within \(patience)",
    remedy: "look at the agent's log, or start it with `slipway agent --detach`")

  /// The agent is there, but what is live can't be reached: another program has taken the address while nothing ran.
  private static func closedRoute(_ world: WorldObservation?, _ live: LiveRelease?) -> SlipwayError? {
    guard let world, world.split == nil, let live else { return nil }
    let address = live.listen.map { " at \($0)" } ?? ""
    return SlipwayError(
      .routeClosed, .broken, "the proxy can't listen\(address): requests for \(live.release.version) are refused",
      remedy: "`slipway doctor` says what has the address; the proxy takes it once it is free")
  }

  private func observed<Value: Sendable>(_ read: @escaping @Sendable () async throws -> Value) async -> Result<Value, SlipwayError> {
    await withTaskGroup(of: Result<Value, SlipwayError>.self) { group in
      group.addTask {
        do { return .success(try await read()) } catch {
          return .failure(
            (error as? SlipwayError)
              ?? SlipwayError(
                .targetSilent, .broken, "the target did not answer", remedy: "start it with `slipway agent --detach`", cause: error))
        }
      }
      group.addTask {
        do { try await ports.clock.sleep(for: Self.patience) } catch {}
        return .failure(Self.silent)
      }
      defer { group.cancelAll() }
      return await group.next() ?? .failure(Self.silent)
    }
  }
}

extension Result {
  fileprivate var value: Success? { if case .success(let value) = self { value } else { nil } }
  fileprivate var error: Failure? { if case .failure(let error) = self { error } else { nil } }
  fileprivate var isSuccess: Bool { error == nil }
}

extension SlipwayError.Code {
  package static let routeClosed = SlipwayError.Code("route-closed")
  package static let targetSilent = SlipwayError.Code("target-silent")
}
