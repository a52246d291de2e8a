import SlipwayEngine
import SlipwayModel

/// A rollout as the API, `--output json` and the live view show it. Keys are a contract: they may be added to.
package struct RolloutView: Hashable, Sendable, Codable {
  package struct Step: Hashable, Sendable, Codable {
    /// From 0.
    package let index: Int
    package let count: Int
    package let name: String
    package let stage: Rollout.Stage
    /// How long the split has been held; 0 before it is in force.
    package let heldMilliseconds: TimeSpan
    package let holdMilliseconds: TimeSpan

    private enum CodingKeys: String, CodingKey {
      case index, count, name, stage
      case heldMilliseconds = "held_ms"
      case holdMilliseconds = "hold_ms"
    }
  }

  package struct SlotView: Hashable, Sendable, Codable {
    package let slot: Slot
    /// `candidate` or `live`: what the slot is for this rollout.
    package let role: String
    package let version: Version?
    package let weight: Percentage
    package let readyReplicas: Int
    package let desiredReplicas: Int
    /// The newest failed probe in words; `nil` when all replicas are ready or no probe failed.
    package let notReadyBecause: String?
    /// Over the last ten seconds.
    package let requestsPerSecond: Double
    package let errorRate: Double?
    package let p95Milliseconds: Double?

    private enum CodingKeys: String, CodingKey {
      case slot, role, version
      case weight = "weight_percent"
      case readyReplicas = "ready_replicas"
      case desiredReplicas = "desired_replicas"
      case notReadyBecause = "not_ready_because"
      case requestsPerSecond = "requests_per_second"
      case errorRate = "error_rate"
      case p95Milliseconds = "p95_ms"
    }
  }

  package let id: String
  package let service: Name
  package let environment: Name
  package let version: Version
  package let previousVersion: Version?
  package let strategy: String
  package let purpose: Plan.Purpose
  package let phase: RolloutPhase
  package let step: Step?
  package let paused: Bool
  package let pauseReason: String?
  /// Why it went or goes back, or failed.
  package let reason: Reason?
  package let startedAt: Timestamp
  package let finishedAt: Timestamp?
  package let planDigest: Digest
  package let artifact: Digest?
  package let startedBy: String
  package let startReason: String
  package let findings: [Finding]
  package let verdict: Verdict
  /// Until when `slipway rollback` goes back by one switch; `nil` when it would have to start the earlier release again.
  package let warmUntil: Timestamp?
  package let bakeMilliseconds: TimeSpan
  package let slots: [SlotView]
  /// The namespace that it runs in; `nil`: it runs on this machine.
  package let namespace: Name?
  /// Its gates in the order of asking; `nil` when it has none.
  package let gates: [GateView]?

  private enum CodingKeys: String, CodingKey {
    case namespace, gates
    case id, service, environment, version, strategy, purpose, phase, step, paused, reason, artifact, findings, verdict, slots
    case previousVersion = "previous_version"
    case pauseReason = "pause_reason"
    case startedAt = "started_at"
    case finishedAt = "finished_at"
    case planDigest = "plan_digest"
    case startedBy = "started_by"
    case startReason = "start_reason"
    case warmUntil = "warm_until"
    case bakeMilliseconds = "bake_ms"
  }
}

extension RolloutView {
  /// - Parameters:
  ///   - observation: what was last seen; `nil` for a rollout that is over.
  ///   - now: for figures that depend on the time.
  package init(_ rollout: Rollout, observation: Observation?, at now: Timestamp) {
    let plan = rollout.plan
    id = rollout.id
    namespace = plan.kubernetes?.namespace
    service = plan.key.service
    environment = plan.key.environment
    version = plan.version
    previousVersion = plan.live?.release.version
    strategy = plan.strategy
    purpose = plan.purpose
    phase = rollout.phase
    step = rollout.step.map { step in
      let isHolding = rollout.phase == .shifting && rollout.stage == .holding
      return Step(
        index: rollout.stepIndex ?? 0, count: plan.steps.count, name: step.name, stage: rollout.stage,
        heldMilliseconds: isHolding ? max(.zero, now - rollout.since) : .zero, holdMilliseconds: step.hold)
    }
    paused = rollout.pause != nil
    pauseReason = rollout.pause?.reason
    reason = rollout.reason
    startedAt = rollout.startedAt
    finishedAt = rollout.finishedAt
    planDigest = rollout.planDigest
    artifact = rollout.release?.artifact
    startedBy = rollout.request.actor.name
    startReason = rollout.request.reason
    // The journal has what was found when a verdict last changed; who looks wants the figures of now.
    let judgement = observation.map { rollout.judge($0, at: now) }
    let isJudged = judgement?.isEmpty == false
    findings = isJudged ? judgement?.findings ?? [] : rollout.findings
    verdict = isJudged ? judgement?.verdict ?? rollout.verdict : rollout.verdict
    warmUntil = rollout.warm == nil ? nil : rollout.since + plan.bake
    bakeMilliseconds = plan.bake
    gates = GateView.all(of: rollout)
    slots = Slot.allCases.map { slot in Self.slotView(slot, rollout, observation, at: now) }
  }

  private static func slotView(_ slot: Slot, _ rollout: Rollout, _ observation: Observation?, at now: Timestamp) -> SlotView {
    let seen = observation?.world?[slot]
    // As far as figures go: those of a source that counts seldom are late, and of longer stretches.
    let window = max(.seconds(10), rollout.plan.metrics?.resolution ?? .zero)
    let newest = now - (rollout.plan.metrics?.lag ?? .zero)
    let weight = (observation?.world?.split ?? rollout.split).weight(of: slot)
    let start = rollout.servesSince(slot) ?? (weight > .zero ? newest - window : nil)
    let figures = start.flatMap { observation?.metrics?.figures(of: slot, from: max(newest - window, $0), to: newest) }
    return SlotView(
      slot: slot, role: slot == rollout.candidateSlot ? "candidate" : "live",
      version: slot == rollout.candidateSlot ? rollout.plan.version : rollout.plan.live?.release.version,
      weight: weight, readyReplicas: seen?.readyReplicas ?? 0,
      desiredReplicas: seen?.desiredReplicas ?? 0, notReadyBecause: seen?.notReadyBecause,
      requestsPerSecond: Double(figures?.requests ?? 0) / window.seconds,
      errorRate: figures?.errorRatio,
      p95Milliseconds: figures?.latency.quantileMicroseconds(0.95).map { Double($0) / 1000 })
  }
}

extension Rollout {
  /// Since when the slot's figures are those of the release that this rollout knows in it; `nil` when that has had no traffic.
  package func servesSince(_ slot: Slot) -> Timestamp? {
    // Figures come in whole seconds: the one in which the exposure began counts.
    slot == candidateSlot ? exposedSince.map { $0 - .seconds(1) } : plan.live.map { _ in startedAt - .hours(1) }
  }
}
