import NIOCore
import SlipwayModel

/// Everything one event loop keeps for one route. All of it is touched on that loop only, so that a request takes no lock:
/// the control plane changes it by sending work to the loop.
final class LoopRoute: @unchecked Sendable {  // confined to its event loop
  let loop: any EventLoop
  let blue = LoopSlot(.blue)
  let green = LoopSlot(.green)
  var splitter: Splitter
  private(set) var settings: LoopSettings
  var identifiers: ClientIdentifiers

  private(set) var fronts: [FrontHandler] = []
  private(set) var isPaused: Bool
  /// No more requests are taken on open connections.
  private(set) var isStopping = false
  /// Held by a pause, in order of arrival.
  private var held: [FrontHandler] = []
  private(set) var heldCount = 0
  var failovers = 0
  var mirrored = 0
  private(set) var mirrors: [MirrorRequest] = []
  private var sweeper: RepeatedTask?
  private let onConnectFailure: @Sendable (Slot, Endpoint) -> Void

  init(
    loop: any EventLoop, splitter: Splitter, settings: LoopSettings, paused: Bool, key: RouteSalt,
    onConnectFailure: @escaping @Sendable (Slot, Endpoint) -> Void
  ) {
    self.loop = loop
    self.splitter = splitter
    self.settings = settings
    isPaused = paused
    identifiers = ClientIdentifiers(key: key)
    self.onConnectFailure = onConnectFailure
  }

  subscript(slot: Slot) -> LoopSlot {
    switch slot {
    case .blue: blue
    case .green: green
    }
  }

  // MARK: Changes from the control plane

  /// Puts a configuration in force. Requests that have their slot keep it. `named` are the slots whose endpoints were set.
  func apply(
    _ splitter: Splitter, _ settings: LoopSettings, paused: Bool, endpoints: [Slot: [Endpoint]], named: Set<Slot>,
    ready: Set<Endpoint.Place>
  ) {
    loop.preconditionInEventLoop()
    self.settings = settings
    for slot in Slot.allCases {
      self[slot].reconcile(endpoints[slot] ?? [], named: named.contains(slot)) { endpoint in
        let report = onConnectFailure
        return UpstreamPool(endpoint, slot: slot, loop: loop, settings: settings) { report(slot, endpoint) }
      }
      for pool in self[slot].pools {
        pool.settings = settings
        pool.isReady = ready.contains(Endpoint.Place(slot: slot, endpoint: pool.endpoint))
      }
    }
    self.splitter = splitter
    restartSweeper()
    setPaused(paused)
  }

  func setReady(_ ready: Bool, _ place: Endpoint.Place) {
    for pool in self[place.slot].pools where pool.endpoint == place.endpoint { pool.isReady = ready }
  }

  private func setPaused(_ paused: Bool) {
    guard isPaused, !paused else {
      isPaused = paused
      return
    }
    isPaused = false
    let waiting = held
    held = []
    heldCount = 0
    for front in waiting { front.resumeHeld() }
  }

  /// Takes no further requests; connections without one are closed.
  func stop() {
    isStopping = true
    for front in fronts { front.routeStops() }
    setPaused(false)
  }

  /// Ends for good: nothing is left to time out.
  func finish() {
    for front in fronts { _ = front.cut() }
    for mirror in mirrors { mirror.cut() }
    for slot in [blue, green] {
      slot.reconcile([], named: false) { _ in preconditionFailure("no endpoint is made for an empty list") }
    }
    sweeper?.cancel()
    sweeper = nil
  }

  // MARK: Held requests

  /// Takes a request into the waiting line; `false` when it is full.
  func hold(_ front: FrontHandler) -> Bool {
    guard heldCount < settings.heldRequests else { return false }
    held.append(front)
    heldCount += 1
    return true
  }

  func unhold(_ front: FrontHandler) {
    held.removeAll { $0 === front }
    heldCount = held.count
  }

  // MARK: Connections

  /// Takes note of a client connection; `false` when there are too many.
  func add(_ front: FrontHandler) -> Bool {
    guard fronts.count < settings.connections, !isStopping else { return false }
    front.place = fronts.count
    fronts.append(front)
    return true
  }

  func remove(_ front: FrontHandler) {
    guard let place = front.place else { return }
    front.place = nil
    let last = fronts.removeLast()
    if last !== front {
      fronts[place] = last
      last.place = place
    }
  }

  /// Room for one more copy of a request.
  var mayMirror: Bool { mirrors.count < settings.mirroredRequests }

  func add(_ mirror: MirrorRequest) {
    mirrored += 1
    mirrors.append(mirror)
  }

  func remove(_ mirror: MirrorRequest) { mirrors.removeAll { $0 === mirror } }

  // MARK: Draining

  /// No new requests for these endpoints, until the configuration names them again.
  func startDraining(_ slot: Slot, _ id: String?) {
    for pool in self[slot].matching(id) {
      pool.isDraining = true
      pool.sweep(at: .now())
    }
  }

  func inFlight(_ slot: Slot, _ id: String?) -> Int { self[slot].matching(id).reduce(0) { $0 + $1.inFlight } }

  /// Ends every request and tunnel of these endpoints; returns how many.
  func cut(_ slot: Slot, _ id: String?) -> Int {
    let pools = self[slot].matching(id)
    for mirror in mirrors where pools.contains(where: { $0 === mirror.pool }) { mirror.cut() }
    return fronts.filter { front in pools.contains { $0 === front.pool } }.count { $0.cut() }
  }

  // MARK: Time

  private func restartSweeper() {
    sweeper?.cancel()
    // It keeps the route until `finish()`, which ends every route.
    sweeper = loop.scheduleRepeatedTask(initialDelay: settings.sweepTime, delay: settings.sweepTime) { _ in self.sweep(at: .now()) }
  }

  private func sweep(at now: NIODeadline) {
    // A front that is closed moves another into its place: from the end on none is left out.
    for place in fronts.indices.reversed() where place < fronts.count && fronts[place].deadline < now { fronts[place].timedOut() }
    for mirror in mirrors where mirror.deadline < now { mirror.cut() }
    blue.sweep(at: now)
    green.sweep(at: now)
  }
}

extension Endpoint {
  /// An endpoint in its slot.
  struct Place: Hashable, Sendable {
    let slot: Slot
    let endpoint: Endpoint
  }
}
