import Logging
import SlipwayModel
import SlipwayPorts

/// Watches the Releases of some namespaces, and has each of them made true.
package actor ReleaseController {
  private let desk: any ReleaseDesk
  private let client: KubernetesClient
  private let namespaces: [Name]
  private let clock: any EngineClock
  private let pace: ReleaseWorker.Pace
  private let logger: Logger
  /// By uid: an object that is made anew under the same name is another one.
  private var workers: [String: (worker: ReleaseWorker, object: ObjectDocument)] = [:]
  private let starts: AsyncStream<ReleaseWorker>
  private let start: AsyncStream<ReleaseWorker>.Continuation
  private var complained: Set<Name> = []

  /// - Parameters:
  ///   - client: for the cluster that the namespaces are in.
  ///   - namespaces: those whose Releases count.
  package init(desk: any ReleaseDesk, client: KubernetesClient, namespaces: [Name], clock: any EngineClock, logger: Logger) {
    self.init(desk: desk, client: client, namespaces: namespaces, clock: clock, logger: logger, pace: ReleaseWorker.Pace())
  }

  /// - Parameter haste: divides all pauses, for tests.
  package init(
    desk: any ReleaseDesk, client: KubernetesClient, namespaces: [Name], clock: any EngineClock, logger: Logger, haste: Int64
  ) {
    var pace = ReleaseWorker.Pace()
    func hurried(_ span: TimeSpan) -> TimeSpan { .milliseconds(max(1, span.milliseconds / haste)) }
    (pace.firstPause, pace.longestPause) = (hurried(pace.firstPause), hurried(pace.longestPause))
    (pace.rereading, pace.figures) = (hurried(pace.rereading), hurried(pace.figures))
    self.init(desk: desk, client: client, namespaces: namespaces, clock: clock, logger: logger, pace: pace)
  }

  private init(
    desk: any ReleaseDesk, client: KubernetesClient, namespaces: [Name], clock: any EngineClock, logger: Logger, pace: ReleaseWorker.Pace
  ) {
    (self.desk, self.client, self.namespaces, self.clock, self.pace, self.logger) = (desk, client, namespaces, clock, pace, logger)
    (starts, start) = AsyncStream.makeStream()
  }

  /// How long changes of rollouts are gathered before the Releases look at them.
  private static let gathering = TimeSpan.milliseconds(200)

  /// Works until the task is cancelled. Called once, and by one server at a time: the engine it asks writes the journal.
  package func run() async {
    await withDiscardingTaskGroup { group in
      for namespace in Set(namespaces) {
        let cache = ObjectCache(WatchTarget(ReleaseDefinition.kind, in: namespace.description), client: client)
        group.addTask {
          do { try await cache.run() } catch {
            // It ends by cancellation only: what fails is tried again inside.
          }
        }
        group.addTask { await self.follow(cache, namespace) }
      }
      group.addTask { await self.followRollouts() }
      for await worker in starts { group.addTask { await worker.run() } }
      group.cancelAll()
    }
  }

  // MARK: Objects

  private func follow(_ cache: ObjectCache, _ namespace: Name) async {
    while !Task.isCancelled {
      let seen = cache.changes
      let freshness = cache.freshness
      if freshness.syncedAt != nil { await take(cache.objects, in: namespace) }
      complain(freshness.failure, namespace)
      do { try await cache.wait(past: seen, within: .hours(1)) } catch { return }
    }
  }

  /// Once for each time that the watch falls silent.
  private func complain(_ failure: SlipwayError?, _ namespace: Name) {
    guard let failure else {
      complained.remove(namespace)
      return
    }
    guard complained.insert(namespace).inserted else { return }
    logger.warning("the Releases can't be watched for now", metadata: ["namespace": "\(namespace)", "error": "\(failure)"])
  }

  private func take(_ objects: [ObjectDocument], in namespace: Name) async {
    var present: Set<String> = []
    for object in objects {
      // One that is being deleted declares nothing any more, whatever its deletion waits for.
      guard let uid = object.uid, object.json[path: ["metadata", "deletionTimestamp"]] == nil else { continue }
      present.insert(uid)
      if let known = workers[uid] {
        workers[uid] = (known.worker, object)
      } else {
        let worker = ReleaseWorker(object, desk: desk, client: client, clock: clock, pace: pace, logger: logger)
        workers[uid] = (worker, object)
        start.yield(worker)
      }
    }
    for (uid, known) in workers where known.object.namespace == namespace.description && !present.contains(uid) {
      workers[uid] = nil
      await known.worker.end()
    }
    // Which Release has a service depends on all of them.
    let holders = holders()
    for known in workers.values {
      let holder = Self.key(known.object).flatMap { holders[$0] }
      let isOther = holder.map { $0.uid != known.object.uid } ?? false
      await known.worker.look(known.object, claimedBy: isOther ? holder?.words : nil)
    }
  }

  /// Of several Releases for one service the oldest has it.
  private func holders() -> [String: ObjectDocument] {
    func age(_ object: ObjectDocument) -> [String] {
      [object.json[path: ["metadata", "creationTimestamp"]]?.text ?? "", object.uid ?? ""]
    }
    var holders: [String: ObjectDocument] = [:]
    for known in workers.values {
      guard let key = Self.key(known.object) else { continue }
      if let other = holders[key], age(other).lexicographicallyPrecedes(age(known.object)) { continue }
      holders[key] = known.object
    }
    return holders
  }

  /// `api/production`.
  private static func key(_ object: ObjectDocument) -> String? {
    guard let service = object.spec?["service"]?.text, let environment = object.spec?["environment"]?.text else { return nil }
    return "\(service)/\(environment)"
  }

  // MARK: Rollouts

  /// Rings for those whose service has a new entry in the journal.
  private func followRollouts() async {
    var known: [DeploymentKey: Int64] = [:]
    while !Task.isCancelled {
      let seen = desk.changeCount
      let newest = await desk.newestEntries()
      let changed = Set(newest.filter { known[$0.key] != $0.value }.map(\.key.description))
      known = newest
      for one in workers.values where Self.key(one.object).map(changed.contains) ?? false { one.worker.bell.ring() }
      await desk.wait(past: seen)
      do { try await clock.sleep(for: Self.gathering) } catch { return }
    }
  }
}

extension ObjectDocument {
  fileprivate var words: String { "Release \(namespace ?? "")/\(name ?? "")" }
}
