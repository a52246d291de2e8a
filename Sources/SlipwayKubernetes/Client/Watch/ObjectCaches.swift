import SlipwayModel
import Synchronization

/// The caches that all rollouts of a cluster share: one for each thing that is watched, made when it is first asked for.
package final class ObjectCaches: Sendable {
  private struct Key: Hashable {
    let kind: ResourceKind
    let namespace: String?
    let selection: ObjectSelection
  }

  private let client: KubernetesClient
  private let caches = Mutex<[Key: ObjectCache]>([:])
  private let new: AsyncStream<ObjectCache>
  private let begin: AsyncStream<ObjectCache>.Continuation

  package init(client: KubernetesClient) {
    self.client = client
    (new, begin) = AsyncStream.makeStream(of: ObjectCache.self)
  }

  /// The cache of this target. Trim and index are those of whoever asks first: give the same for the same kind.
  ///
  /// It becomes true while ``run()`` runs; `waitForSync(within:)` tells when.
  package func cache(
    _ target: WatchTarget, index: @escaping @Sendable (ObjectDocument) -> [String] = { _ in [] }
  ) -> ObjectCache {
    let key = Key(kind: target.kind, namespace: target.namespace, selection: target.selection)
    return caches.withLock { caches in
      if let cache = caches[key] { return cache }
      let cache = ObjectCache(target, client: client, index: index)
      caches[key] = cache
      begin.yield(cache)
      return cache
    }
  }

  /// Keeps all caches true, also those that are asked for later, until the task is cancelled. It is called once.
  package func run() async {
    await withDiscardingTaskGroup { group in
      for await cache in new {
        group.addTask {
          // It throws when it is cancelled, and for no other reason.
          do { try await cache.run() } catch { return }
        }
      }
      group.cancelAll()
    }
  }
}
