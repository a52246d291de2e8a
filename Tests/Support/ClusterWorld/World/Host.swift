import SlipwayEngine
import SlipwayModel
import SlipwayPorts
import SlipwaySimulation
import TwinWorld

/// The process that a server is: it may be killed, or stand still.
final class Host: @unchecked Sendable {  // confined to the thread of its scheduler
  let number: Int
  let world: ClusterWorld
  /// False from the very point at which it is killed: nothing that it begins after that has any effect.
  private(set) var isAlive = true
  /// Whether it has read the journal and answers people.
  var answers = false
  private(set) var frozenUntil: Timestamp?
  let death = Latch()

  init(number: Int, world: ClusterWorld) { (self.number, self.world) = (number, world) }

  func kill(_ occasion: String) {
    guard isAlive else { return }
    isAlive = false
    answers = false
    world.see("killed \(occasion)")
    world.trace("server", "number \(number) is killed \(occasion)")
    death.open()
  }

  func freeze(until end: Timestamp) { frozenUntil = end }

  /// What each call has to pass: a dead server does nothing, and one that stands still does it later.
  func enter() async throws {
    guard isAlive else { throw CancellationError() }
    if let end = frozenUntil, end > world.now {
      try await world.scheduler.sleep(until: end)
      guard isAlive else { throw CancellationError() }
    }
  }
}

/// All ports of one server but those of the cluster.
struct HostPorts: EventJournal, LeaseStore, MetricSource, EngineClock, IDSource {
  let host: Host

  private var world: ClusterWorld { host.world }

  func append(_ entries: [JournalDraft], after newest: Int64?, fence: LeaseFence?) async throws -> [Int64] {
    try await host.enter()
    let strike = world.troubles.strikeAppend()
    if strike == .before {
      host.kill("before an append")
      throw CancellationError()
    }
    do {
      let indexes = try await world.journal.append(entries, after: newest, fence: fence)
      world.judge.took(entries, fence: fence, by: host.number, at: world.now)
      guard strike == .after else { return indexes }
    } catch {
      world.see("append refused")
      throw error
    }
    host.kill("after an append")
    throw CancellationError()
  }

  func seal(at now: Timestamp) async throws { try await host.enter() }

  func entries(of stream: String, after index: Int64) async throws -> [JournalEntry] {
    try await host.enter()
    return await world.journal.entries(of: stream, after: index)
  }

  func entries(after index: Int64, limit: Int) async throws -> [JournalEntry] {
    try await host.enter()
    return await world.journal.entries(after: index, limit: limit)
  }

  func streams() async throws -> [String] {
    try await host.enter()
    return await world.journal.streams()
  }

  func acquire(_ request: LeaseRequest, at now: Timestamp) async throws -> Lease {
    try await host.enter()
    let lease = try await world.journal.acquire(request, at: now)
    world.judge.leads(host.number, lease.epoch)
    return lease
  }

  func renew(_ lease: Lease, until expiry: Timestamp) async throws -> Lease {
    try await host.enter()
    return try await world.journal.renew(lease, until: expiry)
  }

  func release(_ lease: Lease, at now: Timestamp) async throws {
    try await host.enter()
    await world.journal.release(lease, at: now)
  }

  func holder(of key: DeploymentKey, at now: Timestamp) async throws -> Lease? {
    try await host.enter()
    return await world.journal.holder(of: key, at: now)
  }

  func newest(of key: DeploymentKey) async throws -> Lease? {
    try await host.enter()
    return await world.journal.newest(of: key)
  }

  func read(_ key: DeploymentKey, as metrics: MetricsSpec?, since: Timestamp) async throws -> MetricSeries {
    try await host.enter()
    return world.meter.series(since: since)
  }

  func now() -> Timestamp { world.now }

  func sleep(for span: TimeSpan) async throws {
    try await world.scheduler.sleep(until: world.now + span)
    try await host.enter()
  }

  func rolloutID(at now: Timestamp) -> String {
    world.ids += 1
    return "r\(world.ids)"
  }
}
