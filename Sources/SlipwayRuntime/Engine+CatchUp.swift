import Logging
import SlipwayEngine
import SlipwayModel
import SlipwayPorts

extension Engine {
  /// Takes in the rollouts of the journal that are not known here: all of them at the start, and later those that another server
  /// has begun which took this one for dead, or was taken for dead itself.
  func catchUp() async throws {
    for attempt in 1... {
      do { return try await catchUpOnce() } catch {
        // What could not be taken up is not known: the next one who looks finds it again.
        for id in order.ids where drivers[id] == nil && finished[id] == nil && !beginning.contains(id) { forget(id) }
        guard let error = error as? SlipwayError, error.code.rawValue == "lease-held", attempt < 3 else { throw error }
      }
    }
  }

  private func catchUpOnce() async throws {
    let forgotten = forgotten
    let news = try await ports.journal.streams(after: caughtUpTo)
    var streams = news.streams
    if caughtUpTo >= 0 {
      guard streams.contains(where: { isUnknown($0) }) else { return note(caughtUpTo: news.newest, forgotten) }
      // Their place among the others is told by all of them.
      streams = try await ports.journal.streams()
    }
    let ids = streams.compactMap(RolloutStream.rollout(of:))
    let unfinished = try await takeIn(ids)
    order.sort(like: ids)
    note(caughtUpTo: news.newest, forgotten)
    try await Self.manyAtOnce(unfinished) { rollout, newest in
      if let newer = await self.newerRollout(than: rollout) {
        try await self.end(rollout, newest, overtakenBy: newer)
      } else {
        try await self.takeUp(rollout, newest)
      }
    }
  }

  /// Nothing is known for certain when something was forgotten while the journal was asked.
  private func note(caughtUpTo newest: Int64, _ before: Int) {
    caughtUpTo = forgotten == before ? max(caughtUpTo, newest) : -1
  }

  private func isUnknown(_ stream: String) -> Bool {
    RolloutStream.rollout(of: stream).map { !order.contains($0) && !beginning.contains($0) } ?? false
  }

  /// Reads those that are not known here, and returns the unfinished ones.
  private func takeIn(_ ids: [String]) async throws -> [(Rollout, newest: Int64)] {
    var unfinished: [(Rollout, newest: Int64)] = []
    for id in ids where !order.contains(id) && !beginning.contains(id) {
      let entries = try await ports.journal.entries(of: RolloutStream.name(of: id), after: -1)
      guard let rollout = try await RolloutStream.replay(entries), let newest = entries.last?.index else {
        nameless.insert(id)
        continue
      }
      if order.contains(id) { continue }
      order.append(id, of: rollout.key)
      newestIndexes[id] = newest
      if rollout.phase.isTerminal { finished[id] = rollout } else { unfinished.append((rollout, newest)) }
    }
    return unfinished
  }

  /// Does something with each, with so many at once that they share the journal's commits: a thousand waits for the disk, one after
  /// the other, would take long.
  private static func manyAtOnce(
    _ rollouts: [(Rollout, newest: Int64)], _ work: @escaping @Sendable (Rollout, Int64) async throws -> Void
  ) async throws {
    guard rollouts.count > 1 else {
      for (rollout, newest) in rollouts { try await work(rollout, newest) }
      return
    }
    try await withThrowingTaskGroup(of: Void.self) { group in
      for (place, (rollout, newest)) in rollouts.enumerated() {
        if place >= 64 { try await group.next() }
        group.addTask { try await work(rollout, newest) }
      }
      try await group.waitForAll()
    }
  }

  /// A rollout of the same key that began later.
  private func newerRollout(than rollout: Rollout) -> String? {
    order.ids(of: rollout.key).last.flatMap { $0 == rollout.id ? nil : $0 }
  }

  private func isKnown(_ id: String) -> Bool { order.contains(id) || beginning.contains(id) || nameless.contains(id) }

  /// What becomes of a rollout that another server has is read from the journal when it is needed.
  func forget(_ id: String) {
    order.remove(id)
    forgotten += 1
    caughtUpTo = -1
  }

  private func takeUp(_ rollout: Rollout, _ newest: Int64) async throws {
    logger.info("taking up an unfinished rollout", metadata: ["rollout": "\(rollout.id)", "phase": "\(rollout.phase.rawValue)"])
    let lease = try await acquire(rollout.id, rollout.request, at: ports.clock.now())
    // Until now another server may have gone on with it; from now on nobody else can.
    var (rollout, newest) = (rollout, newest)
    for entry in try await ports.journal.entries(of: RolloutStream.name(of: rollout.id), after: newest) {
      rollout.apply(try Event(kind: entry.kind, body: entry.body), at: entry.at)
      newest = entry.index
    }
    newestIndexes[rollout.id] = newest
    if rollout.phase.isTerminal {
      finished[rollout.id] = rollout
      return await giveBack(lease)
    }
    add(
      RolloutDriver(
        rollout: rollout, newestIndex: newest, lease: lease, ports: ports.at(rollout.plan), changes: changes, logger: logger), rollout.id)
  }

  /// Going on with what a later rollout has overtaken would undo that one. Nobody else can write to it any more: the later one's
  /// lease has a higher epoch.
  private func end(_ rollout: Rollout, _ newest: Int64, overtakenBy newer: String) async throws {
    logger.warning("ending a rollout that was overtaken", metadata: ["rollout": "\(rollout.id)", "by": "\(newer)"])
    let now = ports.clock.now()
    let events = try rollout.decide(.overtaken(by: newer), at: now)
    let drafts = RolloutStream.drafts(events, rollout: rollout.id, at: now, actor: .engine, cause: "overtaken")
    do {
      newestIndexes[rollout.id] = try await ports.journal.append(drafts, after: newest, fence: nil).last ?? newest
    } catch let error as SlipwayError where error.code == .staleIndex {
      // Another server has ended it meanwhile; what it wrote is read when needed.
      return forget(rollout.id)
    }
    var rollout = rollout
    for event in events { rollout.apply(event, at: now) }
    finished[rollout.id] = rollout
  }

  /// Takes the lease for a rollout. A holder of which neither this server nor the journal knows a rollout under way never began
  /// one, or has ended: its server was killed in between.
  ///
  /// Another server may begin a rollout at any moment. So the newest lease is read first, then whether the journal has a rollout
  /// that is not known here; and the lease is given only when neither has changed by then. Whoever was faster keeps it.
  func acquire(_ id: String, _ request: DeployRequest, at now: Timestamp) async throws -> Lease {
    let newest = try await ports.leases.newest(of: request.key)
    let news = try await ports.journal.streams(after: caughtUpTo).streams
    guard news.compactMap(RolloutStream.rollout(of:)).allSatisfy({ isKnown($0) }) else {
      throw SlipwayError(
        .init("lease-held"), .refused, "another server has begun a rollout meanwhile", remedy: "look at `slipway status` and try again")
    }
    // The server that drives a rollout goes on writing while this one takes it up.
    let others = newest.flatMap { $0.holder == id ? nil : $0 }
    return try await ports.leases.acquire(
      LeaseRequest(
        key: request.key, holder: id, actor: request.actor, reason: request.reason, expiry: now + LeaseTerm.length,
        replacing: others.flatMap { drivers[$0.holder] == nil ? $0.holder : nil },
        after: LeaseRequest.Predecessor(
          epoch: newest?.epoch ?? 0, stream: others.flatMap { drivers[$0.holder] == nil ? RolloutStream.name(of: $0.holder) : nil },
          newest: others.flatMap { newestIndexes[$0.holder] } ?? -1)), at: now)
  }
}
