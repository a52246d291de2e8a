import Glibc
import Logging
import SlipwayModel

/// Finding the processes of an agent that was killed.
extension Supervisor {
  /// Reads which processes the last agent had started and takes over those that still run. Then looks for processes that carry this
  /// state folder's mark and are in no record: started by an agent that died before it could write their process id (they are
  /// taken over), or left by something that is over (they are killed).
  func adopt() throws {
    let file: ProcessFile?
    do {
      file = try Files.read(state.processes).map { try JSON.decode(ProcessFile.self, from: $0) }
    } catch {
      throw SlipwayError(
        .stateBroken, .broken, "\(state.processes) can't be read, so running processes can't be told from others",
        remedy:
          "restore the file; or end the processes that have SLIPWAY_INSTANCE=\(state.tag)-… in their environment, remove the file, and start again",
        cause: error)
    }
    for history in file?.histories ?? [] where slots[history.place]?.workload?.release == history.release {
      slots[history.place]?.history = history
    }
    let marked = ProcessTable.marked(state.tag + "-")
    let sameBoot = file?.bootID == bootID
    var known: Set<String> = []
    for record in file?.processes ?? [] where sameBoot {
      known.insert(record.instance)
      guard isOurs(record) else {
        logger.warning("left a process alone that belongs to another state folder", metadata: ["instance": "\(record.instance)"])
        continue
      }
      adopt(record, marked[record.instance] ?? [])
    }
    for (instance, processes) in marked where !known.contains(instance) {
      for process in processes { kill(process.pid, SIGKILL) }
      logger.warning("killed \(processes.count) processes that belong to nothing that ought to run", metadata: ["instance": "\(instance)"])
    }
    try saveProcesses()
  }

  /// Whether a process was started for this state folder: by its mark, or, when the folder was moved, by where it runs. In a copy
  /// of the folder the records are those of the original's processes, which are not to be touched.
  private func isOurs(_ record: ProcessRecord) -> Bool {
    if record.instance.hasPrefix(state.tag + "-") { return true }
    return record.pid.flatMap(ProcessTable.folder(of:))?.hasPrefix(state.path + "/") ?? false
  }

  private func adopt(_ noted: ProcessRecord, _ found: [ProcessStatus]) {
    var record = noted
    let id = record.place
    let isUnnoted = record.pid == nil
    if isUnnoted, let leader = found.first(where: { $0.pid == $0.session }) ?? found.first {
      record.pid = leader.session
      record.startTime = ProcessTable.status(of: leader.session)?.startTime
    }
    var process = Managed(record: record, isChild: false, startedAt: .now)
    guard record.isRunning else {
      endedUnseen(process, id, found, wasStarted: !isUnnoted)
      return
    }
    if ProcessTable.listeningPorts(of: record.members.map(\.pid)).contains(record.port) { process.boundAt = .now }
    slots[id, default: SlotState()].leaving[record.instance] = process
    let workload = slots[id]?.workload
    if let workload, workload.revision == record.revision, record.replica < workload.replicas, slots[id]?.replicas[record.replica] == nil {
      slots[id]?.leaving[record.instance] = nil
      slots[id]?.replicas[record.replica] = Replica(process: process, startAt: .now)
      tell(
        id, record.replica, isUnnoted ? .recovered : .adopted,
        "\(record.release.version) runs as process \(record.pid ?? 0) on port \(record.port) and was taken over")
    } else {
      // It was being replaced or stopped: that goes on.
      let serves = workload != nil && workload?.revision != record.revision && process.boundAt != nil
      slots[id]?.leaving[record.instance]?.isBeingReplaced = serves
      slots[id]?.leaving[record.instance]?.isStopping = !serves
      if !serves { enqueue(TeardownJob(place: id, instance: record.instance, steps: record.shutdown.teardown)) }
    }
  }

  private func endedUnseen(_ process: Managed, _ id: SlotID, _ found: [ProcessStatus], wasStarted: Bool) {
    for straggler in found { kill(straggler.pid, SIGKILL) }
    guard wasStarted, slots[id]?.workload?.revision == process.record.revision else { return }
    let report = report(on: process, .unknown)
    if slots[id]?.history == nil { slots[id]?.history = SlotHistory(place: id, release: process.record.release) }
    slots[id]?.history?.restarts += 1
    slots[id]?.history?.lastExit = report
    tell(
      id, process.record.replica, .exitedUnseen,
      "\(process.record.release.version) (process \(process.record.pid ?? 0)) ended while no agent was running", exit: report)
  }
}
