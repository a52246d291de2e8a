/// One of the two places a service runs in. One slot is live; the other takes the candidate.
package enum Slot: String, Codable, CaseIterable, Hashable, Sendable {
  case blue
  case green

  /// The slot that this one is not.
  package var other: Slot {
    switch self {
    case .blue: .green
    case .green: .blue
    }
  }
}

/// One service in one environment: what a lease, a route and a rollout are about.
package struct DeploymentKey: Hashable, Comparable, Sendable, Codable, CustomStringConvertible {
  package let service: Name
  package let environment: Name

  package init(service: Name, environment: Name) {
    self.service = service
    self.environment = environment
  }

  /// `api/production`.
  package var description: String { "\(service)/\(environment)" }

  package static func < (a: DeploymentKey, b: DeploymentKey) -> Bool {
    (a.service, a.environment) < (b.service, b.environment)
  }
}
