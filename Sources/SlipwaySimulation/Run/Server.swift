import Logging
import SlipwayEngine
import SlipwayModel
import SlipwayPorts
import SlipwayRuntime

/// One life of `slipway serve`: from its start to its end, which may be a crash.
final class Server: @unchecked Sendable {  // confined to the thread of its scheduler
  let number: Int
  let engine: Engine
  /// False from the very point at which it is killed: then nothing that it does has any effect.
  private(set) var isAlive = true
  /// Whether it has read the journal and answers people.
  private(set) var answers = false
  /// Until when it stands still.
  private(set) var frozenUntil: Timestamp?
  var clock: ServerClock
  /// What it was last shown of the target.
  var shown: WorldObservation?
  /// `nil` where nobody is told anything.
  private let courier: Courier?
  private let death = Bell()
  private let world: World

  init(number: Int, world: World) {
    self.number = number
    self.world = world
    let now = world.now
    clock = ServerClock(at: now, reading: max(now + world.wallClock, world.journal.newestInstant ?? now + world.wallClock))
    let link = ServerPorts(world: world)
    let logger = Logger(label: "simulation") { _ in SwiftLogNoOpLogHandler() }
    let desk = world.post == nil ? nil : NewsDesk()
    let ports = Ports(
      journal: desk.map { NewsJournal(link, desk: $0) } ?? link, leases: link, target: link, router: link, metrics: link, values: link,
      clock: link, ids: link, gates: link)
    engine = Engine(ports: ports, logger: logger)
    courier = desk.map { Courier(journal: link, notifier: link, clock: link, desk: $0, terms: PostOffice.terms, logger: logger) }
    link.server = self
    world.links.append(link)
  }

  func kill() {
    isAlive = false
    answers = false
    death.ring()
  }

  func freeze(until end: Timestamp) { frozenUntil = end }

  /// Runs until it is killed or the task is cancelled.
  func run() async {
    await withDiscardingTaskGroup { group in
      group.addTask { await self.live() }
      if isAlive { await death.wait() }
      group.cancelAll()
    }
  }

  private func live() async {
    do {
      try await engine.recover()
    } catch {
      if isAlive { world.refusedToStart(error) }
      return kill()
    }
    await world.judgeRecovery(of: engine, isAlive: isAlive)
    answers = isAlive
    world.changes.ring()
    guard let courier else { return await engine.run() }
    await withDiscardingTaskGroup { group in
      group.addTask { await courier.run(self.engine) }
      await engine.run()
      group.cancelAll()
    }
  }
}

extension World {
  func refusedToStart(_ error: any Error) {
    counts.refusedStarts += 1
    oracle.sightings.see(.journalRefused)
    trace?.add(now, "server", "could not start: \(error)")
  }

  /// Starts a server, and another one each time one has died.
  func serve() async {
    while end == nil, !Task.isCancelled {
      counts.servers += 1
      restoreJournal()
      let server = Server(number: counts.servers, world: self)
      self.server = server
      trace?.add(now, "server", "number \(server.number) starts")
      await server.run()
      if Task.isCancelled || end != nil { return }
      trace?.add(now, "server", "number \(server.number) is gone")
      // Only the newest server is started again: an old one that dies beside it is not missed.
      if self.server !== server { return }
      do { try await scheduler.sleep(until: now + downtime) } catch { return }
      downtime = .seconds(2)
    }
  }

  /// What a start finds on the disk: entries whose append failed may be there, and a damage may have been mended.
  private func restoreJournal() {
    if lasts(.flippedBit) == nil { journal.damage = nil }
    let ghost = journal.ghost
    if ghost.isEmpty { return }
    trace?.add(now, "journal", "\(ghost.count) entries are there after all")
    take(ghost)
  }
}
