import SlipwayEngine
import SlipwayModel

/// What the journal says of one rollout, read by rules of its own: none of the engine's code that folds events is used here,
/// so that a mistake in it is a difference and not an agreement. Changed in place: the plan inside makes copies dear.
final class RolloutRecord {
  /// Where the rollout is.
  enum Place: String, CaseIterable {
    case pending
    case building
    case deploying
    case validating
    case scaling
    case routing
    case holding
    case baking
    /// The bake is over, the previous slot is being stopped.
    case ending
    case goingBack = "going_back"
    /// Traffic was seen at the safe state, the candidate is being stopped.
    case restored
    case over
  }

  let id: String
  let plan: Plan
  let digest: Digest
  let startedAt: Timestamp
  var place = Place.pending
  /// When the place was entered.
  var since: Timestamp
  /// Time that people paused it since the place was entered, and since when they do.
  var pausedFor = TimeSpan.zero
  var pausedSince: Timestamp?
  /// Somebody aborted it, or took it back.
  var isWithdrawn = false
  /// When somebody last promoted it, and how often it had been taken up again by then.
  var promotion: (at: Timestamp, resumptions: Int)?
  /// How often a server took it up again.
  var resumptions = 0
  /// It is the engine that paused it.
  var isUndecided = false
  /// The end of the newest block of time that was measured, and what the evidence came to then.
  var measuredUntil: Timestamp?
  var evidence: Verdict?
  var hasReference = false
  /// The newest interval of each criterion that counts failures in a row.
  var streaks: [String: IntervalJudged] = [:]
  /// What the watch over the promoted release last said.
  var watch: Verdict?
  var step: Int?
  var artifact: Digest?
  /// What was last found since the step began.
  var verdict: Verdict?
  /// The step whose pass is recorded and the one that has to follow it.
  var next: Int?
  /// Gates whose pass is recorded.
  var passes: Set<Name> = []
  /// The step that waits for its gates.
  var waiting: Int?
  /// The same, once somebody has promoted it.
  var promised: Int?
  /// What the journal asks for and does not yet know to be done, first one first.
  var outstanding: [Effect] = []
  /// Everything that was ever asked for.
  private(set) var formerly: [Effect] = []
  /// Effects that were asked for so far: their names count up.
  private var effects = 0
  var failures = 0
  /// Replicas that the journal knows the slots to have been given.
  var candidates = 0
  var live: Int
  /// The candidate's share that the journal last asked for, and the one it last knew to be applied.
  var asked = Percentage.zero
  var applied = Percentage.zero
  /// The split that the journal last asked for.
  var split: TrafficSplit
  /// Whether the candidate ever got traffic.
  var isExposed = false
  var isPromoted = false
  var style: RollbackSpec.Style?
  var exits = 0
  var phase: RolloutPhase = .pending
  var reason: Reason?

  init(_ start: RolloutStarted, at now: Timestamp) {
    id = start.id
    plan = start.plan
    digest = start.planDigest
    startedAt = now
    since = now
    artifact = start.plan.release?.artifact
    live = start.plan.live?.replicas ?? 0
    split = start.plan.live.map { .all(to: $0.slot) } ?? .none
  }

  var candidate: Slot { plan.candidateSlot }
  var planned: PlanStep? { step.map { plan.steps[$0] } }
  var isOver: Bool { place == .over }
  var isBack: Bool { place == .goingBack || place == .restored }

  /// Time since the place was entered that nobody paused.
  func spent(at now: Timestamp) -> TimeSpan {
    now - since - pausedFor - (pausedSince.map { now - max($0, since) } ?? .zero)
  }

  func enter(_ next: Place, at now: Timestamp, _ effects: [Effect] = []) {
    place = next
    since = now
    pausedFor = .zero
    (waiting, promised) = (nil, nil)
    ask(effects)
  }

  func ask(_ wanted: [Effect]) {
    effects += wanted.count
    outstanding = wanted
    for effect in wanted where !formerly.contains(effect) { formerly.append(effect) }
    failures = 0
    for case .route(let split) in wanted {
      self.split = split
      asked = split.weight(of: candidate)
    }
  }

  /// The name that the first outstanding effect has in the journal.
  var firstID: String? { outstanding.isEmpty ? nil : String(effects - outstanding.count) }

  /// Takes in that the first outstanding effect was done.
  func done(at now: Timestamp) {
    guard !outstanding.isEmpty else { return }
    failures = 0
    switch outstanding.removeFirst() {
    case .prepare, .ask: break
    case .ensure(let slot, let replicas): if slot == candidate { candidates = replicas } else { live = replicas }
    case .route(let split):
      applied = split.weight(of: candidate)
      if applied > .zero || !split.rules.isEmpty { isExposed = true }
    case .retire(let slot): if slot == candidate { candidates = 0 } else { live = 0 }
    }
  }

  /// The split that a step's traffic gets, by the plan alone.
  func split(of step: PlanStep) -> TrafficSplit {
    if step.weight == .hundred { return .all(to: candidate) }
    return TrafficSplit(
      green: candidate == .green ? step.weight : step.weight.complement,
      rules: plan.routing.candidateRules.map { RoutingRule(source: $0.source, name: $0.name, value: $0.value, slot: candidate) },
      mirror: plan.routing.mirror, mirrorTo: plan.routing.mirror == .zero ? nil : candidate)
  }

  /// The gates that have to pass before this and have not.
  func open(_ place: GateSpec.Place) -> [Name] {
    (plan.gates ?? []).filter { $0.before == place && !passes.contains($0.name) }.map(\.name)
  }

  /// Whether gates are asked, or are to be once something else is done.
  var isAsking: Bool { outstanding.contains { if case .ask = $0 { true } else { false } } }

  /// Where traffic is safe.
  var safe: TrafficSplit { plan.live.map { .all(to: $0.slot) } ?? .none }

  /// What gives a step its replicas: room first, then the candidates.
  ///
  /// - Parameter before: replicas that the live slot keeps meanwhile.
  func scaling(to step: PlanStep, before: Int) -> [Effect] {
    var wanted: [Effect] = []
    if let slot = plan.live?.slot, before < live { wanted.append(.ensure(slot: slot, replicas: before)) }
    if step.candidateReplicas > candidates { wanted.append(.ensure(slot: candidate, replicas: step.candidateReplicas)) }
    return wanted
  }
}
