import SlipwayModel

/// A process of a release.
struct Replica {
  var startedAt: Timestamp
  /// When it passes its readiness probe; `nil` when it never does.
  var readyAt: Timestamp?
  /// When it ends by itself.
  var exitsAt: Timestamp?
  /// When it is started again after it ended.
  var restartsAt: Timestamp?
  var isReady = false
  /// How often it has ended by itself.
  var exits = 0
}

/// What runs in a slot.
final class Place {
  var workload: Workload?
  let model: ReleaseModel
  var replicas: [Replica] = []
  var ready = 0
  var readySince: Timestamp?
  /// Whether it ever had a ready replica.
  var hasBeenReady = false
  var restarts = 0
  var lastExit: ExitReport?
  /// Failed probes in a row of a replica that was ready before.
  var failedProbes = 0
  /// Until when its probes fail.
  var failsProbesUntil: Timestamp?
  /// Since when the release has had traffic.
  var exposedSince: Timestamp?
  /// When what is being stopped will be gone.
  var goneAt: Timestamp?

  init(workload: Workload? = nil, model: ReleaseModel = ReleaseModel()) {
    self.workload = workload
    self.model = model
  }

  /// The next instant at which something happens here by itself.
  var nextChange: Timestamp? {
    var next = Self.sooner(goneAt, failsProbesUntil)
    for replica in replicas {
      if let restartsAt = replica.restartsAt {
        next = Self.sooner(next, restartsAt)
      } else {
        if !replica.isReady { next = Self.sooner(next, replica.readyAt) }
        next = Self.sooner(next, replica.exitsAt)
      }
    }
    return next
  }

  private static func sooner(_ one: Timestamp?, _ other: Timestamp?) -> Timestamp? {
    guard let one, let other else { return one ?? other }
    return min(one, other)
  }

  func started(at now: Timestamp, exits: Int, delay: TimeSpan = .zero) -> Replica {
    var replica = Replica(startedAt: now, readyAt: model.startup.map { now + $0 + delay }, exits: exits)
    if let crash = model.crash, crash.times.map({ exits < $0 }) ?? true {
      switch crash.moment {
      case .beforeBind:
        replica.exitsAt = now + crash.after
        replica.readyAt = nil
      case .afterBind: replica.exitsAt = replica.readyAt.map { $0 + crash.after }
      }
    }
    return replica
  }

  /// Does what happens at this instant. What is gone then is for the world to take away.
  func change(at now: Timestamp) {
    if let end = failsProbesUntil, end <= now {
      failsProbesUntil = nil
      failedProbes = 0
    }
    for index in replicas.indices {
      if let restartsAt = replicas[index].restartsAt {
        if restartsAt <= now { replicas[index] = started(at: now, exits: replicas[index].exits) }
        continue
      }
      if let exitsAt = replicas[index].exitsAt, exitsAt <= now { end(index, at: now) }
      if replicas[index].restartsAt == nil, let readyAt = replicas[index].readyAt, readyAt <= now { replicas[index].isReady = true }
    }
    count(at: now)
  }

  /// A process ends by itself and is started again after a pause that doubles from 1 s to 32 s.
  func end(_ index: Int, at now: Timestamp, status: String = "exit status 1") {
    let wasBound = replicas[index].isReady
    restarts += 1
    lastExit = ExitReport(at: now, status: status, wasBound: wasBound, lastLines: [])
    replicas[index].exits += 1
    replicas[index].isReady = false
    replicas[index].restartsAt = now + .seconds(Int64(1 << min(replicas[index].exits - 1, 5)))
  }

  /// Counts the replicas that are ready.
  func count(at now: Timestamp) {
    let isLost = goneAt != nil || failsProbesUntil != nil && failedProbes >= workload?.service.health.failures ?? 3
    ready = isLost ? 0 : replicas.reduce(0) { $0 + ($1.isReady ? 1 : 0) }
    if ready > 0 { hasBeenReady = true }
    let isComplete = ready > 0 && ready >= workload?.replicas ?? 0
    readySince = isComplete ? readySince ?? now : nil
  }

  /// What is reported of the slot by a target whose clock is this far from the true time.
  func observed(_ clock: TimeSpan) -> SlotObservation {
    guard let release = workload?.release else { return SlotObservation() }
    return SlotObservation(
      release: release, desiredReplicas: goneAt == nil ? workload?.replicas ?? 0 : 0, readyReplicas: ready,
      readySince: readySince.map { $0 + clock },
      consecutiveFailures: failedProbes, restarts: restarts, lastExit: lastExit)
  }
}
