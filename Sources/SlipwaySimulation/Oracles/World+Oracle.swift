import SlipwayEngine
import SlipwayModel
import SlipwayPorts
import SlipwayRuntime

/// Where the world asks the oracle. Each call costs a few comparisons.
extension World {
  /// Entries became durable.
  func judgeAppend(_ drafts: [JournalDraft]) {
    oracle.take(drafts, now: now, figures: { self.meter.kept.series(since: $0, onlyTrue: true) })
    takeNotes()
  }

  /// Entries are about to be written under a lease.
  func judgeFence(_ fence: LeaseFence?, of drafts: [JournalDraft]) {
    guard let first = drafts.first, first.content is Event, fence?.epoch != oracle.newestLease else { return }
    // What a later rollout has overtaken can't be written to under a lease any more.
    if fence == nil, first.kind == EventKind.rolloutFailed.rawValue, oracle.hasTwoServers { return }
    oracle.violate(.fence, "\(first.kind) is appended under epoch \(fence?.epoch ?? 0), the newest is \(oracle.newestLease)")
    takeNotes()
  }

  /// An effect takes effect in the world.
  func judge(_ effect: Effect, _ operation: Operation, release: Release? = nil) {
    oracle.take(effect, operation, release: release, present: split)
    takeNotes()
  }

  /// The engine was shown the target.
  func judgeSight(_ observation: WorldObservation) {
    oracle.seen.take(observation, at: now)
    if !faults.isQuiet {
      oracle.judgeDrift(observation, at: now)
      takeNotes()
    }
  }

  /// Somebody was refused: an error is shown to people and says nothing that is nobody's business.
  ///
  /// - Parameter kind: what was to be done; `nil` for a deployment.
  func judgeRefusal(of kind: Act.Kind?, _ error: any Error) {
    if "\(error)".contains(Generator.canary) { violate(.secret, "an error shows a value") }
    guard let error = error as? SlipwayError, error.kind == .refused else { return }
    oracle.sightings.see(kind == nil ? .deployRefused : kind == .staleApproval ? .otherPlanRefused : .intentRefused)
  }

  /// Somebody got a lease.
  func judgeLease(_ lease: Lease) {
    if lease.epoch <= oracle.newestLease {
      oracle.violate(.fence, "epoch \(lease.epoch) was given out after \(oracle.newestLease)")
    }
    oracle.newestLease = max(oracle.newestLease, lease.epoch)
    takeNotes()
  }

  private func takeNotes() {
    guard !oracle.broken.isEmpty else { return }
    for (rule, words) in oracle.takeBroken() { violate(rule, words) }
  }
}

extension World {
  /// A server has read the journal: what it knows has to be what the entries say that were durable.
  func judgeRecovery(of engine: Engine, isAlive: Bool) async {
    guard isAlive else { return }
    compare(await engine.rollouts(), when: "after its start")
    for record in oracle.records where !record.isOver {
      record.resumptions += 1
      oracle.sightings.seeResumed(record)
    }
  }

  /// The run is over: what the server knows has to be what the journal says, and everything has to have ended in time.
  func judgeEnd() async {
    let reason = end ?? .overdue
    // A rollout that people paused waits for them, unless nothing is left to decide.
    let open = oracle.records.filter { !$0.isOver }
    let isPaused = !open.isEmpty && open.allSatisfy { $0.pausedSince != nil && $0.place != .ending }
    // Of two servers side by side one may die with a rollout that the other has not heard of; a start or a deployment finds it.
    let waits = isPaused || oracle.hasTwoServers
    if reason != .completed, reason == .spinning || !waits { violate(.end, "the run ended \(reason.rawValue): \(oracle.open)") }
    judgeNotices()
    guard let server, server.answers else { return }
    // A server applies what it has appended a moment later.
    do { try await scheduler.sleep(until: now + .milliseconds(50)) } catch { return }
    if server.answers { compare(await server.engine.rollouts(), when: "at the end") }
  }

  private func compare(_ known: [Rollout], when: String) {
    guard oracle.isReadable, !oracle.hasTwoServers else { return }
    for rollout in known {
      guard let shadow = shadows[rollout.id]?.rollout else {
        violate(.replay, "the server knows \(rollout.id) \(when), the journal does not")
        continue
      }
      if shadow != rollout { violate(.replay, "\(rollout.id) is not what the journal says \(when)") }
      if let record = oracle[rollout.id] { agree(rollout, record, when) }
    }
    if known.count != shadows.all.count { violate(.replay, "the server knows \(known.count) of \(shadows.all.count) rollouts \(when)") }
  }

  /// The engine's fold and the oracle's own reading of the same entries.
  private func agree(_ rollout: Rollout, _ record: RolloutRecord, _ when: String) {
    let isSame =
      rollout.phase.isTerminal == record.isOver && rollout.stepIndex == record.step && rollout.isPromoted == record.isPromoted
      && rollout.pending.map(\.effect) == record.outstanding && rollout.intendedSplit == record.split
      && (rollout.pause == nil) == (record.pausedSince == nil || record.isOver)
    if !isSame {
      violate(.replay, "\(rollout.id) folds to \(rollout.phase.rawValue), its entries say \(record.place.rawValue) \(when)")
    }
  }
}

extension Oracle {
  /// What is not over, in words.
  var open: String {
    let open = records.filter { !$0.isOver }.map { "\($0.id) is \($0.place.rawValue)\($0.pausedSince == nil ? "" : ", paused")" }
    return open.isEmpty ? "no rollout is open" : open.joined(separator: "; ")
  }
}
