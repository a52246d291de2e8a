import SlipwayEngine
import SlipwayModel
import SlipwayPorts

/// What an entry is judged by besides the entries before it.
struct Turn {
  /// The instant that the entry carries: all arithmetic of plans is done with these.
  let at: Timestamp
  /// The world's own instant.
  let now: Timestamp
  /// What a person decided in the same append.
  var intent: Intent?
  /// The figures that the world had to show since an instant.
  let figures: (Timestamp) -> MetricSeries
}

extension Oracle {
  /// Entries became durable, all at once.
  mutating func take(_ drafts: [JournalDraft], now: Timestamp, figures: @escaping (Timestamp) -> MetricSeries) {
    guard let first = drafts.first else { return }
    var turn = Turn(at: first.at, now: now, intent: nil, figures: figures)
    var alarmed: (RolloutRecord, String)?
    for draft in drafts {
      guard let event = draft.content as? Event else { continue }
      if case .rolloutStarted(let start) = event {
        begin(start, draft.at)
        continue
      }
      if case .intentRecorded(let intent) = event { turn.intent = intent }
      guard let record = self[draft.stream] else { continue }
      if record.isOver { violate(.terminal, "\(record.id) goes on after its end with \(draft.kind)") }
      judge(event, record, turn)
      if let alarm = Self.alarm(in: event), record.place == .holding || record.place == .baking { alarmed = (record, alarm) }
      if case .gateAnswered(let answer) = event, answer.outcome == .failed { alarmed = (record, "gate \(answer.gate) \(answer.account)") }
      if case .rollbackStarted = event { alarmed = nil }
    }
    if let (record, alarm) = alarmed { violate(.alarm, "\(record.id) does not go back although it is \(record.place.rawValue): \(alarm)") }
  }

  /// What sends a rollout back as soon as it is found, also during a pause: whatever is watched besides the criteria of a step.
  private static func alarm(in event: Event) -> String? {
    guard case .evaluated(let value) = event else { return nil }
    return value.findings.first { $0.verdict == .fail && ($0.subject == "guardrail" || $0.subject.hasPrefix("rollback if ")) }?.sentence
  }

  private mutating func begin(_ start: RolloutStarted, _ at: Timestamp) {
    let plan = start.plan
    if plan.live != live, isReadable {
      violate(
        .evidence,
        "\(start.id) takes \(plan.live?.release.version.description ?? "nothing") for live, the journal says "
          + (live?.release.version.description ?? "nothing"))
    }
    if let open = records.first(where: { !$0.isOver }) {
      violate(.fence, "\(start.id) begins while \(open.id) is under way")
    }
    if plan.purpose == .rollback {
      if !(plan.release.map { proven.contains($0) } ?? false) {
        violate(.evidence, "\(start.id) goes back to \(plan.version), which never passed")
      }
      if plan.steps.count != 1 || plan.steps.contains(where: { $0.hold > .zero || !$0.criteria.isEmpty }) || plan.bake > .zero {
        violate(.order, "\(start.id) goes back by stages")
      }
    }
    sightings.seeStart(start)
    add(RolloutRecord(start, at: at))
  }

  /// Checks an event against what has to be in the journal before it, and takes it in.
  mutating func judge(_ event: Event, _ record: RolloutRecord, _ turn: Turn) {
    if record.isWithdrawn { judgeWithdrawn(event, record) }
    switch event {
    case .rolloutStarted: break
    case .buildStarted:
      expect(record.place == .pending && record.plan.release == nil && record.outstanding.isEmpty, event, record)
      expectGates(.deploy, event, record)
      record.enter(.building, at: turn.at, [.prepare])
    case .releasePrepared(let value):
      expect(record.place == .building, event, record)
      record.artifact = value.artifact
    case .deployStarted: takeDeploy(event, record, turn)
    case .validationStarted:
      expect(record.place == .deploying && record.outstanding.isEmpty, event, record)
      record.enter(.validating, at: turn.at)
    case .gatesStarted(let value): takeGates(value, event, record, turn)
    case .gateAnswered(let value): takeAnswer(value, event, record)
    case .stepStarted(let value): takeStep(value.index, event, record, turn)
    case .capacityReady: takeCapacity(event, record, turn)
    case .holdStarted: takeHold(event, record, turn)
    case .splitDrifted(let value):
      // It is put back, and looked for anew: a look that lags goes on showing the old one for a while.
      drift = nil
      takeDrift(value.observed, event, record)
    case .referenceTaken:
      expect(!record.hasReference, event, record, "there is a reference already")
      record.hasReference = true
    case .measured(let value): takeMeasured(value, event, record, turn)
    case .intervalJudged(let value): takeInterval(value, event, record, turn)
    case .watched(let value):
      expect(record.place == .baking, event, record)
      record.watch = value.verdict
    case .undecided(let value):
      expect(record.place == .holding && value.step == record.step && record.pausedSince == nil, event, record)
      record.pausedSince = turn.at
      record.isUndecided = true
    case .evaluated(let value):
      record.verdict = value.verdict
      sightings.see(value.findings, of: record.plan)
    case .instanceExited(let value):
      expect(value.count > record.exits, event, record)
      record.exits = value.count
    case .stepPassed(let value): takePass(value, event, record, turn)
    case .promoted:
      expect(record.place == .holding && record.next == record.plan.steps.count, event, record)
      record.isPromoted = true
      record.next = nil
      record.enter(.baking, at: turn.at)
    case .bakeEnded(let value): takeBakeEnd(value, event, record, turn)
    case .effectSucceeded, .effectFailed: takeResult(event, record, turn)
    case .intentRecorded(let intent): takeIntent(intent, event, record, turn)
    case .rollbackStarted, .rollbackStepStarted, .trafficRestored: takeWayBack(event, record, turn)
    case .rolloutSucceeded, .rolloutRolledBack, .rolloutFailed: takeEnd(event, record, turn)
    }
  }

  /// Notes an event that lacks what has to be in the journal before it.
  mutating func expect(_ holds: Bool, _ event: Event, _ record: RolloutRecord, _ lacking: @autoclosure () -> String = "") {
    guard !holds else { return }
    let words = lacking()
    violate(
      .evidence,
      "\(record.id): \(event.kind.rawValue) while \(record.place.rawValue)"
        + (record.outstanding.isEmpty ? "" : ", with \(record.outstanding.count) effects not done") + (words.isEmpty ? "" : ": \(words)"))
  }

  /// Nothing goes forward by itself while people pause it.
  private mutating func expectRunning(_ event: Event, _ record: RolloutRecord) {
    expect(record.pausedSince == nil, event, record, "it is paused")
  }

  private mutating func takeDeploy(_ event: Event, _ record: RolloutRecord, _ turn: Turn) {
    let isPrepared = record.plan.release == nil ? record.place == .building && record.artifact != nil : record.place == .pending
    expect(isPrepared && record.outstanding.isEmpty, event, record)
    expectGates(.deploy, event, record)
    guard let first = record.plan.steps.first else { return }
    record.enter(.deploying, at: turn.at, record.scaling(to: first, before: first.liveReplicasBefore))
    record.live = min(record.live, first.liveReplicasBefore)
  }

  private mutating func takeStep(_ index: Int, _ event: Event, _ record: RolloutRecord, _ turn: Turn) {
    let step = record.plan.steps[index]
    if step.weight == .hundred { expectGates(.promotion, event, record) }
    if index == 0 {
      expectRunning(event, record)
      expect(record.place == .validating, event, record)
      expect(isSeenReady(step, record, turn), event, record, "\(step.candidateReplicas) ready replicas were not seen")
    } else {
      expect(record.place == .holding && record.next == index, event, record, "no pass leads to step \(index)")
    }
    // Who leaps past steps leaves the live slot what the share needs that it still has.
    let before = index > (record.step ?? -1) + 1 ? record.live : step.liveReplicasBefore
    record.step = index
    record.next = nil
    record.verdict = nil
    record.enter(.scaling, at: turn.at, record.scaling(to: step, before: before))
    record.live = min(record.live, before)
  }

  private mutating func takeCapacity(_ event: Event, _ record: RolloutRecord, _ turn: Turn) {
    guard let step = record.planned else { return expect(false, event, record) }
    expectRunning(event, record)
    expect(record.place == .scaling && record.outstanding.isEmpty, event, record)
    expect(isSeenReady(step, record, turn), event, record, "\(step.candidateReplicas) ready replicas were not seen")
    record.enter(.routing, at: turn.at, [.route(record.split(of: step))])
  }

  private func isSeenReady(_ step: PlanStep, _ record: RolloutRecord, _ turn: Turn) -> Bool {
    seen.ready(step.candidateReplicas, of: record.plan.version, in: record.candidate).map { turn.now - $0 <= Self.memory } ?? false
  }

  /// How long ago what an entry rests on may have been seen: looks may take seconds, and a server may stand still for a minute between
  /// its decision and the entry.
  static let memory = TimeSpan.seconds(75)

  private mutating func takeHold(_ event: Event, _ record: RolloutRecord, _ turn: Turn) {
    guard let step = record.planned else { return expect(false, event, record) }
    expectRunning(event, record)
    expect(record.place == .routing && record.outstanding.isEmpty, event, record)
    expect(isSeen(record.split(of: step), turn), event, record, "the split was not seen in force")
    record.enter(.holding, at: turn.at)
    record.streaks = record.streaks.filter { $0.key.hasPrefix("rollback if ") }
    guard let live = record.plan.live, step.liveReplicas < record.live else { return }
    sightings.see(step.liveReplicas == 0 ? .liveGoneByRolling : .liveShrunk)
    record.live = step.liveReplicas
    record.ask([step.liveReplicas == 0 ? .retire(slot: live.slot) : .ensure(slot: live.slot, replicas: step.liveReplicas)])
  }

  func isSeen(_ split: TrafficSplit, _ turn: Turn) -> Bool {
    seen.seen(split).map { turn.now - $0 <= Self.memory } ?? false
  }

  /// The split is applied again, before whatever was to be done.
  private mutating func takeDrift(_ observed: TrafficSplit, _ event: Event, _ record: RolloutRecord) {
    switch record.place {
    case .pending, .building, .deploying, .validating: sightings.see(.driftBefore)
    case .holding: sightings.see(.driftWhileHolding)
    case .baking: sightings.see(.driftWhileBaking)
    case .ending: sightings.see(.driftWhileEnding)
    case .goingBack: sightings.see(.driftOnTheWayBack)
    case .restored: sightings.see(.driftOnceRestored)
    case .routing: sightings.see(.driftWhileRouting)
    case .scaling, .over: expect(false, event, record)
    }
    for slot in Slot.allCases where !record.isBack && record.split.weight(of: slot) > observed.weight(of: slot) {
      expect(seen.isReady(slot), event, record, "\(slot.rawValue) has no ready replica and is to get traffic again")
    }
    record.applied = observed.weight(of: record.candidate)
    record.ask([.route(record.split)] + record.outstanding.filter { $0 != .route(record.split) })
  }

  private mutating func takeResult(_ event: Event, _ record: RolloutRecord, _ turn: Turn) {
    switch event {
    case .effectSucceeded(let value):
      expect(value.id == record.firstID, event, record, "effect \(value.id) is not the one that is waited for")
      if record.failures > 0 { sightings.see(.effectDoneAfterRetry) }
      record.done(at: turn.at)
    case .effectFailed(let value):
      expect(value.id == record.firstID, event, record, "effect \(value.id) is not the one that is waited for")
      record.failures = value.attempt
      sightings.see(value.retryAt == nil ? .effectGivenUp : .effectRetried)
      if value.retryAt == nil, !record.outstanding.isEmpty { record.outstanding.removeFirst() }
    case _: break
    }
  }

  private mutating func takeIntent(_ intent: Intent, _ event: Event, _ record: RolloutRecord, _ turn: Turn) {
    if intent.planDigest != record.digest, isReadable { violate(.intent, "\(record.id) takes a decision about another plan") }
    switch intent.kind {
    case .pause:
      record.pausedSince = turn.at
      sightings.see(.paused)
      if record.isAsking { sightings.see(.pausedAtGate) }
      if isSoonAfterPromotion(record, turn) { sightings.see(.withdrawnByPause) }
    case .resume:
      if let pausedSince = record.pausedSince { record.pausedFor = record.pausedFor + (turn.at - max(pausedSince, record.since)) }
      record.pausedSince = nil
      record.isUndecided = false
      sightings.see(.resumed)
    case .promote, .promoteFully:
      record.promotion = (turn.at, record.resumptions)
      if record.isUndecided { (record.pausedSince, record.isUndecided) = (nil, false) }
      if record.place == .holding, record.isAsking {
        record.promised = record.waiting
        sightings.see(.promotedAtGate)
      }
    case .abort, .rollback:
      record.isWithdrawn = true
      guard isSoonAfterPromotion(record, turn), let promotion = record.promotion else { return }
      sightings.see(record.resumptions > promotion.resumptions ? .withdrawnAfterCrash : .withdrawnByAbort)
    }
  }

  private func isSoonAfterPromotion(_ record: RolloutRecord, _ turn: Turn) -> Bool {
    record.promotion.map { turn.at - $0.at <= .seconds(15) } ?? false
  }

  /// What was approved counts no more once somebody took it back: the way back follows, and nothing forward.
  private mutating func judgeWithdrawn(_ event: Event, _ record: RolloutRecord) {
    switch event {
    case .buildStarted, .deployStarted, .validationStarted, .stepStarted, .capacityReady, .holdStarted, .stepPassed, .promoted, .bakeEnded,
      .undecided, .gatesStarted:
      violate(.intent, "\(record.id) goes on with \(event.kind.rawValue) though it was taken back")
    case .rolloutStarted, .releasePrepared, .splitDrifted, .referenceTaken, .measured, .intervalJudged, .watched, .evaluated,
      .instanceExited, .effectSucceeded, .effectFailed, .gateAnswered, .intentRecorded, .rollbackStarted, .rollbackStepStarted,
      .trafficRestored,
      .rolloutSucceeded, .rolloutRolledBack, .rolloutFailed:
      break
    }
  }

  /// The clocks of the machines were set by an hour.
  mutating func seeClockChange() {
    for record in records where !record.isOver {
      if record.place == .holding { sightings.see(.clocksSetWhileHolding) }
      if record.place == .baking { sightings.see(.clocksSetWhileBaking) }
    }
  }
}
