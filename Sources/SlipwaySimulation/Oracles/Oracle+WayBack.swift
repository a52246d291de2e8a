import SlipwayEngine
import SlipwayModel

/// The way back: direct, traffic first, never up again; and the one end that each rollout has.
extension Oracle {
  mutating func takeWayBack(_ event: Event, _ record: RolloutRecord, _ turn: Turn) {
    switch event {
    case .rollbackStarted(let value): takeStart(value, event, record, turn)
    case .rollbackStepStarted(let value):
      let isStarting = record.asked == record.applied && record.live == 0
      expect(record.place == .goingBack && record.outstanding.isEmpty, event, record)
      if value.weight == .zero {
        if !isStarting || record.style == .gradual { sightings.see(.descendedToTheEnd) }
        route(record.safe, record, turn)
      } else {
        expect(record.style == .gradual, event, record, "nobody asked for stages")
        if value.weight >= record.asked { violate(.rise, "\(record.id) goes back and raises its candidate to \(value.weight)") }
        sightings.see(.descended)
        route(.share(value.weight, to: record.candidate), record, turn)
      }
    case .trafficRestored:
      let isNeverRouted = record.plan.live == nil && !record.isExposed
      expect(record.place == .goingBack && record.outstanding.isEmpty, event, record)
      expect(isSeen(record.safe, turn) || isNeverRouted, event, record, "traffic was not seen at the safe state")
      record.enter(.restored, at: turn.at)
      var wanted: [Effect] = []
      if let live = record.plan.live, record.live < live.replicas { wanted.append(.ensure(slot: live.slot, replicas: live.replicas)) }
      record.ask(wanted + [.retire(slot: record.candidate)])
    case _: break
    }
  }

  private func route(_ split: TrafficSplit, _ record: RolloutRecord, _ turn: Turn) {
    record.since = turn.at
    record.pausedFor = .zero
    record.ask([.route(split)])
  }

  private mutating func takeStart(_ value: RollbackStarted, _ event: Event, _ record: RolloutRecord, _ turn: Turn) {
    expect(!record.isBack && record.place != .ending && record.place != .over, event, record)
    if value.style == .gradual {
      expect(record.plan.rollback.style == .gradual && !record.isPromoted, event, record, "nobody asked for stages")
    }
    sightings.seeWayBack(value, record)
    if value.reason.code == Reason.anomaly { expect(record.watch == .fail, event, record, "no evidence says so") }
    if value.reason.code == Reason.worse { expect(record.evidence == .fail, event, record, "no evidence says so") }
    let from = record.place
    record.style = value.style
    record.reason = value.reason
    record.pausedSince = nil
    record.enter(.goingBack, at: turn.at)
    if from == .pending || from == .building { return record.place = .restored }
    if value.style == .gradual {
      let passed = record.plan.steps.prefix((record.step ?? 0) + 1).map(\.weight)
      if let next = passed.filter({ $0 > .zero && $0 < record.applied }).max() {
        return route(.share(next, to: record.candidate), record, turn)
      }
    }
    if let live = record.plan.live, record.live == 0 {
      sightings.see(.liveStartedFirst)
      record.ask([.ensure(slot: live.slot, replicas: live.replicas)])
    } else {
      route(record.safe, record, turn)
    }
  }

  mutating func takeEnd(_ event: Event, _ record: RolloutRecord, _ turn: Turn) {
    switch event {
    case .rolloutSucceeded:
      expect(record.place == .ending && record.outstanding.isEmpty, event, record)
      record.phase = .succeeded
      if let artifact = record.artifact {
        let plan = record.plan
        let release = Release(version: plan.version, artifact: artifact, configuration: plan.configuration)
        live = LiveRelease(
          slot: record.candidate, release: release, replicas: plan.replicas, service: plan.service, listen: plan.listen)
        proven.insert(release)
      }
      sightings.see(record.plan.purpose == .rollback ? .wentBackByRollout : .succeeded)
    case .rolloutRolledBack:
      expect(record.place == .restored && record.outstanding.isEmpty, event, record)
      record.phase = .rolledBack
      sightings.see(.rolledBack)
    case .rolloutFailed(let reason):
      // One that another server's rollout has overtaken ends wherever it is.
      let isOvertaken = reason.code == "overtaken" && records.last?.id != record.id
      expect(record.place == .goingBack || isOvertaken, event, record)
      if isOvertaken { sightings.see(.overtaken) }
      record.phase = .failed
      record.reason = reason
      if !isOvertaken, record.isPromoted, let artifact = record.artifact {
        let plan = record.plan
        let release = Release(version: plan.version, artifact: artifact, configuration: plan.configuration)
        live = LiveRelease(
          slot: record.candidate, release: release, replicas: plan.replicas, service: plan.service, listen: plan.listen)
      }
      sightings.see(.failed)
    case _: break
    }
    record.place = .over
    record.ask([])
  }
}
