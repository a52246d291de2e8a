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
  /// Outside of it nothing is written; `nil`: the server needs no Lease to drive.
  let tenure: Tenure?
  private let state = Mutex(State())
  private let caches: AsyncStream<ObjectCache>
  private let newCaches: AsyncStream<ObjectCache>.Continuation

  package init(clock: any EngineClock, tenure: Tenure? = nil, connect: @escaping Connect, resolveImage: @escaping ResolveImage) {
    (self.clock, self.tenure, self.connect, self.resolveImage) = (clock, tenure, connect, resolveImage)
    (caches, newCaches) = AsyncStream.makeStream()
  }

  /// Keeps true what is known of clusters, until the task is cancelled: without it every look fails. Called once.
  package func run() async {
    await withDiscardingTaskGroup { group in
      for await cache in caches {
        group.addTask {
          do { try await cache.run() } catch {
            // It ends by cancellation only: what fails is tried again inside.
          }
        }
      }
      group.cancelAll()
    }
    let clients = state.withLock { Array($0.clients.values) }
    for client in clients { await client.close() }
  }

  package func place(_ kubernetes: KubernetesSpec) -> any DeploymentTarget & TrafficRouter {
    KubernetesPlace(spec: kubernetes, clusters: self)
  }

  /// What is known of the place's namespace.
  ///
  /// - Throws: `kubeconfig-missing` and the like.
  func namespace(of spec: KubernetesSpec) throws -> NamespaceView {
    try state.withLock { state in
      let address = Address(context: spec.context, kubeconfig: spec.kubeconfig)
      if let view = state.namespaces[address]?[spec.namespace] { return view }
      let client = try state.clients[address] ?? connect(spec)
      state.clients[address] = client
      let view = NamespaceView(spec.namespace, client: client, clock: clock) { [newCaches] in newCaches.yield($0) }
      state.namespaces[address, default: [:]][spec.namespace] = view
      return view
    }
  }
}
