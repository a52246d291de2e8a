import Logging
import SlipwayKubernetes
import SlipwayModel
import SlipwayPorts
import SlipwayRuntime

/// The Releases of the cluster that this process is in, or that its kubeconfig names.
struct ReleaseComposition: Sendable {
  let namespaces: [Name]
  let clock: any EngineClock
  let logger: Logger

  /// Makes them true with this engine until the task is cancelled.
  ///
  /// - Throws: `kubeconfig-missing` and the like.
  func run(_ engine: Engine) async throws {
    let access = try ClusterFinder.process.access(context: nil, kubeconfig: [])
    let client = KubernetesClient(
      transport: try HTTPTransport(access, clock: clock, logger: logger), clock: clock, random: { Double.random(in: 0..<1) },
      logger: logger)
    await ReleaseController(desk: EngineDesk(engine: engine), client: client, namespaces: namespaces, clock: clock, logger: logger).run()
    await client.close()
  }
}
