import Logging
import SlipwayEngine
import SlipwayModel
import SlipwayPorts

/// All rollouts of one state folder: starts them, drives them, and answers what has become of them.
///
/// The journal is the only thing it remembers by. ``run()`` rebuilds everything from it and goes on with whatever was under
/// way.
package actor Engine {
  let ports: Ports
  let logger: Logger
  let changes = Changes()
  var drivers: [String: RolloutDriver] = [:]
  /// Terminal rollouts, by id; all of them in a server that only follows.
  var finished: [String: Rollout] = [:]
  var order = RolloutOrder()
  /// What of the journal is known to hold no rollout that is unknown here; -1: nothing.
  var caughtUpTo: Int64 = -1
  /// How often something was forgotten.
  var forgotten = 0
  var newestIndexes: [String: Int64] = [:]
  private let starts: AsyncStream<RolloutDriver>
  private let start: AsyncStream<RolloutDriver>.Continuation
  /// Keys for which a rollout is being started, so that two requests at once can't both find the way free.
  private var starting: Set<DeploymentKey> = []
  /// Ids of rollouts whose first entry is being written: they are in the journal before they are known here.
  var beginning: Set<String> = []
  /// Unfinished rollouts that were driven here once.
  private var elsewhere: Set<String> = []
  /// Streams of the journal that are none of a rollout, whatever they are called.
  var nameless: Set<String> = []

  package init(ports: Ports, logger: Logger) {
    self.ports = ports
    self.logger = logger
    (starts, start) = AsyncStream.makeStream(of: RolloutDriver.self)
  }

  /// Takes up what the journal says is unfinished. Call once, before ``run()``.
  ///
  /// - Throws: `SlipwayError` when the journal can't be read; nothing has been changed then.
  package func recover() async throws { try await catchUp() }

  /// Drives all rollouts until the task is cancelled. Rollouts under way then stay as they are and are taken up at the next
  /// start.
  package func run() async {
    await withDiscardingTaskGroup { group in
      for await driver in starts {
        group.addTask {
          await driver.run()
          await self.retire(driver)
        }
      }
      group.cancelAll()
    }
  }

  func add(_ driver: RolloutDriver, _ id: String) {
    drivers[id] = driver
    start.yield(driver)
    changes.signal()
  }

  /// Keeps what is left of a rollout that is over.
  private func retire(_ driver: RolloutDriver) async {
    let rollout = await driver.rollout
    guard rollout.phase.isTerminal else {
      // Another server has it now, unless this one is being stopped: what becomes of it is read from the journal when needed.
      drivers[rollout.id] = nil
      elsewhere.insert(rollout.id)
      forget(rollout.id)
      return changes.signal()
    }
    finished[rollout.id] = rollout
    newestIndexes[rollout.id] = await driver.newestIndex
    drivers[rollout.id] = nil
    changes.signal()
  }
}

extension Engine {
  /// Starts a rollout. A request that answers a generation of a declaration is answered once: the rollout that did so is returned.
  ///
  /// - Returns: its id, once its first entry is in the journal.
  /// - Throws: `SlipwayError`: kind `input` for a request that can't be honoured; `rollout-running` (kind `refused`) when
  ///   another rollout is under way and `supersede` is not set; `lease-held`.
  package func deploy(_ request: DeployRequest) async throws -> String {
    try request.requireBounds()
    return try await exclusively(request.key) {
      if let origin = request.origin, let known = await self.rollout(answering: origin) { return known.id }
      // What can't be honoured is refused before anything makes way for it.
      let manifests = request.environment.services.first { $0.name == request.service }?.manifests
      try await self.check(try await self.preview(request), manifests)
      try await self.clearTheWay(for: request)
      let request = try await self.sealed(request, keeping: true)
      return try await self.begin(request, plan: try Plan.compile(request, live: await self.live(of: request.key)), follows: nil)
    }
  }

  /// - Parameter manifests: the plan's, where their content is to be had.
  private func check(_ plan: Plan, _ manifests: Variables?) async throws {
    for name in plan.service.dependsOn where await live(of: DeploymentKey(service: name, environment: plan.key.environment)) == nil {
      throw SlipwayError(
        .dependencyMissing, .refused,
        "\(plan.key.service) depends on \(name), and no release of \(name) is live in \(plan.key.environment)",
        remedy: "deploy \(name) first: `slipway deploy --service \(name) --environment \(plan.key.environment) --version …`")
    }
    let content: Variables? = if let manifests { .values(try await ports.values.resolve(manifests)) } else { nil }
    if let request = plan.prepareRequest(with: content) { try await ports.at(plan).target.check(request, listen: plan.listen) }
  }

  /// Goes back to an earlier release: at once by the warm slot while there is one, else by starting that release again.
  ///
  /// - Parameter version: the release to go back to; `nil` for the one that was live before the present one.
  /// - Returns: the id of the rollout that goes back: the running one, or a new one.
  package func rollBack(_ key: DeploymentKey, to version: Version?, actor: Actor, reason: String) async throws -> String {
    try await exclusively(key) {
      if let running = await self.running(key) {
        let rollout = await running.rollout
        if version == nil || rollout.warm?.release.version == version || rollout.plan.live?.release.version == version {
          let intent = Intent(kind: .rollback, actor: actor, reason: reason, planDigest: rollout.planDigest)
          try await running.submit(.intent(intent), by: actor)
          return rollout.id
        }
        throw Self.rolloutRunning(rollout)
      }
      let (live, target, source) = try await self.rollbackTarget(key, version)
      let request = DeployRequest(
        service: key.service, version: target.release.version, environment: source.request.environment,
        configuration: target.release.configuration, folder: source.request.folder, reason: reason, actor: actor)
      return try await self.begin(request, plan: Plan.rollback(to: target, from: live, request: request), follows: source.id)
    }
  }

  /// Starts the release of a rollout that went back or failed once more, by the same request.
  package func retry(_ id: String, actor: Actor, reason: String) async throws -> String {
    let rollout = try await self.rollout(id)
    switch rollout.phase {
    case .rolledBack, .failed: break
    case .succeeded, .pending, .building, .deploying, .validating, .shifting, .baking, .rollingBack:
      throw SlipwayError(
        .notNow, .refused, "rollout \(id) is \(rollout.phase.rawValue); only one that went back or failed can be tried again",
        remedy: "look at `slipway status`")
    }
    let old = rollout.request
    let request = DeployRequest(
      service: old.service, version: old.version, environment: old.environment, configuration: old.configuration,
      folder: old.folder, artifact: old.artifact, reason: reason, actor: actor, origin: old.origin)
    return try await exclusively(old.key) {
      let plan = try Plan.compile(request, live: await self.live(of: request.key))
      try await self.check(plan, plan.service.manifests)
      try await self.clearTheWay(for: request)
      return try await self.begin(request, plan: try Plan.compile(request, live: await self.live(of: request.key)), follows: id)
    }
  }

  /// Records what a person decided about a rollout, and does it.
  ///
  /// - Parameter planDigest: the plan that the decision is about; `nil` stands for the present one.
  package func intend(_ kind: Intent.Kind, rollout id: String, actor: Actor, reason: String, planDigest: Digest?) async throws {
    let rollout = try await self.rollout(id)
    let intent = Intent(kind: kind, actor: actor, reason: reason, planDigest: planDigest ?? rollout.planDigest)
    guard let driver = drivers[id] else {
      _ = try rollout.decide(.intent(intent), at: ports.clock.now())
      return
    }
    try await driver.submit(.intent(intent), by: actor)
  }

  private func exclusively<Result: Sendable>(
    _ key: DeploymentKey, _ body: @Sendable () async throws -> Result
  ) async throws -> Result {
    guard starting.insert(key).inserted else {
      throw SlipwayError(
        .rolloutRunning, .refused, "another rollout of \(key) is just being started", remedy: "look at `slipway status` and try again")
    }
    defer { starting.remove(key) }
    try await catchUp()
    await settle(key)
    return try await body()
  }

  /// Waits for rollouts of the key that are over but still hold their lease.
  private func settle(_ key: DeploymentKey) async {
    for driver in order.ids(of: key).compactMap({ drivers[$0] }) {
      guard await driver.rollout.phase.isTerminal else { continue }
      await driver.finished()
      await retire(driver)
    }
  }

  private func clearTheWay(for request: DeployRequest) async throws {
    guard let running = await running(request.key) else {
      // One that has ended since the last look still has its lease for a moment.
      return await settle(request.key)
    }
    let rollout = await running.rollout
    if rollout.phase == .baking {
      try await Self.unlessOver { () async throws(SlipwayError) in try await running.submit(.makeWay, by: request.actor) }
    } else if request.supersede {
      let intent = Intent(
        kind: .abort, actor: request.actor,
        reason: "superseded by \(request.version)"
          + (request.reason.isEmpty ? "" : ": \(request.reason)"),
        planDigest: rollout.planDigest)
      if rollout.phase != .rollingBack {
        try await Self.unlessOver { () async throws(SlipwayError) in try await running.submit(.intent(intent), by: request.actor) }
      }
    } else {
      throw Self.rolloutRunning(rollout)
    }
    await running.finished()
    await retire(running)
    // It has lost its lease to another server, and goes on there.
    guard await running.rollout.phase.isTerminal else { throw Self.rolloutRunning(rollout) }
  }

  /// A rollout that ends by itself while it is asked to end has made way.
  private static func unlessOver(_ ask: () async throws(SlipwayError) -> Void) async throws(SlipwayError) {
    do { try await ask() } catch {
      if error.code != .rolloutOver { throw error }
    }
  }

  private static func rolloutRunning(_ rollout: Rollout) -> SlipwayError {
    SlipwayError(
      .rolloutRunning, .refused,
      "rollout \(rollout.id) of \(rollout.key) to \(rollout.plan.version) is \(rollout.phase.rawValue), started by \(rollout.request.actor.name)"
        + (rollout.request.reason.isEmpty ? "" : " for: \(rollout.request.reason)"),
      remedy: "wait for it (`slipway watch`), end it (`slipway abort`), or deploy with --supersede")
  }

  private func begin(_ request: DeployRequest, plan: Plan, follows: String?) async throws -> String {
    // A release whose values are lost is refused here, not when its processes are to be started.
    _ = try await ports.values.resolved(plan.service)
    let now = ports.clock.now()
    var id = ports.ids.rolloutID(at: now)
    // A few letters of chance are not enough for hundreds in one second.
    while order.contains(id) || beginning.contains(id) { id = ports.ids.rolloutID(at: now) }
    beginning.insert(id)
    defer { beginning.remove(id) }
    let lease = try await acquire(id, request, at: now)
    let started = RolloutStarted(id: id, request: request, plan: plan, planDigest: plan.digest, follows: follows)
    let drafts = RolloutStream.drafts(
      [.rolloutStarted(started)], rollout: id, at: now, actor: request.actor, cause: request.reason)
    let index: Int64
    do {
      index = try await ports.journal.append(drafts, after: -1, fence: lease.fence).last ?? 0
    } catch {
      await giveBack(lease)
      throw error
    }
    order.append(id, of: request.key)
    newestIndexes[id] = index
    let rollout = Rollout(started, at: now)
    add(
      RolloutDriver(rollout: rollout, newestIndex: index, lease: lease, ports: ports.at(rollout.plan), changes: changes, logger: logger), id
    )
    return id
  }
}

extension Engine {
  /// A rollout that never began must not keep the next one waiting until its lease expires.
  func giveBack(_ lease: Lease) async {
    do { try await ports.leases.release(lease, at: ports.clock.now()) } catch {
      logger.warning("the lease could not be given back and will expire", metadata: ["error": "\(error)"])
    }
  }
}

extension Engine {
  /// All rollouts, oldest first.
  package func rollouts() async -> [Rollout] { await rollouts(order.ids) }

  private func rollouts(_ ids: [String]) async -> [Rollout] {
    var all: [Rollout] = []
    for id in ids {
      if let driver = drivers[id] { all.append(await driver.rollout) } else if let rollout = finished[id] { all.append(rollout) }
    }
    return all
  }

  /// - Throws: `SlipwayError` with code `unknown-rollout`, or `rollout-elsewhere` when it was driven here and no longer is.
  package func rollout(_ id: String) async throws -> Rollout {
    if let driver = drivers[id] { return await driver.rollout }
    if let rollout = finished[id] { return rollout }
    if elsewhere.contains(id) {
      throw SlipwayError(
        .rolloutElsewhere, .broken, "rollout \(id) is no longer driven here: another server has it, or this one is ending",
        remedy: "ask again in a moment; `slipway status` asks the server that leads")
    }
    throw SlipwayError(.unknownRollout, .input, "there is no rollout '\(id)'", remedy: "`slipway history` lists them")
  }

  /// What was last observed for a rollout that is under way.
  package func observation(of id: String) async -> Observation? {
    await drivers[id]?.lastObservation
  }

  /// The entries of a rollout after an index. When there are none yet, waits up to `patience` for one.
  package func entries(of id: String, after index: Int64, patience: TimeSpan) async throws -> [JournalEntry] {
    _ = try await rollout(id)
    let deadline = ports.clock.now() + patience
    while !Task.isCancelled {
      let seen = changes.count
      let newest = await drivers[id]?.newestIndex ?? newestIndexes[id] ?? -1
      let left = deadline - ports.clock.now()
      if newest > index || left <= .zero { break }
      await wait(past: seen, atMost: left)
    }
    return try await ports.journal.entries(of: RolloutStream.name(of: id), after: index)
  }

  private func wait(past seen: Int, atMost span: TimeSpan) async {
    await withTaskGroup(of: Void.self) { group in
      group.addTask { await self.changes.wait(past: seen) }
      group.addTask { do { try await self.ports.clock.sleep(for: span) } catch {} }
      await group.next()
      group.cancelAll()
    }
  }

  /// The rollout that is under way for a key.
  private func running(_ key: DeploymentKey) async -> RolloutDriver? {
    for driver in order.ids(of: key).compactMap({ drivers[$0] }) where await !driver.rollout.phase.isTerminal { return driver }
    return nil
  }

  /// What has the traffic of a key according to the newest rollout that has something to say.
  package func live(of key: DeploymentKey) async -> LiveRelease? {
    await rollouts(order.ids(of: key)).last?.live
  }

  /// The releases that were promoted and not taken back since, oldest first. A rollback takes back all that came after the release
  /// that it goes to, so that the next one does not return to what was just left.
  private static func standing(_ promoted: [Rollout]) -> [LiveRelease] {
    promoted.reduce(into: []) { standing, rollout in
      guard let release = rollout.candidate else { return }
      switch rollout.plan.purpose {
      case .rollback:
        if let place = standing.lastIndex(where: { $0.release == release.release }) {
          standing.removeSubrange((place + 1)...)
        } else {
          standing.append(release)
        }
      case .deploy: standing.append(release)
      }
    }
  }

  private func rollbackTarget(_ key: DeploymentKey, _ version: Version?) async throws -> (LiveRelease, LiveRelease, Rollout) {
    let all = await rollouts(order.ids(of: key))
    guard let live = all.last?.live else {
      throw SlipwayError(.nothingToRollBack, .refused, "nothing is deployed as \(key)", remedy: "deploy a release first")
    }
    if version == live.release.version {
      throw SlipwayError(
        .nothingToRollBack, .refused, "\(live.release.version) is live already as \(key)", remedy: "`slipway status` shows what is live")
    }
    // Only a release that was promoted here may be a target: it has a pass in the journal.
    let promoted = all.filter { $0.phase == .succeeded }
    if let version {
      for rollout in promoted.reversed() {
        let candidates = [rollout.plan.live, rollout.candidate].compactMap { $0 }
        if let target = candidates.first(where: { $0.release.version == version }) { return (live, target, rollout) }
      }
    } else if let source = promoted.last(where: { $0.candidate?.release == live.release }),
      let target = Self.standing(promoted).last(where: { $0.release != live.release })
    {
      return (live, target, source)
    }
    throw SlipwayError(
      .nothingToRollBack, .refused,
      version.map { "\($0) was never promoted for \(key)" } ?? "there is no earlier release of \(key) to go back to",
      remedy: "`slipway history` lists what was deployed; `slipway rollback --to VERSION` takes any version that was promoted")
  }
}

extension SlipwayError.Code {
  package static let dependencyMissing = SlipwayError.Code("dependency-missing")
  package static let rolloutRunning = SlipwayError.Code("rollout-running")
  package static let unknownRollout = SlipwayError.Code("unknown-rollout")
  package static let rolloutElsewhere = SlipwayError.Code("rollout-elsewhere")
}
