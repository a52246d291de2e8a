import NIOCore
import SlipwayModel

/// Asks one endpoint for its health again and again, and says when its readiness changes.
final class HealthMonitor: @unchecked Sendable {  // confined to its event loop
  /// How often an endpoint is asked that was never ready: it is probably just starting.
  static let startInterval = TimeSpan.milliseconds(100)

  let place: Endpoint.Place
  var probe: HealthProbe
  private(set) var state = HealthState()
  /// Done when the first probe has an outcome.
  let firstOutcome: EventLoopFuture<Void>

  private let firstPromise: EventLoopPromise<Void>
  private let pool: UpstreamPool
  private let loop: any EventLoop
  private let now: @Sendable () -> Timestamp
  private let changed: (Bool) -> Void
  private var next: Scheduled<Void>?
  private var current: Probe?
  private var isStopped = false

  init(
    _ place: Endpoint.Place, probe: HealthProbe, settings: LoopSettings, loop: any EventLoop, now: @escaping @Sendable () -> Timestamp,
    changed: @escaping (Bool) -> Void
  ) {
    self.place = place
    self.probe = probe
    self.loop = loop
    self.now = now
    self.changed = changed
    pool = UpstreamPool(place.endpoint, slot: place.slot, loop: loop, settings: settings) {}
    firstPromise = loop.makePromise()
    firstOutcome = firstPromise.futureResult
  }

  /// Probes now, and from then on by itself until ``stop()``.
  func start() {
    guard !isStopped else { return }
    let probe = Probe(path: self.probe.path, endpoint: place.endpoint, pool: pool, loop: loop)
    current = probe
    probe.start(timeout: self.probe.timeout) { outcome in
      guard self.current === probe else { return }
      self.current = nil
      switch outcome {
      case .ready:
        self.update {
          $0.connected()
          $0.succeeded(at: self.now())
        }
      case .refused(let what): self.update { $0.failed(what, threshold: self.probe.failures) }
      case .unhealthy(let what):
        self.update {
          $0.connected()
          $0.failed(what, threshold: self.probe.failures)
        }
      }
      self.firstPromise.succeed()
      let interval = self.state.wasEverReady ? self.probe.interval : min(self.probe.interval, Self.startInterval)
      self.next = self.loop.scheduleTask(in: .milliseconds(max(1, interval.milliseconds))) { self.start() }
    }
  }

  func stop() {
    isStopped = true
    next?.cancel()
    next = nil
    current?.cancel()
    current = nil
    firstPromise.succeed()
  }

  /// A request could not connect.
  func connectFailed() {
    update { $0.failed("a request could not connect to port \(place.endpoint.port)", threshold: probe.failures) }
  }

  private func update(_ change: (inout HealthState) -> Void) {
    guard !isStopped else { return }
    let before = state.isReady
    change(&state)
    if state.isReady != before { changed(state.isReady) }
  }
}
