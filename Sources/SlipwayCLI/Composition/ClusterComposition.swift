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

  static func clusters(clock: any EngineClock, logger: Logger) -> Clusters {
    let registry = ImageRegistry(clock: clock)
    return Clusters(clock: clock) { spec in
      try KubernetesClient.connect(spec, clock: clock, random: { Double.random(in: 0..<1) }, logger: logger, limits: limits())
    } resolveImage: { reference in
      try await registry.digest(of: try ImageReference(reference), within: imageLimit)
    }
  }
}
