import Logging
import SlipwayEngine
import SlipwayModel
import SlipwayPorts

/// Drives one rollout: takes in what is observed and what people decide, one message after another, journals what the
/// rollout makes of it, and only then lets the world be changed.
///
/// The driver owns no decision. Everything that could be lost with the process is in the journal, so that another driver,
/// started after a crash, goes on from there.
package actor RolloutDriver {
  indirect enum Message: Sendable {
    /// Somebody has looked; `newest` is the index of the newest entry of the moment in which he began to.
    case observed(Observation, newest: Int64)
    case effectFinished(id: String, Result<EffectOutcome, SlipwayError>)
    case command(Command, Actor, CheckedContinuation<Result<Void, SlipwayError>, Never>)
  }

  private(set) var rollout: Rollout
  /// Index of the rollout's newest entry in the journal.
  private(set) var newestIndex: Int64
  private(set) var lastObservation: Observation
  private var watch: Watch
  /// Figures that were read so far and are still of use: each look asks the source for what is new only.
  private var figures = MetricSeries(intervals: [])
  /// Stands here too: to ask a rollout for more than a stored value copies all of it.
  private let key: DeploymentKey
  private let id: String
  /// Where the plan has its figures come from.
  private let source: MetricsSpec?
  /// Figures that are older than this are asked for only by the time since a step or a bake began.
  private let longestWindow: TimeSpan
  /// Operations that did not answer the last time.
  private var silent: Set<String> = []
  private(set) var lease: Lease
  let ports: Ports
  let logger: Logger
  /// Signalled after every commit and every observation.
  let changes: Changes
  private let mailbox = Mailbox<Message>()
  /// No effect is begun before this: the result of one could not be journaled, and doing it again at once would not help.
  private var noEffectsBefore: Timestamp?
  /// Somebody has looked, and what followed from it is in the journal. Before that what is still to be done may be wrong by now: the
  /// world has changed while the server was gone, or a decision that would have stopped it could not be recorded.
  private var mayAct = false
  /// The newest entry when the look began that has just been taken in; `nil` when the newest message was none.
  private var seenSince: Int64?
  private var inFlight: (id: String, outcome: Mailbox<Result<EffectOutcome, SlipwayError>>)?
  private var isOver = false
  private var hasEnded = false

  init(rollout: Rollout, newestIndex: Int64, lease: Lease, ports: Ports, changes: Changes, logger: Logger) {
    self.rollout = rollout
    key = rollout.key
    id = rollout.id
    self.newestIndex = newestIndex
    self.lease = lease
    self.ports = ports
    self.changes = changes
    var logger = logger
    logger[metadataKey: "rollout"] = "\(rollout.id)"
    self.logger = logger
    source = rollout.plan.metrics
    let criteria = rollout.plan.rollback.triggers + rollout.plan.steps.flatMap(\.allCriteria)
    // Of an interval that is over the last figures may come half a minute later.
    let windows = criteria.compactMap { $0.streak.map { $0.interval + .minutes(1) } ?? $0.window }
    longestWindow = max(windows.max() ?? .zero, .minutes(5)) + .seconds(5) + (rollout.plan.metrics?.lag ?? .zero)
    watch = Watch(from: ports.clock.now())
    lastObservation = .nothing(at: ports.clock.now())
  }

  /// Drives the rollout until it is over, the lease is lost, or the task is cancelled.
  func run() async {
    await withTaskCancellationHandler {
      await withDiscardingTaskGroup { group in
        group.addTask { await self.observeForever() }
        group.addTask { await self.keepLease() }
        while let message = await mailbox.next() {
          await handle(message)
          if rollout.phase.isTerminal || isOver { break }
          startEffect(in: &group)
        }
        isOver = true
        mailbox.close()
        inFlight?.outcome.close()
        group.cancelAll()
      }
    } onCancel: {
      mailbox.close()
    }
    await refuseWaiting()
    if rollout.phase.isTerminal {
      await giveLeaseBack()
      await seal()
    }
    hasEnded = true
    changes.signal()
  }

  /// Gives the rollout a command and waits until what follows from it is in the journal.
  func submit(_ command: Command, by actor: Actor) async throws(SlipwayError) {
    let result: Result<Void, SlipwayError> = await withCheckedContinuation { continuation in
      if isOver || rollout.phase.isTerminal {
        continuation.resume(returning: .failure(Self.over(rollout)))
      } else if !mailbox.send(.command(command, actor, continuation)) {
        continuation.resume(returning: .failure(Self.over(rollout)))
      }
    }
    try result.get()
  }

  /// Returns when the rollout is no longer driven here and its lease is free.
  func finished() async {
    while !Task.isCancelled {
      let seen = changes.count
      if hasEnded { return }
      await changes.wait(past: seen)
    }
  }

  private func handle(_ message: Message) async {
    seenSince = nil
    do {
      switch message {
      case .observed(let observation, let newest):
        lastObservation = observation
        mayAct = false
        // Most looks change nothing, and wait for nothing.
        let now = ports.clock.now()
        let events = try rollout.decide(.tick(observation), at: now)
        if !events.isEmpty { try await record(events, at: now, by: .engine, cause: "tick") }
        mayAct = true
        seenSince = newest
        changes.signal()
      case .effectFinished(let id, let result):
        if inFlight?.id == id { inFlight = nil }
        noEffectsBefore = ports.clock.now() + .seconds(1)
        switch result {
        case .success(let outcome): try await carryOut(.effectSucceeded(id: id, outcome), by: .engine, cause: "effect \(id)")
        case .failure(let error): try await carryOut(.effectFailed(id: id, error), by: .engine, cause: "effect \(id)")
        }
        noEffectsBefore = nil
      case .command(let command, let actor, let continuation):
        do throws(SlipwayError) {
          try await carryOut(command, by: actor, cause: "intent")
          continuation.resume(returning: .success(()))
        } catch {
          continuation.resume(returning: .failure(error))
        }
      }
    } catch {
      await stumble(over: error)
    }
  }

  /// Decide, record, apply. What is not in the journal did not happen: when the append fails, so does the command, and the
  /// state stays as it was.
  private func carryOut(_ command: Command, by actor: Actor, cause: String) async throws(SlipwayError) {
    let now = ports.clock.now()
    let events = try rollout.decide(command, at: now)
    if !events.isEmpty { try await record(events, at: now, by: actor, cause: cause) }
  }

  private func record(_ events: [Event], at now: Timestamp, by actor: Actor, cause: String) async throws(SlipwayError) {
    let drafts = RolloutStream.drafts(events, rollout: id, at: now, actor: actor, cause: cause)
    do {
      newestIndex = try await ports.journal.append(drafts, after: newestIndex, fence: lease.fence).last ?? newestIndex
    } catch {
      throw SlipwayError.wrapping(error, code: .journalFailed, message: "the journal did not take an entry")
    }
    for event in events {
      rollout.apply(event, at: now)
      logger.debug("event", metadata: ["kind": "\(event.kind.rawValue)"])
    }
    changes.signal()
  }

  private func stumble(over error: SlipwayError) async {
    if error.code == .staleEpoch || error.code == .staleIndex {
      logger.error("another writer has taken over; this one stops", metadata: ["error": "\(error.message)"])
      isOver = true
      // Nobody may send a message any more: whoever waits for the next one, and for the end, goes on.
      mailbox.close()
      return
    }
    logger.error("a turn failed and will be repeated", metadata: ["error": "\(error)"])
  }

  private func refuseWaiting() async {
    while let message = await mailbox.next() {
      if case .command(_, _, let continuation) = message { continuation.resume(returning: .failure(Self.over(rollout))) }
    }
  }

  private static func over(_ rollout: Rollout) -> SlipwayError {
    SlipwayError(
      .rolloutOver, .refused, "rollout \(rollout.id) is over: \(rollout.phase.rawValue)", remedy: "look at `slipway status`")
  }
}

extension RolloutDriver {
  /// Starts the first pending effect, unless it is under way. One that is under way and no longer wanted is cancelled first:
  /// a rollback waits for nothing that forward work began.
  ///
  /// What runs is changed only right after a look since whose beginning nothing was written. What it was decided by may be old: the
  /// disk was slow, a build has ended, a person decided without having looked, or an attempt has failed meanwhile.
  private func startEffect(in group: inout DiscardingTaskGroup) {
    let wanted = rollout.pause == nil ? rollout.pending.first : rollout.due
    if let current = inFlight, current.id != wanted?.id {
      current.outcome.close()
      inFlight = nil
    }
    guard let wanted, inFlight == nil, mayAct, noEffectsBefore.map({ $0 <= ports.clock.now() }) ?? true else { return }
    guard wanted.effect.isDoneAtOnce || seenSince == newestIndex && rollout.retryAt.map({ $0 <= ports.clock.now() }) ?? true else { return }
    if rollout.waitsForSight(wanted.effect, seeing: lastObservation) { return }
    let call = EffectCall(
      rollout: rollout, planned: wanted, epoch: lease.epoch, notBefore: rollout.retryAt,
      obstacle: rollout.obstacle(to: wanted.effect, seeing: lastObservation), ports: ports)
    inFlight = (wanted.id, call.outcome)
    group.addTask { [mailbox] in
      if let result = await call.run() { mailbox.send(.effectFinished(id: wanted.id, result)) }
    }
  }

  /// Looks at the world again and again, and at once after something was done.
  private func observeForever() async {
    while !Task.isCancelled && !isOver {
      let newest = newestIndex
      let observation = await observe()
      if Task.isCancelled { return }
      mailbox.send(.observed(observation, newest: newest))
      do { try await ports.clock.sleep(for: pauseBeforeNextLook()) } catch { return }
    }
  }

  /// Asks the target, then the metric source. The ports bound how long each may take, so that one that hangs is one that does
  /// not answer.
  private func observe() async -> Observation {
    let oldest = oldestFigures
    let since = max(oldest, figures.asOf ?? oldest)
    var (seen, read): (WorldObservation?, MetricSeries?)
    do {
      seen = try await ports.target.observe(key)
      noteAnswer(Self.observing)
    } catch { note(silence: Self.observing, error) }
    do {
      read = try await ports.metrics.read(key, as: source, since: since)
      noteAnswer(Self.reading)
    } catch { note(silence: Self.reading, error) }
    if let read { figures = folded(figures.continued(by: read, keeping: oldest)) }
    watch.looked(at: ports.clock.now(), isSeen: seen != nil)
    return Observation(world: seen, metrics: read == nil ? nil : figures, watch: watch)
  }

  private static let observing = "target.observe"
  private static let reading = "metrics.read"

  /// A source that stays silent is logged once, and once more when it answers again.
  private func note(silence operation: String, _ error: any Error) {
    guard !Task.isCancelled, silent.insert(operation).inserted else { return }
    logger.warning("could not observe", metadata: ["operation": "\(operation)", "error": "\(error)"])
  }

  private func noteAnswer(_ operation: String) {
    if silent.isEmpty || silent.remove(operation) == nil { return }
    logger.info("can be observed again", metadata: ["operation": "\(operation)"])
  }

  /// Far enough back for every window of the plan, and for a baseline.
  private var oldestFigures: Timestamp {
    let window = longestWindow
    let now = ports.clock.now()
    switch rollout.phase {
    case .shifting where rollout.stage == .holding: return min(rollout.since, now - window)
    // What a bake is measured by: gaps are made good by later seconds, so more is kept than is asked for.
    case .baking: return min(max(rollout.since, now - .minutes(30)), now - window)
    case .pending, .building, .deploying, .validating, .shifting, .rollingBack, .succeeded, .rolledBack, .failed: return now - window
    }
  }

  /// Of a stage that lasts long only sums are kept of what is older than every window.
  private func folded(_ figures: MetricSeries) -> MetricSeries {
    guard rollout.phase == .shifting, rollout.stage == .holding else { return figures }
    let old = ports.clock.now() - longestWindow
    guard let first = figures.intervals.first, first.start < old else { return figures }
    return figures.folded(from: rollout.since, to: min(old, rollout.unmeasuredSince ?? old))
  }

  /// Once a second while figures are judged, sooner while something is awaited that can be seen; a build and a gate can't.
  private func pauseBeforeNextLook() -> TimeSpan {
    let isUnseen = rollout.phase == .building || rollout.phase != .shifting && rollout.gateBox != nil && rollout.gates?.asking != nil
    if isUnseen { return ports.clock.now() - rollout.since < .seconds(1) ? .milliseconds(200) : .seconds(1) }
    let judges = rollout.phase == .baking || rollout.phase == .shifting && rollout.stage == .holding
    guard judges else { return .milliseconds(200) }
    let rest = 1000 - (ports.clock.now().milliseconds + 1000 - momentOfLook) % 1000
    return .milliseconds(max(rest, 50))
  }

  /// In which millisecond of a second to look. The proxy's figures come at full seconds, so a tenth of a second after; outside sources
  /// have no such moment, and a thousand rollouts that look at one together would all wait for each other.
  private var momentOfLook: Int64 {
    guard let source, source.source != .proxy else { return 100 }
    // FNV-1a: the same rollout looks at the same moment, also after a restart.
    let hash = id.utf8.reduce(14_695_981_039_346_656_037 as UInt64) { ($0 ^ UInt64($1)) &* 1_099_511_628_211 }
    return Int64(hash % 1000)
  }

  /// Renews the lease well before it expires, at full seconds: those of many rollouts then share one wait for the disk.
  private func keepLease() async {
    while !Task.isCancelled && !isOver {
      do {
        try await ports.clock.sleep(for: LeaseTerm.renewal(at: ports.clock.now()))
        lease = try await ports.leases.renew(lease, until: ports.clock.now() + LeaseTerm.length)
      } catch is CancellationError {
        return
      } catch {
        await stumble(over: .wrapping(error, code: .journalFailed, message: "the lease could not be renewed"))
      }
    }
  }

  private func giveLeaseBack() async {
    do { try await ports.leases.release(lease, at: ports.clock.now()) } catch {
      logger.warning("the lease could not be given back and will expire", metadata: ["error": "\(error)"])
    }
  }
}

extension RolloutDriver {
  /// The end of a rollout is what an auditor asks for: it is signed at once.
  private func seal() async {
    do { try await ports.journal.seal(at: ports.clock.now()) } catch {
      logger.warning("the journal could not be signed and will be with its next entries", metadata: ["error": "\(error)"])
    }
  }
}

/// How long a lease lasts, and how often it is renewed.
enum LeaseTerm {
  static let length = TimeSpan.seconds(30)

  /// How long to wait for the next renewal: ten seconds, and what is left to a full one.
  static func renewal(at now: Timestamp) -> TimeSpan { .seconds(10) + .milliseconds((1000 - now.milliseconds % 1000) % 1000) }
}

extension SlipwayError.Code {
  package static let journalFailed = SlipwayError.Code("journal-failed")
  package static let staleEpoch = SlipwayError.Code("stale-epoch")
  package static let staleIndex = SlipwayError.Code("stale-index")
}

extension SlipwayError {
  /// The error itself when it is one of ours, else one of kind `broken` around it.
  static func wrapping(_ error: any Error, code: Code, message: String) -> SlipwayError {
    (error as? SlipwayError)
      ?? SlipwayError(code, .broken, message, remedy: "look at the log of `slipway serve`; nothing that was recorded is lost", cause: error)
  }
}
