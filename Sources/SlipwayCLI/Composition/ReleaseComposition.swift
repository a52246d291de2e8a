import Logging
import SlipwayKubernetes
import SlipwayModel
import SlipwayPorts
import SlipwayRuntime

/// The Releases of the cluster that this process is in, or that its kubeconfig names.
struct ReleaseComposition: Sendable {
  let namespaces: [Name]
  let clock: any EngineClock
  /// Outside of it no object is changed; `nil` for a server that needs no Lease.
  let tenure: Tenure?
  let logger: Logger

  /// Makes them true with this engine until the task is cancelled.
  ///
  /// - Throws: `kubeconfig-missing` and the like.
  func run(_ engine: Engine) async throws {
    let spec = KubernetesSpec(namespace: namespaces[0])
    let client = try KubernetesClient.connect(
      spec, clock: clock, random: { Double.random(in: 0..<1) }, logger: logger, tenure: tenure)
    await ReleaseController(desk: EngineDesk(engine: engine), client: client, namespaces: namespaces, clock: clock, logger: logger).run()
    await client.close()
  }
}
