import SlipwayModel
import SlipwayPorts

/// `POST /v1/releases`.
struct PrepareMessage: Hashable, Sendable, Codable {
  let request: PrepareRequest
  let operation: Operation
}

/// `POST /v1/releases/check`.
struct CheckMessage: Hashable, Sendable, Codable {
  let request: PrepareRequest
  let listen: ListenAddress?
}

/// The answer to a ``PrepareMessage``.
struct PrepareAnswer: Hashable, Sendable, Codable {
  let digest: Digest
}

/// `POST /v1/workloads/ensure`.
struct EnsureMessage: Hashable, Sendable, Codable {
  let workload: Workload
  let operation: Operation
}

/// `POST /v1/workloads/retire`.
struct RetireMessage: Hashable, Sendable, Codable {
  let key: DeploymentKey
  let slot: Slot
  let operation: Operation
}

/// `POST /v1/routes/apply`.
struct ApplyMessage: Hashable, Sendable, Codable {
  let key: DeploymentKey
  let split: TrafficSplit
  let listen: ListenAddress?
  let sticky: Bool
  let operation: Operation
}

/// `POST /v1/stop`.
struct StopMessage: Hashable, Sendable, Codable {
  let mode: StopMode
}

/// How an agent ends when it is told to.
package enum StopMode: String, Hashable, Sendable, Codable, CaseIterable {
  /// Stops accepting, lets requests finish, and stops every process. What ought to run is kept: the next agent starts it again.
  case down
  /// Stops the proxy and leaves the processes running; the next agent takes them over.
  case detach
}

/// The answer of calls that have nothing to tell.
struct Done: Hashable, Sendable, Codable {}
