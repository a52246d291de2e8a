import Logging
import SlipwayKubernetes
import SlipwayModel
import SlipwayPorts

/// The clusters that this process can reach: found and asked as kubectl does it.
enum ClusterComposition {
  /// How long a registry may take to say what a tag stands for.
  private static let imageLimit = TimeSpan.seconds(60)

  /// - Parameter tenure: outside of it nothing is written; `nil` for a server that needs no Lease.
  static func clusters(clock: any EngineClock, tenure: Tenure? = nil, logger: Logger) -> Clusters {
    let registry = ImageRegistry(clock: clock)
    return Clusters(clock: clock, tenure: tenure) { spec in
      try KubernetesClient.connect(spec, clock: clock, random: { Double.random(in: 0..<1) }, logger: logger)
    } resolveImage: { reference in
      try await registry.digest(of: try ImageReference(reference), within: imageLimit)
    }
  }

  /// A client of its own for the Lease, so that no other call can hold a renewal up; of the cluster that kubectl would use here.
  static func leaseClient(clock: any EngineClock, logger: Logger) throws -> KubernetesClient {
    KubernetesClient(
      transport: try HTTPTransport(try ClusterFinder.process.access(), clock: clock, logger: logger), clock: clock,
      random: { Double.random(in: 0..<1) }, logger: logger)
  }
}
