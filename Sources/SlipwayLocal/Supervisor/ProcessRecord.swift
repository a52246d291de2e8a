import Glibc
import SlipwayModel

/// A slot of a service in an environment.
struct SlotID: Hashable, Sendable, Codable, CustomStringConvertible {
  let key: DeploymentKey
  let slot: Slot

  var description: String { "\(key) \(slot.rawValue)" }
}

/// One start of one replica, as the state folder remembers it. It is written before the process is started (without ``pid``) and
/// again right after, so that an agent that comes after a crash finds every process.
struct ProcessRecord: Hashable, Sendable, Codable {
  /// In the process's environment as `SLIPWAY_INSTANCE`; unique. The proxy knows the endpoint by it.
  let instance: String
  let place: SlotID
  let replica: Int
  let release: Release
  /// Of everything that the process was started with; see `Workload.revision`.
  let revision: Digest
  let port: Int
  /// Also the id of its session and group.
  var pid: pid_t?
  /// From `/proc/PID/stat`: a process id may be used again, with another start time.
  var startTime: UInt64?
  let startedAt: Timestamp
  /// Size of the log when it was started: what follows is its output.
  let logOffset: Int
  let shutdown: ShutdownSpec
  /// Values that must not be in what is told of it: the file is its owner's alone.
  let secrets: Set<String>

  private enum CodingKeys: String, CodingKey {
    case instance, place, replica, release, revision, port, pid, shutdown, secrets
    case startTime = "start_time"
    case startedAt = "started_at"
    case logOffset = "log_offset"
  }
}

/// What happened to the processes of a slot since it got its release.
struct SlotHistory: Hashable, Sendable, Codable {
  let place: SlotID
  let release: Release
  var restarts = 0
  var lastExit: ExitReport?

  private enum CodingKeys: String, CodingKey {
    case place, release, restarts
    case lastExit = "last_exit"
  }
}

/// The file `processes.json`.
struct ProcessFile: Hashable, Sendable, Codable {
  static let currentVersion = 1

  var version = currentVersion
  /// Process ids mean nothing after the machine was started again.
  let bootID: String
  var processes: [ProcessRecord]
  var histories: [SlotHistory]

  private enum CodingKeys: String, CodingKey {
    case version, processes, histories
    case bootID = "boot_id"
  }
}

extension Workload {
  /// The values of the variables: a workload without them is neither taken nor loaded.
  var variables: [String: String] { service.variables.values ?? [:] }

  /// Digest of all that makes a running process another one: the release, the command and the variables. Health and shutdown
  /// settings change without a new process.
  var revision: Digest {
    let variables = variables.sorted { $0.key < $1.key }.map { "\($0.key)=\($0.value)" }
    let parts =
      [
        release.version.description, release.artifact.description, release.configuration.description, service.run ?? "",
      ] + variables
    return Digest(hashing: parts.flatMap { "\($0.utf8.count):\($0)".utf8 })
  }
}

extension ProcessRecord {
  /// Whether the process with this record's id still is that process. A zombie is not.
  var isRunning: Bool {
    guard let pid, let status = ProcessTable.status(of: pid) else { return false }
    return status.startTime == startTime && !status.hasEnded
  }

  /// What runs of its session, its own process included.
  var members: [ProcessStatus] {
    guard let pid else { return [] }
    // Another start time: the number was used again, so nothing of the old session is left.
    if let leader = ProcessTable.status(of: pid), leader.startTime != startTime { return [] }
    return ProcessTable.members(ofSession: pid)
  }
}
