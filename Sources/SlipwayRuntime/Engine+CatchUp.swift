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
        order.removeAll { drivers[$0] == nil && finished[$0] == nil && !beginning.contains($0) }
        guard let error = error as? SlipwayError, error.code.rawValue == "lease-held", attempt < 3 else { throw error }
      }
    }
  }

  private func catchUpOnce() async throws {
    let ids = try await ports.journal.streams().compactMap(RolloutStream.rollout(of:))
    var unfinished: [(Rollout, newest: Int64)] = []
    for id in ids where !order.contains(id) && !beginning.contains(id) {
      let entries = try await ports.journal.entries(of: RolloutStream.name(of: id), after: -1)
      guard let rollout = try await RolloutStream.replay(entries), let newest = entries.last?.index else {
        nameless.insert(id)
        continue
      }
      if order.contains(id) { continue }
      order.append(id)
      newestIndexes[id] = newest
      if rollout.phase.isTerminal { finished[id] = rollout } else { unfinished.append((rollout, newest)) }
    }
    let places = Dictionary(uniqueKeysWithValues: ids.enumerated().map { ($1, $0) })
    order.sort { places[$0, default: .max] < places[$1, default: .max] }
    for (rollout, newest) in unfinished {
      if let newer = await newerRollout(than: rollout, among: unfinished.map(\.0)) {
        try await end(rollout, newest, overtakenBy: newer)
      } else {
        try await takeUp(rollout, newest)
      }
    }
  }

  /// A rollout of the same key that began later.
  private func newerRollout(than rollout: Rollout, among unfinished: [Rollout]) async -> Rollout? {
    guard let place = order.firstIndex(of: rollout.id) else { return nil }
    let later = Set(order[(place + 1)...])
    return (await rollouts() + unfinished).last { $0.key == rollout.key && later.contains($0.id) }
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
  private func end(_ rollout: Rollout, _ newest: Int64, overtakenBy newer: Rollout) async throws {
    logger.warning("ending a rollout that was overtaken", metadata: ["rollout": "\(rollout.id)", "by": "\(newer.id)"])
    let now = ports.clock.now()
    let events = try rollout.decide(.overtaken(by: newer.id), at: now)
    let drafts = RolloutStream.drafts(events, rollout: rollout.id, at: now, actor: .engine, cause: "overtaken")
    do {
      newestIndexes[rollout.id] = try await ports.journal.append(drafts, after: newest, fence: nil).last ?? newest
    } catch let error as SlipwayError where error.code == .staleIndex {
      // Another server has ended it meanwhile; what it wrote is read when needed.
      return order.removeAll { $0 == rollout.id }
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
    let known = nameless.union(order).union(beginning)
    guard try await ports.journal.streams().compactMap(RolloutStream.rollout(of:)).allSatisfy(known.contains) else {
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
