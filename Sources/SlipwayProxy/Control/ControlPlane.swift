import Logging
import NIOConcurrencyHelpers
import NIOCore
import NIOPosix
import SlipwayModel

/// Changes the routes: one change at a time, saved before it is in force.
final class ControlPlane: Sendable {
  private struct State {
    var configuration: ProxyConfiguration
    var problems: [SlipwayError] = []
    var routes: [DeploymentKey: Route] = [:]
    var isRunning = false
  }

  /// A route with its open port.
  private struct Route: Sendable {
    let runtime: RouteRuntime
    let listener: Listener
  }

  /// How long starting waits for the first health probes: a restarted proxy should find its endpoints ready.
  private static let firstProbeTime = TimeSpan.seconds(1)
  /// How long the requests of a removed route may take to finish.
  private static let removalTime = TimeSpan.seconds(30)
  /// How often a drain looks whether it is done.
  private static let drainInterval = Duration.milliseconds(10)

  private let state: NIOLockedValueBox<State>
  private let turn = Turn()
  private let file: ConfigurationFile?
  private let logger: Logger
  private let group: MultiThreadedEventLoopGroup
  private let ownsGroup: Bool
  private let now: @Sendable () -> Timestamp

  init(
    configuration: ProxyConfiguration, file: String?, logger: Logger, group: MultiThreadedEventLoopGroup?,
    now: @escaping @Sendable () -> Timestamp
  ) {
    state = NIOLockedValueBox(State(configuration: configuration))
    self.file = file.map(ConfigurationFile.init)
    self.logger = logger
    self.group = group ?? MultiThreadedEventLoopGroup(numberOfThreads: System.coreCount)
    ownsGroup = group == nil
    self.now = now
  }

  var configuration: ProxyConfiguration { state.withLockedValue { $0.configuration } }
  var problems: [SlipwayError] { state.withLockedValue { $0.problems } }

  func check(listen address: ListenAddress, for key: DeploymentKey) async throws {
    try await turn.run {
      let present = self.state.withLockedValue { $0.routes[key]?.listener.configured }
      if present != address { try await Listener.check(address, group: self.group) }
    }
  }

  // MARK: Life

  func start() async throws {
    try await turn.run {
      if let content = try await self.file?.load() {
        self.state.withLockedValue {
          $0.configuration = content.configuration
          $0.problems = content.problems
        }
      }
      let known = self.configuration
      self.state.withLockedValue { $0.isRunning = true }
      for problem in self.problems { self.report(problem) }
      await withTaskGroup(of: Void.self) { group in
        for route in self.configuration.routes {
          group.addTask { await self.openAtStart(route) }
        }
      }
      // Salts that were chosen just now must be the same after the next start.
      if self.configuration != known { try await self.file?.save(self.configuration) }
    }
  }

  /// One route that can't be opened does not keep the others from serving.
  private func openAtStart(_ route: RouteConfiguration) async {
    do {
      try await open(route)
    } catch let error as SlipwayError {
      state.withLockedValue { $0.problems.append(error) }
      report(error)
    } catch {
      let problem = SlipwayError(
        .listenFailed, .broken, "the route \(route.key) could not be opened", remedy: "see the cause", cause: error)
      state.withLockedValue { $0.problems.append(problem) }
      report(problem)
    }
  }

  private func report(_ problem: SlipwayError) {
    logger.error(
      "proxy problem",
      metadata: ["code": "\(problem.code.rawValue)", "message": "\(problem.message)", "cause": "\(problem.cause ?? "")"])
  }

  func shutdown(within limit: TimeSpan) async -> Int {
    await turn.run {
      let routes = self.state.withLockedValue { state in
        defer { state.routes = [:] }
        state.isRunning = false
        return Array(state.routes.values)
      }
      let cut = await withTaskGroup(of: Int.self) { group in
        for route in routes { group.addTask { await self.close(route, within: limit) } }
        return await group.reduce(0, +)
      }
      if self.ownsGroup { await self.stopGroup() }
      return cut
    }
  }

  private func stopGroup() async {
    do { try await group.shutdownGracefully() } catch {
      logger.error("event loops did not stop", metadata: ["cause": "\(error)"])
    }
  }

  // MARK: Changes

  func update(route wanted: RouteConfiguration) async throws {
    try await turn.run {
      try self.requireRunning()
      try wanted.validate()
      let route = self.salted(wanted)
      guard let old = self.state.withLockedValue({ $0.routes[route.key] }) else {
        try await self.save {
          $0[route.key] = route
        } afterwards: {
          try await self.open(route)
        }
        return
      }
      // The new port is opened first: when that fails nothing is changed.
      let moves = old.listener.configured != route.listen
      let listener = moves ? try await Listener.open(route.listen, route: old.runtime, group: self.group) : old.listener
      do {
        try await self.save {
          $0[route.key] = route
        } afterwards: {
          try await self.inForce(route, old.runtime, named: Set(Slot.allCases))
        }
      } catch {
        if moves { await listener.close() }
        throw error
      }
      guard moves else { return }
      self.state.withLockedValue { $0.routes[route.key] = Route(runtime: old.runtime, listener: listener) }
      await old.listener.close()
    }
  }

  /// Changes one route. `named` are the slots whose endpoints it sets.
  func change(
    _ key: DeploymentKey, named: Set<Slot> = [], _ edit: @Sendable (inout RouteConfiguration) -> Void
  ) async throws {
    try await turn.run {
      try self.requireRunning()
      guard var route = self.configuration[key] else { throw self.unknown(key) }
      edit(&route)
      try route.validate()
      let changed = route
      try await self.save {
        $0[key] = changed
      } afterwards: {
        if let runtime = self.runtime(key) { try await self.inForce(changed, runtime, named: named) }
      }
    }
  }

  func remove(route key: DeploymentKey) async throws {
    let removed: Route? = try await turn.run {
      try self.requireRunning()
      guard self.configuration[key] != nil else { return nil }
      try await self.save {
        $0[key] = nil
      } afterwards: {
      }
      return self.state.withLockedValue { $0.routes.removeValue(forKey: key) }
    }
    // Its requests finish after the turn: other routes need not wait for them.
    if let removed { _ = await close(removed, within: Self.removalTime) }
  }

  /// Saves the changed configuration, then puts it in force. A failed save leaves everything as it was; when putting it in
  /// force fails, the old configuration is saved again.
  private func save(_ edit: (inout ProxyConfiguration) -> Void, afterwards: () async throws -> Void) async throws {
    let before = configuration
    var after = before
    edit(&after)
    if after != before { try await file?.save(after) }
    do {
      let saved = after
      state.withLockedValue { $0.configuration = saved }
      try await afterwards()
    } catch {
      state.withLockedValue { $0.configuration = before }
      if after != before { try await file?.save(before) }
      throw error
    }
  }

  private func salted(_ route: RouteConfiguration) -> RouteConfiguration {
    var route = route
    var random = SystemRandomNumberGenerator()
    route.salt = route.salt ?? configuration[route.key]?.salt ?? .random(using: &random)
    return route
  }

  private func inForce(_ route: RouteConfiguration, _ runtime: RouteRuntime, named: Set<Slot>) async throws {
    try await runtime.apply(route, salt: route.salt ?? RouteSalt(high: 0, low: 0), named: named)
  }

  /// Starts a route: its endpoints are asked for their health before the first request can come.
  private func open(_ wanted: RouteConfiguration) async throws {
    try wanted.validate()
    let route = salted(wanted)
    let runtime = RouteRuntime(route, salt: route.salt ?? RouteSalt(high: 0, low: 0), group: group, now: now)
    do {
      try await inForce(route, runtime, named: Set(Slot.allCases))
      try await runtime.firstProbes(within: Self.firstProbeTime)
      let listener = try await Listener.open(route.listen, route: runtime, group: group)
      try await runtime.start()
      state.withLockedValue {
        $0.routes[route.key] = Route(runtime: runtime, listener: listener)
        $0.configuration[route.key] = route
      }
    } catch {
      try await runtime.finish()
      throw error
    }
  }

  private func requireRunning() throws {
    guard state.withLockedValue({ $0.isRunning }) else {
      throw SlipwayError(.proxyNotRunning, .refused, "the proxy is not running", remedy: "start the agent first")
    }
  }

  private func unknown(_ key: DeploymentKey) -> SlipwayError {
    SlipwayError(.routeUnknown, .refused, "the proxy has no route for \(key)", remedy: "deploy the service first")
  }

  private func runtime(_ key: DeploymentKey) -> RouteRuntime? { state.withLockedValue { $0.routes[key]?.runtime } }

  // MARK: Draining

  func drain(_ key: DeploymentKey, slot: Slot, endpoint id: String?, within limit: TimeSpan, cutting: Bool) async -> Int {
    guard let runtime = runtime(key) else { return 0 }
    do {
      _ = try await runtime.onLoops { $0.startDraining(slot, id) }
      await wait(atMost: limit) { try await runtime.onLoops { $0.inFlight(slot, id) }.reduce(0, +) == 0 }
      return try await runtime.onLoops { cutting ? $0.cut(slot, id) : $0.inFlight(slot, id) }.reduce(0, +)
    } catch {
      // The event loops were stopped meanwhile, and every connection with them.
      return 0
    }
  }

  /// Stops taking requests, waits for the present ones, and ends the rest.
  private func close(_ route: Route, within limit: TimeSpan) async -> Int {
    await route.listener.close()
    do {
      _ = try await route.runtime.onLoops { $0.stop() }
      await wait(atMost: limit) { try await route.runtime.onLoops { $0.fronts.isEmpty }.allSatisfy(\.self) }
      let cut = try await route.runtime.onLoops { loop in loop.fronts.count { $0.cut() } }.reduce(0, +)
      try await route.runtime.finish()
      return cut
    } catch {
      return 0
    }
  }

  /// Returns when the condition holds, the time is over, or the task is cancelled.
  private func wait(atMost limit: TimeSpan, until condition: () async throws -> Bool) async {
    let deadline = ContinuousClock.now.advanced(by: limit.duration)
    do {
      while try await !condition(), ContinuousClock.now < deadline { try await Task.sleep(for: Self.drainInterval) }
    } catch {
      // Cancelled, or the loops are stopped: waiting longer is of no use.
      return
    }
  }

  // MARK: Looking

  func status(_ key: DeploymentKey) async -> RouteStatus? {
    let found = state.withLockedValue { state in state.routes[key].map { ($0, state.configuration[key]) } }
    guard let (route, known) = found, let configuration = known else { return nil }
    do {
      let health = try await route.runtime.health()
      let counts = try await route.runtime.onLoops { LoopCounts($0) }
      return RouteStatus(configuration, listen: route.listener.address, health: health, counts: counts)
    } catch {
      return nil
    }
  }

  func metrics(_ key: DeploymentKey, since: Timestamp) -> MetricSeries {
    runtime(key)?.collector.series(since: since) ?? MetricSeries(intervals: [])
  }
}
