import SlipwayModel

/// One release going into one environment: the fold of its events.
///
/// ``decide(_:at:)`` says what should happen and changes nothing; ``apply(_:at:)`` is the only mutator and cannot fail;
/// ``pending`` lists what the outside world must now be made to look like, first one first.
package struct Rollout: Hashable, Sendable {
  /// What a step does at the moment.
  package enum Stage: String, Codable, CaseIterable, Hashable, Sendable {
    /// Replicas are being started; the split is the one of the step before.
    case scaling
    /// The step's split is being applied, or was and is not yet seen in force.
    case routing
    /// The split is in force and the candidate is judged.
    case holding
  }

  /// What a rollback does at the moment.
  package enum RollbackStage: String, Codable, CaseIterable, Hashable, Sendable {
    /// The candidate's share falls step by step.
    case descending
    /// The live slot has no replicas left; they are started before traffic returns.
    case startingLive = "starting_live"
    /// All traffic is being sent to the safe state, and has not yet been seen there.
    case routing
    /// Traffic is safe; what the candidate ran is being stopped.
    case retiring
  }

  package struct Pause: Hashable, Sendable {
    package let since: Timestamp
    package let reason: String
    package let actor: Actor
  }

  /// What never changes, shared by all copies: a rollout is copied at each turn.
  private final class Origin: Hashable, Sendable {
    let start: RolloutStarted
    let at: Timestamp

    init(_ start: RolloutStarted, at: Timestamp) {
      self.start = start
      self.at = at
    }

    static func == (one: Origin, other: Origin) -> Bool { one === other || one.at == other.at && one.start == other.start }

    func hash(into hasher: inout Hasher) {
      hasher.combine(start)
      hasher.combine(at)
    }
  }

  private let origin: Origin

  package internal(set) var phase: RolloutPhase = .pending
  /// When the phase, or the stage within a step, began; moved on by pauses, so that waiting for people uses no time up.
  package internal(set) var since: Timestamp
  package internal(set) var release: Release?
  /// The step of the plan that is under way or was last.
  package internal(set) var stepIndex: Int?
  package internal(set) var stage: Stage = .scaling
  /// When the candidate first got traffic in this rollout.
  package internal(set) var exposedSince: Timestamp?
  package internal(set) var pause: Pause?
  /// The split that was last applied.
  package internal(set) var split: TrafficSplit
  /// The split that the journal asks for.
  package internal(set) var intendedSplit: TrafficSplit
  /// When the split in force was last found to be another one.
  package internal(set) var driftedAt: Timestamp?
  package internal(set) var candidateReplicas = 0
  /// Replicas that the live slot surely has: lowered when a shrink is asked for, raised when a growth is done.
  package internal(set) var liveReplicas: Int
  /// The live slot's figures from when it last had a share of the traffic.
  package internal(set) var baseline: SlotFigures?
  /// The comparison with the live slot so far; `nil` before there is a reference.
  package internal(set) var comparison: StableComparison?
  /// What is known of the live slot from before, for comparison and watch.
  package internal(set) var reference: ReferenceTaken?
  /// The watch over the promoted release.
  package internal(set) var bakeWatch: BakeWatch?
  /// Until when both slots were measured, or the promoted one was watched; `nil` while the split is not a constant one, and without
  /// a comparison.
  package internal(set) var measuredUntil: Timestamp?
  /// The newest interval of each criterion that counts failures in a row, by the criterion's subject.
  package internal(set) var streaks: [String: IntervalJudged] = [:]
  /// What was last found, by subject.
  package internal(set) var findings: [Finding] = []
  /// The verdict on ``findings`` together.
  package internal(set) var verdict: Verdict = .insufficient
  package internal(set) var isPromoted = false
  package internal(set) var isBakeOver = false
  package internal(set) var isTrafficRestored = false
  /// Why it goes back or went back.
  package internal(set) var reason: Reason?
  package internal(set) var rollbackStage: RollbackStage?
  /// Shares that a gradual rollback has still to pass through, falling, without the final 0.
  package internal(set) var rollbackWeights: [Percentage] = []
  /// Exits of the candidate's processes that are in the journal.
  package internal(set) var exits = 0
  package internal(set) var lastExit: ExitReport?
  package internal(set) var finishedAt: Timestamp?
  /// Holds ``gates``: who only wants to know whether there are any asks here, which copies nothing.
  package private(set) var gateBox: GateBox?

  package internal(set) var pending: [PlannedEffect] = []
  /// Failed attempts at the first of ``pending``.
  package internal(set) var attempts = 0
  package internal(set) var retryAt: Timestamp?
  var effectCount = 0

  package init(_ start: RolloutStarted, at now: Timestamp) {
    origin = Origin(start, at: now)
    since = now
    release = start.plan.release
    let initial = start.plan.live.map { TrafficSplit.all(to: $0.slot) } ?? .none
    split = initial
    intendedSplit = initial
    liveReplicas = start.plan.live?.replicas ?? 0
  }

  /// Rebuilds a rollout from its events in order; `nil` when they don't begin with ``Event/rolloutStarted(_:)``.
  package init?(replaying events: some Sequence<(event: Event, at: Timestamp)>) {
    var rollout: Rollout?
    for (event, at) in events {
      if rollout == nil {
        guard case .rolloutStarted(let start) = event else { return nil }
        rollout = Rollout(start, at: at)
      } else {
        rollout?.apply(event, at: at)
      }
    }
    guard let rollout else { return nil }
    self = rollout
  }
}

extension Rollout {
  /// How far its gates are; `nil` before one was ever asked.
  package internal(set) var gates: GateProgress? {
    get { gateBox?.value }
    set { gateBox = newValue.map { GateBox($0) } }
  }

  /// Unique in the journal.
  package var id: String { origin.start.id }
  /// What was asked for.
  package var request: DeployRequest { _read { yield origin.start.request } }
  /// What will be done; compiled once.
  ///
  /// Lent, not copied: a plan has some forty references to count, and each look asks for it again and again.
  package var plan: Plan { _read { yield origin.start.plan } }
  /// Intents have to state it.
  package var planDigest: Digest { origin.start.planDigest }
  /// The rollout that this one repeats or undoes, when it does.
  package var follows: String? { origin.start.follows }
  /// When it began.
  package var startedAt: Timestamp { origin.at }
  /// The service and the environment.
  package var key: DeploymentKey { plan.key }
  /// The slot that takes the candidate.
  package var candidateSlot: Slot { plan.candidateSlot }
  package var step: PlanStep? { stepIndex.map { plan.steps[$0] } }
  /// The candidate's share of the traffic as last applied.
  package var weight: Percentage { split.weight(of: candidateSlot) }

  /// The split that a step asks for. Rules and mirror serve the trial: at 100 % there is none any more.
  func split(of step: PlanStep) -> TrafficSplit {
    guard step.weight < .hundred else { return .all(to: candidateSlot) }
    let rules = plan.routing.candidateRules.map {
      RoutingRule(source: $0.source, name: $0.name, value: $0.value, slot: candidateSlot)
    }
    return TrafficSplit(
      green: candidateSlot == .green ? step.weight : step.weight.complement, rules: rules, mirror: plan.routing.mirror,
      mirrorTo: plan.routing.mirror == .zero ? nil : candidateSlot)
  }

  /// Where the router listens under a split: where the live release is served, until the candidate has all the traffic. A release
  /// that goes back leaves the address as it was.
  package func listen(under split: TrafficSplit) -> ListenAddress? {
    guard let live = plan.live, split.weight(of: candidateSlot) < .hundred else { return plan.listen }
    return live.listen ?? plan.listen
  }

  /// Where traffic is safe: with what was live at the start, or nowhere when there was nothing.
  var safeSplit: TrafficSplit { plan.live.map { .all(to: $0.slot) } ?? .none }

  /// The candidate as something that can be live: known once its release is.
  package var candidate: LiveRelease? {
    release.map {
      LiveRelease(
        slot: candidateSlot, release: $0, replicas: plan.replicas, service: plan.service, listen: plan.listen, kubernetes: plan.kubernetes)
    }
  }

  /// What has all the traffic according to this rollout: the candidate once promoted, what was live before until then and
  /// after going back.
  package var live: LiveRelease? {
    switch phase {
    case .baking, .succeeded: candidate
    case .pending, .building, .deploying, .validating, .shifting, .rollingBack, .rolledBack: plan.live
    case .failed: isPromoted && !isTrafficRestored ? candidate : plan.live
    }
  }

  /// The release that a rollback of this rollout would return to without starting anything; `nil` when there is none.
  package var warm: LiveRelease? {
    phase == .baking && !isBakeOver && plan.keepsPreviousWarm ? plan.live : nil
  }
}
