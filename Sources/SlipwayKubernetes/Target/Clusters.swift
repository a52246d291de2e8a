import SlipwayModel
import SlipwayPorts
import Synchronization

/// The clusters that services run in. All rollouts of a namespace share its caches, and all namespaces of a cluster its client: the
/// number of calls does not grow with the number of rollouts.
package final class Clusters: ClusterDirectory {
  /// Makes the client for a context. Nothing is asked of the cluster yet.
  package typealias Connect = @Sendable (KubernetesSpec) throws -> KubernetesClient
  /// Finds the digest that an image reference stands for.
  package typealias ResolveImage = @Sendable (String) async throws -> Digest

  /// What makes two places be in the same cluster, as far as can be told without asking it.
  private struct Address: Hashable {
    let context: String?
    let kubeconfig: [String]
  }

  private struct State {
    var clients: [Address: KubernetesClient] = [:]
    var namespaces: [Address: [Name: NamespaceView]] = [:]
  }

  private let connect: Connect
  let resolveImage: ResolveImage
  let clock: any EngineClock
  private let idleLimit: TimeSpan
  /// Written on every object; `nil`: the server needs no Lease to drive.
  let term: Int64?
  private let state = Mutex(State())
  private let caches: AsyncStream<(ObjectCache, Ending)>
  private let newCaches: AsyncStream<(ObjectCache, Ending)>.Continuation

  /// - Parameter idleLimit: how long a namespace is watched after the last look at it. A rollout looks every second; after it others may
  ///   follow, and `slipway status` looks as well.
  package init(
    clock: any EngineClock, term: Int64? = nil, idleLimit: TimeSpan = .minutes(10), connect: @escaping Connect,
    resolveImage: @escaping ResolveImage
  ) {
    (self.clock, self.term, self.idleLimit, self.connect, self.resolveImage) = (clock, term, idleLimit, connect, resolveImage)
    (caches, newCaches) = AsyncStream.makeStream()
  }

  /// Keeps true what is known of clusters, until the task is cancelled: without it every look fails. Called once.
  package func run() async {
    await withDiscardingTaskGroup { group in
      group.addTask { await self.dropUnused() }
      for await (cache, ending) in caches {
        group.addTask {
          await ending.bound {
            do { try await cache.run() } catch {
              // It ends by cancellation only: what fails is tried again inside.
            }
          }
        }
      }
      group.cancelAll()
    }
    let clients = state.withLock { Array($0.clients.values) }
    for client in clients { await client.close() }
  }

  /// Ends the watches of namespaces that no rollout looks at any more; whoever looks again begins them anew.
  private func dropUnused() async {
    while true {
      do { try await clock.sleep(for: .milliseconds(idleLimit.milliseconds / 10)) } catch { return }
      let oldest = clock.now() - idleLimit
      let unused = state.withLock { state -> [NamespaceView] in
        var unused: [NamespaceView] = []
        for (address, views) in state.namespaces {
          unused += views.values.filter { $0.lastUse < oldest }
          state.namespaces[address] = views.filter { $0.value.lastUse >= oldest }
        }
        return unused
      }
      for view in unused { view.ending.end() }
    }
  }

  /// How many namespaces are watched.
  var watchedNamespaces: Int { state.withLock { $0.namespaces.values.reduce(0) { $0 + $1.count } } }

  package func place(_ kubernetes: KubernetesSpec) -> any DeploymentTarget & TrafficRouter {
    KubernetesPlace(spec: kubernetes, clusters: self)
  }

  /// What is known of the place's namespace.
  ///
  /// - Throws: `kubeconfig-missing` and the like.
  func namespace(of spec: KubernetesSpec) throws -> NamespaceView {
    try state.withLock { state in
      let address = Address(context: spec.context, kubeconfig: spec.kubeconfig)
      if let view = state.namespaces[address]?[spec.namespace] {
        view.noteUse()
        return view
      }
      let client = try state.clients[address] ?? connect(spec)
      state.clients[address] = client
      let ending = Ending()
      let view = NamespaceView(spec.namespace, client: client, clock: clock, ending: ending) { [newCaches] in
        newCaches.yield(($0, ending))
      }
      state.namespaces[address, default: [:]][spec.namespace] = view
      return view
    }
  }
}
