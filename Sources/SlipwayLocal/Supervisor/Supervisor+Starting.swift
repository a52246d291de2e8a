import Glibc
import SlipwayModel
import SlipwayProxy

/// Starting, and what becomes of what was started.
extension Supervisor {
  /// How long a process may take to listen before that is told: 5 s, or half of its start-up time when that is less.
  func lateAfter(_ id: SlotID) -> Duration { min(.seconds(5), startupTimeout(id).duration / 2) }

  /// Compares what ought to run in a slot with what does: marks what is missing for starting, and sends away what is too many or outdated.
  func converge(_ id: SlotID) {
    guard var slot = slots[id] else { return }
    converge(&slot, id)
    slots[id] = slot
    forgetIfEmpty(id)
  }

  private func converge(_ slot: inout SlotState, _ id: SlotID) {
    let wanted = slot.workload?.replicas ?? 0
    if let workload = slot.workload, slot.history?.release != workload.release {
      slot.history = SlotHistory(place: id, release: workload.release)
    }
    for (index, replica) in slot.replicas where index >= wanted {
      slot.replicas[index] = nil
      if let process = replica.process { sendAway(process, from: &slot, id) }
    }
    guard let workload = slot.workload else { return }
    let hasTraffic = (proxy.configuration[id.key]?.split.weight(of: id.slot) ?? .zero) > .zero
    for index in 0..<wanted {
      guard let replica = slot.replicas[index] else {
        slot.replicas[index] = Replica(startAt: .now)
        continue
      }
      guard var process = replica.process, process.record.revision != workload.revision else { continue }
      slot.replicas[index] = Replica(startAt: .now)
      if hasTraffic && process.boundAt != nil {
        process.isBeingReplaced = true
        slot.leaving[process.record.instance] = process
      } else {
        sendAway(process, from: &slot, id)
      }
    }
  }

  private func sendAway(_ process: Managed, from slot: inout SlotState, _ id: SlotID) {
    var process = process
    process.isStopping = true
    slot.leaving[process.record.instance] = process
    enqueue(TeardownJob(place: id, instance: process.record.instance, steps: process.record.shutdown.teardown))
  }

  /// Stops processes that serve on until a replacement is ready, once that is so or the slot has lost its traffic.
  func dismissReplaced(_ id: SlotID) async {
    guard let waiting = slots[id]?.leaving.values.filter({ $0.isBeingReplaced && !$0.isStopping }), !waiting.isEmpty else { return }
    let status = await proxy.status(id.key)
    let hasTraffic = (proxy.configuration[id.key]?.split.weight(of: id.slot) ?? .zero) > .zero
    let ready = Set((status?[id.slot].endpoints ?? []).filter(\.ready).map(\.endpoint.id))
    for old in waiting {
      guard var slot = slots[id], let process = slot.leaving[old.record.instance], !process.isStopping else { continue }
      let replacement = slot.replicas[old.record.replica]?.process
      let isReplaced =
        replacement.map { ready.contains($0.record.instance) } ?? (slot.workload.map { $0.replicas <= old.record.replica } ?? true)
      guard isReplaced || !hasTraffic else { continue }
      sendAway(process, from: &slot, id)
      slots[id] = slot
    }
  }

  func hasDue(_ id: SlotID) -> Bool { !due(id).isEmpty }

  /// The replicas of a slot that have no process and are not held back.
  private func due(_ id: SlotID) -> [Int] {
    guard let slot = slots[id], slot.workload != nil, !isStopping else { return [] }
    return slot.replicas.filter { $0.value.process == nil && !$0.value.isStarting && $0.value.startAt <= .now }.keys.sorted()
  }

  /// Starts the replicas that are due, after a look whether their files are what was deployed.
  func startDue(_ id: SlotID) async {
    let due = due(id)
    guard let workload = slots[id]?.workload, !due.isEmpty else { return }
    for index in due { slots[id]?.replicas[index]?.isStarting = true }
    do {
      let folder = try await releases.verify(workload.key.service, workload.release.version, workload.release.artifact)
      for index in due {
        // Meanwhile something else may have been asked for.
        guard slots[id]?.workload == workload, let replica = slots[id]?.replicas[index], replica.process == nil, !isStopping else {
          continue
        }
        slots[id]?.replicas[index]?.isStarting = false
        do { try start(index, of: workload, in: folder) } catch { startFailed(id, index, error) }
      }
    } catch {
      for index in due where slots[id]?.replicas[index] != nil { startFailed(id, index, error) }
    }
    for index in due { slots[id]?.replicas[index]?.isStarting = false }
  }

  /// Writes down what is about to be started, starts it, and writes down what was.
  private func start(_ index: Int, of workload: Workload, in folder: String) throws {
    guard let command = workload.service.run else { return }
    let id = SlotID(key: workload.key, slot: workload.slot)
    let taken = Set(slots.values.flatMap(\.processes).map(\.record.port))
    let log = state.log(of: workload.key, slot: workload.slot, replica: index)
    let scratch = "\(state.scratch(of: workload.key, slot: workload.slot))\(index)"
    try Files.makeFolder(scratch)
    let instance = "\(state.tag)-\(String(UInt64.random(in: 0 ... .max), radix: 16))"
    var record = ProcessRecord(
      instance: instance, place: id, replica: index, release: workload.release, revision: workload.revision,
      port: try FreePort.choose(except: taken), startedAt: clock.now(), logOffset: LogTail.size(of: log),
      shutdown: workload.service.shutdown, secrets: Redaction.secrets(in: workload.variables))
    slots[id]?.replicas[index]?.process = Managed(record: record, isChild: true, startedAt: .now)
    let pid: pid_t
    do {
      try saveProcesses()
      let environment = ProcessEnvironment.environment(
        of: workload, port: record.port, replica: index, instance: instance, scratch: scratch)
      pid = try Spawn(shellCommand: command, environment: environment, folder: folder, output: log).start()
    } catch {
      slots[id]?.replicas[index]?.process = nil
      throw error
    }
    record.pid = pid
    // It is our child, so it is there at least as a zombie until it is collected.
    record.startTime = ProcessTable.status(of: pid)?.startTime
    slots[id]?.replicas[index]?.process?.record = record
    tell(id, index, .started, "\(workload.release.version) started as process \(pid) on port \(record.port)")
    saveProcessesOrTell(id)
  }

  private func startFailed(_ id: SlotID, _ index: Int, _ error: any Error) {
    let known = SlipwayError.storage(error, doing: "starting replica \(index) of \(id)")
    let report = ExitReport(
      at: clock.now(), status: "not started: \(known.message)", intervention: .notStarted, wasBound: false, lastLines: [])
    holdBack(id, index, wasHealthy: false, report)
    tell(id, index, .startFailed, known.description, exit: report)
  }

  /// Notes an end and when the replica may be started again. Returns how many ends in a row there were.
  @discardableResult
  func holdBack(_ id: SlotID, _ index: Int, wasHealthy: Bool, _ report: ExitReport) -> Int {
    slots[id]?.history?.restarts += 1
    slots[id]?.history?.lastExit = report
    guard var replica = slots[id]?.replicas[index] else { return 0 }
    replica.process = nil
    replica.failures = (wasHealthy ? 0 : replica.failures) + 1
    replica.startAt = .now + Backoff.delay(afterFailures: replica.failures).duration
    slots[id]?.replicas[index] = replica
    return replica.failures
  }
}
