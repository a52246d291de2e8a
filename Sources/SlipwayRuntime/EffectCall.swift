import SlipwayEngine
import SlipwayModel
import SlipwayPorts

/// One effect on its way to the world.
struct EffectCall: Sendable {
  let rollout: Rollout
  let planned: PlannedEffect
  let epoch: Int64
  /// A failed effect is not tried again before this.
  let notBefore: Timestamp?
  /// Why it can't be carried out now; what it would fail with.
  let obstacle: SlipwayError?
  let ports: Ports

  /// Where the result comes; closed by whoever does not want it any more.
  let outcome = Mailbox<Result<EffectOutcome, SlipwayError>>()

  /// Carries the effect out; `nil` when ``outcome`` was closed first.
  func run() async -> Result<EffectOutcome, SlipwayError>? {
    await withTaskGroup(of: Void.self) { group in
      group.addTask {
        do {
          self.outcome.send(.success(try await self.perform()))
        } catch is CancellationError {
          self.outcome.close()
        } catch {
          self.outcome.send(.failure(.wrapping(error, code: .effectFailed, message: "could not \(self.planned.effect)")))
        }
      }
      let first = await outcome.next()
      group.cancelAll()
      return first
    }
  }

  private func perform() async throws -> EffectOutcome {
    if let notBefore {
      let wait = notBefore - ports.clock.now()
      if wait > .zero { try await ports.clock.sleep(for: wait) }
    }
    if let obstacle { throw obstacle }
    // What was decided before this task had its turn may have overtaken it.
    if outcome.isClosed { throw CancellationError() }
    let plan = rollout.plan
    switch planned.effect {
    case .prepare:
      guard let request = plan.prepareRequest else { return .done }
      return .prepared(try await ports.target.prepare(request, operation("target.prepare")))
    case .ensure(let slot, let replicas):
      guard let occupant = slot == plan.candidateSlot ? rollout.candidate : plan.live else { return .done }
      let service = try await ports.values.resolved(occupant.service)
      let workload = Workload(
        key: plan.key, slot: slot, release: occupant.release, replicas: replicas, isWhole: replicas >= occupant.replicas, service: service)
      try await ports.target.ensure(workload, operation("target.ensure"))
    case .route(let split):
      try await ports.router.apply(
        split, for: plan.key, listen: rollout.listen(under: split), sticky: plan.routing.sticky, operation("router.apply"))
    case .retire(let slot):
      try await ports.target.retire(plan.key, slot: slot, operation("target.retire"))
    case .ask(let name):
      guard let gate = plan.gate(name) else { return .answered(GateAnswer(.unanswered, "the plan has no such gate"), took: .zero) }
      let began = ports.clock.now()
      let answer = try await ports.gates.ask(
        GateQuestion(
          gate: gate, rollout: rollout.id, key: plan.key, version: plan.version, plan: rollout.planDigest, folder: rollout.request.folder))
      return .answered(answer, took: max(.zero, ports.clock.now() - began))
    }
    return .done
  }

  private func operation(_ name: String) -> Operation {
    Operation(name: name, rollout: rollout.id, epoch: epoch, sequence: planned.sequence)
  }
}

extension Plan {
  /// What the target needs for preparing the release; `nil` when it is there already.
  var prepareRequest: PrepareRequest? { prepareRequest(with: nil) }

  /// The same with the content of the manifests, for a trial of what they make.
  func prepareRequest(with manifests: Variables?) -> PrepareRequest? {
    // Only a cluster can try a release without starting it.
    let trial = kubernetes.map { _ in
      PrepareRequest.Trial(
        slot: candidateSlot, replicas: replicas, service: service.with(variables: .none).with(manifests: manifests),
        configuration: configuration,
        isFirst: live == nil)
    }
    return source.map {
      PrepareRequest(key: key, version: version, folder: $0.folder, build: $0.build, artifact: $0.artifact, trial: trial)
    }
  }
}

extension ValueStore {
  /// The service with the values of its variables and the content of its manifests.
  ///
  /// - Throws: as ``values(of:)``.
  func resolved(_ service: ServiceSpec) async throws -> ServiceSpec {
    let complete = service.with(variables: .values(try await resolve(service.variables)))
    guard let manifests = service.manifests else { return complete }
    return complete.with(manifests: .values(try await resolve(manifests)))
  }
}

extension SlipwayError.Code {
  package static let effectFailed = SlipwayError.Code("effect-failed")
}
