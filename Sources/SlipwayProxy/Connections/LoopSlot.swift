import NIOCore
import SlipwayModel

/// One slot as one event loop sees it: its endpoints, and what was answered since the figures were last collected.
final class LoopSlot {
  let slot: Slot
  /// In the order of the configuration.
  private(set) var pools: [UpstreamPool] = []
  /// No longer in the configuration, with requests still in flight.
  private(set) var retired: [UpstreamPool] = []
  private var figures = SlotFigures()
  /// Errors of every second endpoint: whether replicas fail alike tells how far requests are evidence one by one.
  private var oddErrors = 0
  /// Where the next search begins, so that equally busy endpoints take turns.
  private var turn = 0

  init(_ slot: Slot) {
    self.slot = slot
  }

  var hasAvailable: Bool { pools.contains { $0.isAvailable } }

  /// The available endpoint with the fewest requests on this loop, except those that were tried; `nil` when there is none.
  func pick(except tried: [Endpoint]) -> UpstreamPool? {
    guard pools.count > 1 else {
      guard let only = pools.first, only.isAvailable, tried.isEmpty || !tried.contains(only.endpoint) else { return nil }
      return only
    }
    turn = turn &+ 1
    var best: UpstreamPool?
    for offset in pools.indices {
      let pool = pools[(offset + turn) % pools.count]
      guard pool.isAvailable, tried.isEmpty || !tried.contains(pool.endpoint) else { continue }
      if let known = best, known.inFlight <= pool.inFlight { continue }
      best = pool
    }
    return best
  }

  /// Counts a finished request of an endpoint; `nil` when it reached none.
  func record(error: Bool, microseconds: Int, by pool: UpstreamPool?) {
    figures.requests += 1
    if error {
      figures.errors += 1
      if let index = pools.firstIndex(where: { $0 === pool }), index % 2 == 1 { oddErrors += 1 }
    }
    figures.latency.record(microseconds: microseconds)
  }

  /// What was counted since the last call; `nil` when nothing was.
  func takeFigures() -> SlotFigures? {
    guard figures.requests > 0 else { return nil }
    defer { (figures, oddErrors) = (SlotFigures(), 0) }
    figures.oddErrors = pools.count > 1 ? oddErrors : nil
    return figures
  }

  /// Makes the endpoints the given ones. Those that stay keep their connections; those that go finish what they have.
  /// What is being drained gets requests again only when it is `named`.
  func reconcile(_ endpoints: [Endpoint], named: Bool, make: (Endpoint) -> UpstreamPool) {
    let previous = pools
    pools = endpoints.map { endpoint in
      let pool = previous.first { $0.endpoint == endpoint } ?? make(endpoint)
      if named { pool.isDraining = false }
      return pool
    }
    for pool in previous where !endpoints.contains(pool.endpoint) {
      pool.isRemoved = true
      pool.sweep(at: .now())
      retired.append(pool)
    }
  }

  func sweep(at now: NIODeadline) {
    for pool in pools { pool.sweep(at: now) }
    retired.removeAll { $0.inFlight == 0 }
  }

  /// The endpoints with an id, or all; removed ones included.
  func matching(_ id: String?) -> [UpstreamPool] { (pools + retired).filter { id == nil || $0.endpoint.id == id } }
}
