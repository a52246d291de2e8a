import NIOCore
import NIOPosix
import SlipwayModel

/// A route at work: its part on every event loop, its health monitors and its figures.
final class RouteRuntime: Sendable {
  let key: DeploymentKey
  let loops: [LoopRoute]
  let collector: MetricCollector
  private let monitors: HealthMonitors
  private var home: any EventLoop { monitors.loop }

  init(_ configuration: RouteConfiguration, salt: RouteSalt, group: MultiThreadedEventLoopGroup, now: @escaping @Sendable () -> Timestamp) {
    key = configuration.key
    let all = Array(group.makeIterator())
    let settings = LoopSettings(configuration, loops: all.count)
    let home = group.next()
    let splitter = Splitter(split: configuration.split, sticky: configuration.sticky, salt: salt)
    let monitors = HealthMonitors(loop: home, now: now)
    self.monitors = monitors
    var random = SystemRandomNumberGenerator()
    loops = all.map { loop in
      LoopRoute(
        loop: loop, splitter: splitter, settings: settings, paused: configuration.paused, key: .random(using: &random)
      ) { slot, endpoint in
        home.execute { monitors.connectFailed(Endpoint.Place(slot: slot, endpoint: endpoint)) }
      }
    }
    collector = MetricCollector(home: home, loops: loops, now: now)
  }

  /// Begins to collect figures.
  func start() async throws {
    let collector = collector
    try await home.submit { collector.start() }.get()
  }

  /// Puts a configuration in force on all loops and returns when it is. The home loop sends it, so that it arrives in order
  /// with what the health monitors send. `named` are the slots whose endpoints were set by this change.
  func apply(_ configuration: RouteConfiguration, salt: RouteSalt, named: Set<Slot>) async throws {
    let loops = loops
    let home = home
    let monitors = monitors
    let settings = LoopSettings(configuration, loops: loops.count)
    let splitter = Splitter(split: configuration.split, sticky: configuration.sticky, salt: salt)
    let endpoints = [Slot.blue: configuration.blue.endpoints, .green: configuration.green.endpoints]
    try await home.flatSubmit {
      let ready = monitors.reconcile(configuration, settings) { ready, place in
        for route in loops { route.loop.execute { route.setReady(ready, place) } }
      }
      let applied = loops.map { route in
        route.loop.submit {
          route.apply(splitter, settings, paused: configuration.paused, endpoints: endpoints, named: named, ready: ready)
        }
      }
      return EventLoopFuture.andAllSucceed(applied, on: home)
    }.get()
  }

  /// Returns when every endpoint was asked once for its health, or after `limit`.
  func firstProbes(within limit: TimeSpan) async throws {
    let monitors = monitors
    let home = home
    try await home.flatSubmit {
      let done = home.makePromise(of: Void.self)
      monitors.firstOutcomes.cascade(to: done)
      let timer = home.scheduleTask(in: .milliseconds(limit.milliseconds)) { done.succeed() }
      done.futureResult.whenComplete { _ in timer.cancel() }
      return done.futureResult
    }.get()
  }

  /// Runs work on every loop and returns all results.
  func onLoops<T: Sendable>(_ work: @escaping @Sendable (LoopRoute) -> T) async throws -> [T] {
    let submitted = loops.map { route in route.loop.submit { work(route) } }
    return try await EventLoopFuture.whenAllSucceed(submitted, on: home).get()
  }

  /// The health of all endpoints.
  func health() async throws -> [Endpoint.Place: HealthState] {
    let monitors = monitors
    return try await home.submit { monitors.states }.get()
  }

  /// Ends what is left and stops all timers.
  func finish() async throws {
    _ = try await onLoops { $0.finish() }
    let monitors = monitors
    let collector = collector
    try await home.submit {
      monitors.stop()
      collector.stop()
    }.get()
  }
}
