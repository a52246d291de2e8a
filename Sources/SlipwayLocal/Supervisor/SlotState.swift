import Glibc
import SlipwayModel
import SlipwayProxy

/// A process that the supervisor looks after.
struct Managed: Sendable {
  var record: ProcessRecord
  /// Whether it is this agent's child, whose exit status can be learned.
  let isChild: Bool
  let startedAt: ContinuousClock.Instant
  /// Since when it has been listening at its port; `nil` when it is not.
  var boundAt: ContinuousClock.Instant?
  var toldLate = false
  /// Where it was found listening instead when it was late.
  var otherPorts: Set<Int> = []
  /// How its own process ended, once that was seen.
  var exit: ProcessExit?
  /// Whether its teardown has begun.
  var isStopping = false
  /// Whether it serves on until its replacement is ready.
  var isBeingReplaced = false
  /// Whether something of it outlived SIGKILL.
  var isStuck = false

  /// Whether the proxy has found it ready at least once: until then failed probes only mean that it is starting.
  var wasReady = false
  /// Failed liveness probes in a row.
  var silences = 0
  /// When its liveness is asked for next; `nil` while an answer is awaited.
  var probeAt: ContinuousClock.Instant? = .now

  /// Whether it has been bound for long enough to end a row of ends.
  var wasHealthy: Bool { boundAt.map { $0.duration(to: .now) >= Backoff.resetAfter.duration } ?? false }

  var endpoint: Endpoint { Endpoint(id: record.instance, port: record.port) }

  /// Looks whether its own process has ended and collects it.
  mutating func look() -> ProcessExit? {
    if let exit { return exit }
    guard let pid = record.pid else { return nil }
    if isChild { exit = ProcessExit.reap(pid) } else if !record.isRunning { exit = .unknown }
    return exit
  }
}

/// One of the replicas that a slot ought to have.
struct Replica: Sendable {
  var process: Managed?
  /// Ends by itself in a row.
  var failures = 0
  /// Not to be started before.
  var startAt: ContinuousClock.Instant
  /// Whether a start is under way.
  var isStarting = false
}

/// What the supervisor knows of a slot.
struct SlotState: Sendable {
  static let eventLimit = 100

  var workload: Workload? {
    didSet { secrets.formUnion(Redaction.secrets(in: workload?.variables ?? [:])) }
  }
  /// Of every workload that the slot had since the agent was started: its logs outlive it.
  private(set) var secrets: Set<String> = []
  var replicas: [Int: Replica] = [:]
  /// Processes that are on their way out, by instance.
  var leaving: [String: Managed] = [:]
  var history: SlotHistory?
  var events = BoundedList<AgentEvent>(limit: eventLimit)
  /// What the proxy was told last; `nil` when that is not known.
  var published: SlotConfiguration?
  var isPublishing = false

  var isEmpty: Bool { leaving.isEmpty && replicas.values.allSatisfy { $0.process == nil && !$0.isStarting } }

  /// The processes that may get requests: bound, and not being stopped.
  var endpoints: [Endpoint] {
    let present = replicas.sorted { $0.key < $1.key }.compactMap(\.value.process)
    let past = leaving.values.filter { $0.isBeingReplaced && !$0.isStopping }.sorted { $0.record.instance < $1.record.instance }
    return (present + past).filter { $0.boundAt != nil && !$0.isStopping && $0.exit == nil }.map(\.endpoint)
  }

  /// All processes, those on their way out included.
  var processes: [Managed] { replicas.sorted { $0.key < $1.key }.compactMap(\.value.process) + leaving.values }
}
