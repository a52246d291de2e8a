import Logging
import SlipwayKubernetes
import SlipwayModel
import SlipwayPorts

/// The clusters that this process can reach: found and asked as kubectl does it.
enum ClusterComposition {
  /// How long a registry may take to say what a tag stands for.
  private static let imageLimit = TimeSpan.seconds(60)

  static func clusters(clock: any EngineClock, logger: Logger) -> Clusters {
    let registry = ImageRegistry(clock: clock)
    return Clusters(clock: clock) { spec in
      try KubernetesClient.connect(spec, clock: clock, random: { Double.random(in: 0..<1) }, logger: logger)
    } resolveImage: { reference in
      try await registry.digest(of: try ImageReference(reference), within: imageLimit)
    }
  }
}
