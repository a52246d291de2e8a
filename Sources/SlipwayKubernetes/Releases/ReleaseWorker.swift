import Logging
import SlipwayModel
import SlipwayPorts

/// Makes one Release true, one turn after another: looks, decides, does, tells. It remembers nothing that matters: the journal says what
/// was begun, the status what was told.
actor ReleaseWorker {
  /// How often is looked again, and how often told.
  struct Pace: Sendable {
    /// After the first failure; doubled with each one that follows.
    var firstPause = TimeSpan.seconds(2)
    var longestPause = TimeSpan.minutes(5)
    /// A configuration that can't be used is read again this often: it may have been corrected.
    var rereading = TimeSpan.minutes(1)
    /// Between two writes of the status that differ in figures only.
    var figures = TimeSpan.seconds(1)
    /// Without any news.
    var idle = TimeSpan.minutes(10)
  }

  private let desk: any ReleaseDesk
  private let client: KubernetesClient
  private let announcer: ReleaseAnnouncer
  private let clock: any EngineClock
  private let pace: Pace
  private let logger: Logger
  nonisolated let bell = Bell()

  private var object: ObjectDocument
  /// The Release that has the service already; `nil`: this one.
  private var claimedBy: String?
  private var isGone = false
  /// The status that the API server has, as far as is known.
  private var told: ReleaseStatus?
  private var toldAt: Timestamp?
  /// What was in the way of the last attempt to begin, and of which generation.
  private var obstacle: (generation: Int, outcome: ReleaseOutcome, failures: Int, until: Timestamp)?
  /// When there is something to do although nobody rings.
  private var nextLook: Timestamp?
  private var failures = 0

  init(_ object: ObjectDocument, desk: any ReleaseDesk, client: KubernetesClient, clock: any EngineClock, pace: Pace, logger: Logger) {
    (self.object, self.desk, self.client, self.clock, self.pace, self.logger) = (object, desk, client, clock, pace, logger)
    announcer = ReleaseAnnouncer(client: client)
    told = object.status.map { ReleaseStatus($0) }
  }

  /// Takes in the object as it is now.
  func look(_ object: ObjectDocument, claimedBy: String?) {
    guard object != self.object || claimedBy != self.claimedBy else { return }
    (self.object, self.claimedBy) = (object, claimedBy)
    bell.ring()
  }

  /// The object is gone. What runs goes on: to delete a declaration is not to stop a service.
  func end() {
    isGone = true
    bell.ring()
  }

  /// Works until the object is gone or the task is cancelled.
  func run() async {
    while !isGone, !Task.isCancelled {
      let seen = bell.count
      nextLook = nil
      await turn()
      let limit = min(pace.idle, nextLook.map { $0 - clock.now() } ?? pace.idle)
      guard limit > .zero else { continue }
      do { try await bell.wait(past: seen, within: limit, clock) } catch { return }
    }
  }

  private func lookAgain(in span: TimeSpan) {
    let instant = clock.now() + span
    nextLook = min(nextLook ?? instant, instant)
  }

  private func turn() async {
    do {
      let release = try DeclaredRelease(object)
      if let claimedBy {
        let outcome = ReleaseOutcome(
          .stalled, "ServiceClaimed", "\(release.deployment) is declared by \(claimedBy) already; delete one of both")
        return try await tell(release, Found(ReleaseDecision(follows: nil, outcome)))
      }
      await announceNews(release)
      let (found, isHindered) = try await attempt(release)
      try await tell(release, found)
      if !isHindered { failures = 0 }
    } catch is CancellationError {
    } catch {
      // Also a Release that this version can't read, which the definition's schema keeps out.
      failures += 1
      lookAgain(in: pause(after: failures))
      logger.warning(
        "a Release can't be worked on for now",
        metadata: ["release": "\(object.namespace ?? "")/\(object.name ?? "")", "error": "\(error)"])
    }
  }

  /// What is in the way is told too; it is tried again.
  private func attempt(_ release: DeclaredRelease) async throws -> (Found, isHindered: Bool) {
    do {
      return (try await advance(release), false)
    } catch let error as SlipwayError {
      failures += 1
      let isWrong = error.kind == .input
      lookAgain(in: isWrong ? pace.rereading : min(pace.rereading, pause(after: failures)))
      let service = try await desk.service(of: release, comparedWith: nil)
      let running = service.own.flatMap { $0.phase.isTerminal ? nil : $0 }
      return (Found(ReleaseDecision(follows: running, ReleaseOutcome(error)), liveVersion: service.liveVersion), true)
    }
  }

  private func pause(after failures: Int) -> TimeSpan {
    min(pace.longestPause, .milliseconds(pace.firstPause.milliseconds << min(max(0, failures - 1), 12)))
  }

  // MARK: Doing

  /// What a turn has come to.
  private struct Found: Sendable {
    var decision: ReleaseDecision
    var digest: Digest?
    var liveVersion: Version?

    init(_ decision: ReleaseDecision, digest: Digest? = nil, liveVersion: Version? = nil) {
      (self.decision, self.digest, self.liveVersion) = (decision, digest, liveVersion)
    }
  }

  /// Decides and does, until there is nothing to do at once.
  private func advance(_ release: DeclaredRelease) async throws -> Found {
    var found = try await decide(release)
    for _ in 0..<3 {
      switch found.decision.action {
      case .nothing: return found
      case .begin:
        guard let order = self.order else { return found }
        if let outcome = try await begin(order) {
          found.decision = ReleaseDecision(follows: found.decision.follows, outcome)
          return found
        }
      case .intend(let intent, let rollout, let reason):
        do { try await desk.decide(intent, rollout: rollout, for: release, reason: reason) } catch let error as SlipwayError
          where error.kind == .refused
        {
          // It has gone on meanwhile; what it has come to is seen when it rings.
          return found
        }
      }
      await announceNews(release)
      found = try await decide(release)
    }
    lookAgain(in: pace.firstPause)
    return found
  }

  /// The order of this turn; `nil` where the generation is answered and needs none.
  private var order: ReleaseOrder?

  private func decide(_ release: DeclaredRelease) async throws -> Found {
    order = nil
    var service = try await desk.service(of: release, comparedWith: nil)
    if service.own?.origin?.generation != release.generation {
      let order = try await readOrder(release)
      try await desk.check(order)
      service = try await desk.service(of: release, comparedWith: order)
      self.order = order
    }
    let digest = order?.digest ?? service.own?.origin?.digest
    return Found(
      ReleaseDecision.decide(release, digest: digest, seen: told?.seen, service), digest: digest, liveVersion: service.liveVersion)
  }

  /// - Throws: `release-configuration-missing` of kind `refused`: it may come yet; `release-invalid` for a ConfigMap without the key.
  private func readOrder(_ release: DeclaredRelease) async throws -> ReleaseOrder {
    let spec = release.spec
    let key = ObjectKey(.configMap, namespace: release.namespace.description, name: spec.configMap)
    guard let map = try await client.get(key, ClusterCall("read \(key)")) else {
      throw SlipwayError(
        .releaseConfigurationMissing, .refused, "there is no \(key), which \(release.words) takes its plan from",
        remedy: "make it from the file, for example with `kubectl create configmap --from-file`, or let kustomize generate it")
    }
    guard let text = map.json[path: ["data", spec.configKey]]?.text else {
      throw SlipwayError(
        .releaseConfigurationMissing, .refused, "\(key) has no `data` with the key \(spec.configKey)",
        remedy: "name its key under `spec.configuration.configMapRef.key`")
    }
    return ReleaseOrder(release, configuration: text)
  }

  /// - Returns: what is in the way; `nil` when the rollout has begun.
  private func begin(_ order: ReleaseOrder) async throws -> ReleaseOutcome? {
    let generation = order.release.generation
    let before = obstacle.flatMap { $0.generation == generation ? $0 : nil }
    if let before, before.until > clock.now() {
      lookAgain(in: before.until - clock.now())
      return before.outcome
    }
    do {
      _ = try await desk.begin(order)
      obstacle = nil
      return nil
    } catch let error as SlipwayError {
      let failures = (before?.failures ?? 0) + 1
      let until = clock.now() + pause(after: failures)
      let outcome = ReleaseOutcome(error)
      obstacle = (generation, outcome, failures, until)
      lookAgain(in: until - clock.now())
      return outcome
    }
  }

  // MARK: Telling

  /// Events are told as well as can be: a status must not wait for them.
  private func announceNews(_ release: DeclaredRelease) async {
    do {
      let news = try await desk.news(of: release, after: told?.entry)
      guard let newest = news.last else { return }
      try await announcer.announce(news, about: release)
      told = told.map { $0.with(entry: newest.entry) } ?? ReleaseStatus(["entry": .integer(Int(newest.entry))])
    } catch {
      lookAgain(in: min(pace.rereading, pause(after: failures + 1)))
      logger.info("Events about a Release can't be told for now", metadata: ["release": "\(release.words)", "error": "\(error)"])
    }
  }

  /// The status as it was last written; ``told`` may be ahead of it by an entry.
  private var written: ReleaseStatus?

  private func tell(_ release: DeclaredRelease, _ found: Found) async throws {
    let now = clock.now()
    let before = told
    let status = ReleaseStatus(
      generation: release.generation, digest: found.digest, found.decision.outcome, follows: found.decision.follows,
      liveVersion: found.liveVersion, entry: told?.entry, previous: told, at: now)
    guard status != written, written != nil || status.json != object.status else { return }
    let isUrgent = status.isUrgent(after: written ?? object.status.map { ReleaseStatus($0) })
    if !isUrgent, let toldAt, now - toldAt < pace.figures { return lookAgain(in: pace.figures - (now - toldAt)) }
    if found.decision.follows == nil, status.ready != before?.ready, found.decision.outcome.state != .ready {
      do { try await announcer.announce(found.decision.outcome, about: release, at: now) } catch {
        logger.info("an Event about a Release can't be told", metadata: ["release": "\(release.words)", "error": "\(error)"])
      }
    }
    try await write(status, release)
    (told, written, toldAt) = (status, status, now)
  }

  private func write(_ status: ReleaseStatus, _ release: DeclaredRelease) async throws {
    let key = ObjectKey(ReleaseDefinition.kind, namespace: release.namespace.description, name: release.name)
    var document = ObjectDocument(key)
    // Another object of this name must not be told what became of this one.
    document.json["metadata"]?["uid"] = .text(release.uid)
    document.json["status"] = status.json
    do {
      _ = try await client.apply(document, as: key, subresource: .status, force: true, ClusterCall("tell the status of \(release.words)"))
    } catch let error as SlipwayError where error.code == .objectNotFound || error.code == .objectConflict {
      // It was deleted; the watch will say so.
      lookAgain(in: pace.firstPause)
    }
  }
}

extension ReleaseStatus {
  fileprivate func with(entry: Int64) -> ReleaseStatus {
    var json = json
    json["entry"] = .integer(Int(entry))
    return ReleaseStatus(json)
  }
}

extension SlipwayError.Code {
  /// What a Release takes its plan from is not there, or not yet.
  package static let releaseConfigurationMissing = Self("release-configuration-missing")
}
