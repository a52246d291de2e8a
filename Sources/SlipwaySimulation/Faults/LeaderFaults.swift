import SlipwayModel
import SlipwayPorts

/// Somebody starts another server on the same state while the old one still runs.
extension World {
  /// The size of `frozen-leader`: how long the old one stands still before it goes on as if nothing had happened, up to a
  /// minute. `second-leader` has no size.
  func strikeLeader(_ fault: Fault) async {
    if fault.kind == .frozenLeader { server?.freeze(until: now + fault.share(of: .minutes(1))) }
    await serve()
  }

  /// The size of `frozen-before-lease`: how long the server stands still when it has read the journal and is about to take a lease, up
  /// to a minute. Another one is started meanwhile, and somebody deploys there.
  func strikeAcquire(by server: Server, _ ports: ServerPorts) async throws -> Server {
    guard let fault = struck(.frozenBeforeLease) else { return server }
    server.freeze(until: now + fault.share(of: .minutes(1)))
    standIns.append(fault)
    standInWanted.ring()
    return try await ports.enter()
  }

  /// Waits for a server that stands still before it takes a lease, and starts another one.
  func standIn() async {
    while standIns.isEmpty {
      if end != nil || Task.isCancelled { return }
      await standInWanted.wait()
    }
    let fault = standIns.removeFirst()
    await withDiscardingTaskGroup { group in
      group.addTask { await self.serve() }
      group.addTask { await People(world: self).deployUnforeseen(fault) }
    }
  }

  /// Gives a lease, unless it is too late for the one who asks.
  func acquire(_ request: LeaseRequest, at now: Timestamp) throws(SlipwayError) -> Lease {
    do { return try journal.acquire(request, at: now) } catch {
      if let after = request.after, after.epoch != journal.leases[request.key]?.lease.epoch ?? 0 { oracle.sightings.see(.lateLeaseRefused) }
      trace?.add(self.now, request.holder, "gets no lease: \(error.message)")
      throw error
    }
  }
}
