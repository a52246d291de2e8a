import SlipwayModel

/// `GET /v1/status`.
package struct AgentStatus: Hashable, Sendable, Codable {
  package let pid: Int
  package let startedAt: Timestamp
  /// The state folder's path.
  package let state: String
  /// Slots that have processes or ought to have some.
  package let slots: Int
  package let processes: Int
  /// What could not be read or opened when the agent started.
  package let problems: [SlipwayError]

  private enum CodingKeys: String, CodingKey {
    case pid, state, slots, processes, problems
    case startedAt = "started_at"
  }
}

/// One slot of `GET /v1/workloads`.
package struct SlotReport: Hashable, Sendable, Codable {
  package let key: DeploymentKey
  package let slot: Slot
  /// What ought to run; `nil` while the slot is being emptied.
  package let release: Release?
  /// How many ought to run.
  package let replicas: Int
  package let weight: Percentage
  /// Where the proxy takes requests, with the real port; `nil` when its listener is not open.
  package let listen: ListenAddress?
  package let restarts: Int
  /// The longest that stopping the slot may take, draining included.
  package let longestTeardown: TimeSpan
  package let processes: [ProcessReport]

  private enum CodingKeys: String, CodingKey {
    case key, slot, release, replicas, listen, restarts, processes
    case weight = "weight_percent"
    case longestTeardown = "longest_teardown_ms"
  }
}

/// One process of a slot.
package struct ProcessReport: Hashable, Sendable, Codable {
  /// From 0.
  package let replica: Int
  package let version: Version
  /// `nil` in the moment before it is started.
  package let pid: Int?
  package let port: Int
  package let startedAt: Timestamp
  /// Whether it listens at its port.
  package let bound: Bool
  /// Whether it may get requests.
  package let ready: Bool
  package let stopping: Bool
  /// Path of the file that has its output.
  package let log: String

  private enum CodingKeys: String, CodingKey {
    case replica, version, pid, port, bound, ready, stopping, log
    case startedAt = "started_at"
  }
}
