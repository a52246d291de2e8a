import Foundation
import Logging
import SlipwayKubernetes
import SlipwayModel
import SlipwayPorts

/// The clusters that this process can reach: found and asked as kubectl does it.
enum ClusterComposition {
  /// How long a registry may take to say what a tag stands for.
  private static let imageLimit = TimeSpan.seconds(60)

  /// How many calls a second may be made, by the variable `SLIPWAY_CLUSTER_CALLS`; what is no number there counts for nothing.
  static func limits(_ variables: [String: String] = ProcessInfo.processInfo.environment) -> RateLimits {
    guard let rate = variables["SLIPWAY_CLUSTER_CALLS"].flatMap({ Int($0) }), (1...10_000).contains(rate) else { return .standard }
    return RateLimits(
      rate: rate, burst: 2 * rate, urgentRate: max(rate, RateLimits.standard.urgentRate),
      urgentBurst: max(2 * rate, RateLimits.standard.urgentBurst))
  }

  /// - Parameter tenure: outside of it nothing is written; `nil` for a server that needs no Lease.
  static func clusters(clock: any EngineClock, tenure: Tenure? = nil, logger: Logger) -> Clusters {
    let registry = ImageRegistry(clock: clock)
    return Clusters(clock: clock, term: tenure?.term) { spec in
      try KubernetesClient.connect(
        spec, clock: clock, random: { Double.random(in: 0..<1) }, logger: logger, limits: limits(), tenure: tenure)
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
