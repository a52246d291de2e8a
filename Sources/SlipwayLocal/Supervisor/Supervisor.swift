import Logging
import NIOCore
import NIOPosix
import SlipwayModel
import SlipwayPorts
import SlipwayProxy

/// Makes the processes of this machine what they ought to be, and tells the proxy of them.
///
/// What ought to be (`DesiredState`) is written before it is acted on. A loop looks ten times a second at what is and takes the next
/// step. All of it runs on one thread of its own, where files are synced and processes started without making others wait.
actor Supervisor {
  let state: StateFolder
  let releases: ReleaseStore
  let proxy: ProxyServer
  let logger: Logger
  let rotation: LogRotation
  let clock = WallClock()
  let bootID: String

  var desired: [DeploymentKey: DesiredState] = [:]
  var slots: [SlotID: SlotState] = [:]
  /// The newest call for each service and environment.
  var newestCalls: [DeploymentKey: (epoch: Int64, sequence: Int)] = [:]
  /// Files of the state folder that could not be read.
  var problems: [SlipwayError] = []
  /// Set when everything is to be stopped: nothing is started any more.
  var isStopping = false
  /// Calls for one service and environment take effect one after the other.
  let turns = Turnstile()
  private let store: DesiredStore
  private let jobs: AsyncStream<Job>
  private let newJobs: AsyncStream<Job>.Continuation
  private var ticks = 0

  static let tickInterval = Duration.milliseconds(100)
  private static let thread = MultiThreadedEventLoopGroup(numberOfThreads: 1)

  nonisolated var unownedExecutor: UnownedSerialExecutor { Self.thread.any().executor.asUnownedSerialExecutor() }

  init(state: StateFolder, releases: ReleaseStore, proxy: ProxyServer, rotation: LogRotation, logger: Logger) {
    self.state = state
    self.releases = releases
    self.proxy = proxy
    self.rotation = rotation
    self.logger = logger
    store = DesiredStore(folder: state.desired)
    bootID = ProcessTable.bootID()
    (jobs, newJobs) = AsyncStream.makeStream()
  }

  /// Reads what ought to run and finds the processes that already do. Comes before anything else.
  ///
  /// - Throws: `SlipwayError` when the state folder can't be read. A broken file of one service is in ``problems`` instead.
  func load() throws {
    do {
      let (states, problems) = try store.load()
      self.problems = problems
      for state in states {
        desired[state.key] = state
        for slot in Slot.allCases where state[slot] != nil {
          slots[SlotID(key: state.key, slot: slot), default: SlotState()].workload = state[slot]
        }
      }
    } catch {
      throw SlipwayError.storage(error, doing: "reading what ought to run")
    }
    try adopt()
    for id in slots.keys.sorted(by: { "\($0)" < "\($1)" }) { converge(id) }
  }

  /// Looks and acts until the task is cancelled; processes go on running then.
  func run() async {
    await withDiscardingTaskGroup { group in
      group.addTask {
        while !Task.isCancelled {
          await self.tick()
          // Only cancellation ends the sleep early, and the loop asks for that.
          try? await Task.sleep(for: Self.tickInterval)
        }
      }
      for await job in jobs { group.addTask { await self.carryOut(job) } }
      group.cancelAll()
    }
  }

  /// One look at everything, and the next steps.
  func tick() async {
    ticks += 1
    for id in slots.keys { lookAtExits(id) }
    for id in slots.keys { lookAtPorts(id) }
    if ticks % 10 == 0 { rotateLogs() }
    for id in slots.keys.sorted(by: { "\($0)" < "\($1)" }) { await publish(id) }
    for id in slots.keys { await dismissReplaced(id) }
    for id in slots.keys { await lookAtReadiness(id) }
    for id in slots.keys where hasDue(id) { newJobs.yield(.start(id)) }
    for id in slots.keys { for probe in dueProbes(id) { newJobs.yield(.probe(probe)) } }
    if ticks % 20 == 0 { await reopenRoutes() }
  }

  func enqueue(_ job: TeardownJob) {
    newJobs.yield(.tearDown(job))
  }

  /// What takes longer than one look: it has a task of its own.
  private enum Job: Sendable {
    case start(SlotID)
    case tearDown(TeardownJob)
    case probe(LivenessProbe)
  }

  private func carryOut(_ job: Job) async {
    switch job {
    case .start(let id): await startDue(id)
    case .tearDown(let job): await tearDown(job)
    case .probe(let probe): note(await probe.failure(), of: probe)
    }
  }

  func save(_ state: DesiredState) throws {
    try store.save(state)
    desired[state.key] = state
  }

  /// Writes which processes run; called before and after each start and after each end.
  func saveProcesses() throws {
    var file = ProcessFile(bootID: bootID, processes: [], histories: [])
    for (_, slot) in slots.sorted(by: { "\($0.key)" < "\($1.key)" }) {
      file.processes += slot.processes.map(\.record)
      if let history = slot.history { file.histories.append(history) }
    }
    do { try Files.write(try JSON.encode(file), to: state.processes) } catch {
      throw SlipwayError.storage(error, doing: "saving which processes run")
    }
  }

  /// For changes after which nothing can be undone: a failure is told and the next save makes up for it.
  func saveProcessesOrTell(_ id: SlotID) {
    do { try saveProcesses() } catch { tell(id, nil, .trouble, "\(error)") }
  }

  func tell(_ id: SlotID, _ replica: Int?, _ kind: AgentEvent.Kind, _ message: String, exit: ExitReport? = nil) {
    let event = AgentEvent(at: clock.now(), key: id.key, slot: id.slot, replica: replica, kind: kind, message: message, exit: exit)
    slots[id, default: SlotState()].events.append(event)
    logger.info(
      "\(message)",
      metadata: [
        "event": "\(kind.rawValue)", "service": "\(id.key.service)", "environment": "\(id.key.environment)", "slot": "\(id.slot.rawValue)",
        "replica": "\(replica.map(String.init) ?? "-")",
      ])
  }

  /// Of replicas, of builds, and of what runs in the background.
  private func rotateLogs() {
    do {
      for name in try Files.names(in: state.logs) where name.hasSuffix(".log") { try rotation.rotate("\(state.logs)/\(name)") }
    } catch {
      logger.error("a log could not be rotated", metadata: ["cause": "\(error)"])
    }
  }
}
