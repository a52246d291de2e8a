import SlipwayEngine
import SlipwayModel
import SlipwayPorts

/// All ports of one server. Once it is dead none of its calls has any effect.
final class ServerPorts: @unchecked Sendable {  // confined to the thread of its scheduler
  let world: World
  /// Set before the first call, and taken away when the world ends.
  var server: Server?

  init(world: World) {
    self.world = world
  }

  func requireAlive() throws(CancellationError) {
    guard server?.isAlive == true else { throw CancellationError() }
  }

  /// What each call has to pass: a dead server does nothing, and one that stands still does it later.
  func enter() async throws -> Server {
    guard let server, server.isAlive else { throw CancellationError() }
    if let end = server.frozenUntil, end > world.now {
      try await world.scheduler.sleep(until: end)
      try requireAlive()
    }
    return server
  }

  /// As ``enter()``, without a wait, where nothing ever goes wrong.
  func enterQuietly() throws(CancellationError) -> Server {
    guard let server, server.isAlive else { throw CancellationError() }
    return server
  }

  private var isQuiet: Bool { world.faults.isQuiet }

  /// Waits; for ever when the server dies meanwhile (its task is cancelled then).
  func pause(_ span: TimeSpan) async throws {
    if span > .zero { try await world.scheduler.sleep(until: world.now + span) }
    try requireAlive()
  }
}

extension ServerPorts: EventJournal, LeaseStore {
  func append(_ entries: [JournalDraft], after newest: Int64?, fence: LeaseFence?) async throws -> [Int64] {
    if isQuiet {
      try requireAlive()
      return try world.append(entries, after: newest, fence: fence)
    }
    let server = try await enter()
    return try await world.append(entries, after: newest, fence: fence, by: server)
  }

  func seal(at now: Timestamp) async throws {
    try requireAlive()
  }

  func entries(of stream: String, after index: Int64) async throws -> [JournalEntry] {
    try requireAlive()
    return world.journal.entries(of: stream, after: index)
  }

  func entries(after index: Int64, limit: Int) async throws -> [JournalEntry] {
    try requireAlive()
    return world.journal.entries(after: index, limit: limit)
  }

  func streams() async throws -> [String] {
    try requireAlive()
    return world.journal.streams
  }

  func acquire(_ request: LeaseRequest, at now: Timestamp) async throws -> Lease {
    let server = isQuiet ? try enterQuietly() : try await world.strikeAcquire(by: try await enter(), self)
    let lease = try world.acquire(request, at: now)
    world.epochOwners[lease.epoch] = server.number
    world.judgeLease(lease)
    return lease
  }

  func renew(_ lease: Lease, until expiry: Timestamp) async throws -> Lease {
    try requireAlive()
    return try world.journal.renew(lease, until: expiry)
  }

  func release(_ lease: Lease, at now: Timestamp) async throws {
    try requireAlive()
    world.journal.release(lease)
  }

  func holder(of key: DeploymentKey, at now: Timestamp) async throws -> Lease? {
    try requireAlive()
    return world.journal.held(key, at: now)
  }

  func newest(of key: DeploymentKey) async throws -> Lease? {
    try requireAlive()
    return world.journal.leases[key]?.lease
  }
}

extension ServerPorts: DeploymentTarget, TrafficRouter, MetricSource {
  func check(_ request: PrepareRequest, listen: ListenAddress?) async throws {
    try requireAlive()
  }

  func prepare(_ request: PrepareRequest, _ operation: Operation) async throws -> Digest {
    try await pause(world.model(of: request.version).build)
    return try await perform(.prepare, operation) { [world] () throws(SlipwayError) in try world.prepare(request, operation) }
  }

  func ensure(_ workload: Workload, _ operation: Operation) async throws {
    try await perform(.ensure(slot: workload.slot, replicas: workload.replicas), operation) { [world] () throws(SlipwayError) in
      world.ensure(workload, operation)
    }
  }

  func retire(_ key: DeploymentKey, slot: Slot, _ operation: Operation) async throws {
    let goneAt = try await perform(.retire(slot: slot), operation) { [world] () throws(SlipwayError) in world.retire(slot, operation) }
    try await pause(goneAt - world.now)
  }

  func apply(
    _ split: TrafficSplit, for key: DeploymentKey, listen: ListenAddress?, sticky: Bool, _ operation: Operation
  ) async throws {
    try await perform(.route(split), operation) { [world] () throws(SlipwayError) in world.apply(split, operation) }
  }

  func observe(_ key: DeploymentKey) async throws -> WorldObservation {
    let server = isQuiet ? try enterQuietly() : try await enter()
    world.counts.ticks += 1
    if world.counts.ticks == world.mostLooks { world.finish(.endless) }
    let seen = isQuiet ? world.observeNow() : try await world.observe()
    server.shown = seen
    world.judgeSight(seen)
    return seen
  }

  func read(_ key: DeploymentKey, as metrics: MetricsSpec?, since: Timestamp) async throws -> MetricSeries {
    _ = isQuiet ? try enterQuietly() : try await enter()
    world.catchUp()
    return isQuiet ? world.meter.kept.series(since: since) : try await world.figures(since: since)
  }

  private func perform<Result>(
    _ effect: Effect, _ operation: Operation, _ apply: @escaping () throws(SlipwayError) -> Result
  ) async throws -> Result {
    let server = isQuiet ? try enterQuietly() : try await enter()
    world.counts.effects += 1
    world.trace?.add(world.now, operation.rollout, "effect \(operation.name), epoch \(operation.epoch): \(effect)")
    world.check(effect, operation, by: server)
    guard isQuiet else { return try await world.carryOut(operation, by: server, apply) }
    try world.fence(operation)
    return try apply()
  }
}

extension ServerPorts: EngineClock, IDSource {
  func now() -> Timestamp { server?.clock.read(at: world.now) ?? world.now }

  func sleep(for span: TimeSpan) async throws {
    try await world.scheduler.sleep(until: world.now + (server?.clock.length(of: span) ?? span))
    _ = isQuiet ? try enterQuietly() : try await enter()
  }

  func rolloutID(at now: Timestamp) -> String {
    world.counts.ids += 1
    let digits = String(world.counts.ids)
    return "r" + String(repeating: "0", count: max(0, 4 - digits.count)) + digits
  }
}

extension ServerPorts: ValueStore {
  func seal(_ values: [String: String]) async throws -> ValueSet {
    try requireAlive()
    return World.valueSeal.seal(values)
  }

  func keep(_ values: [String: String]) async throws -> ValueSet {
    let set = try await seal(values)
    world.values[set.id] = values
    return set
  }

  func values(of set: ValueSet) async throws -> [String: String] {
    try requireAlive()
    guard let values = world.values[set.id] else {
      throw SlipwayError(.valuesMissing, .broken, "there is no value set \(set.id)", remedy: "restore it")
    }
    return values
  }
}
