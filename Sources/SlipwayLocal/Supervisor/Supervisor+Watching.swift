import Glibc
import SlipwayModel

/// Ends and ports.
extension Supervisor {
  /// Notices processes that have ended by themselves.
  func lookAtExits(_ id: SlotID) {
    for (index, replica) in slots[id]?.replicas ?? [:] {
      guard var process = replica.process, let exit = process.look() else { continue }
      slots[id]?.replicas[index]?.process = process
      ended(process, id, index, exit)
    }
    for (instance, old) in slots[id]?.leaving ?? [:] where !old.isStopping {
      var process = old
      guard let exit = process.look() else { continue }
      let report = report(on: process, exit)
      killLeftovers(process, id)
      slots[id]?.leaving[instance] = nil
      tell(id, process.record.replica, .exited, "a process that was being replaced ended with \(exit)", exit: report)
      forgetIfEmpty(id)
      saveProcessesOrTell(id)
    }
    for (instance, old) in slots[id]?.leaving ?? [:] where old.isStuck {
      var process = old
      guard process.look() != nil, process.record.members.isEmpty else { continue }
      slots[id]?.leaving[instance] = nil
      tell(id, process.record.replica, .stopped, "process \(process.record.pid ?? 0) has ended at last")
      forgetIfEmpty(id)
      saveProcessesOrTell(id)
    }
  }

  private func ended(_ process: Managed, _ id: SlotID, _ index: Int, _ exit: ProcessExit) {
    killLeftovers(process, id)
    let report = report(on: process, exit)
    let failures = holdBack(id, index, wasHealthy: process.wasHealthy, report)
    let delay = Backoff.delay(afterFailures: failures)
    let version = process.record.release.version
    let what = "\(version) ended by itself with \(exit)" + (report.wasBound ? "" : " before it listened at port \(process.record.port)")
    let kind: AgentEvent.Kind =
      failures >= Backoff.crashLoop ? .crashLoop : report.wasBound ? .exited : .exitedBeforeBound
    let row = failures >= Backoff.crashLoop ? ", \(failures) times in a row" : ""
    tell(id, index, kind, "\(what)\(row); it is started again in \(delay)", exit: report)
    saveProcessesOrTell(id)
  }

  /// What a process started and did not end is ended with it: it would hold ports and memory that nobody accounts for.
  @discardableResult
  func killLeftovers(_ process: Managed, _ id: SlotID) -> Int {
    let left = process.record.members + ProcessTable.carrying(process.record.instance)
    let pids = Set(left.map(\.pid))
    for pid in pids { kill(pid, SIGKILL) }
    if !pids.isEmpty {
      tell(
        id, process.record.replica, .leftoversKilled,
        "\(pids.count) processes that \(process.record.release.version) had left behind were killed")
    }
    return pids.count
  }

  func report(on process: Managed, _ exit: ProcessExit) -> ExitReport {
    let id = process.record.place
    let redaction = Redaction(secrets: process.record.secrets)
    let path = state.log(of: id.key, slot: id.slot, replica: process.record.replica)
    var lines: [String]
    do { lines = try LogTail.lines(of: path, from: process.record.logOffset, without: redaction) } catch {
      lines = ["(the log can't be read: \(error))"]
    }
    return ExitReport(at: clock.now(), status: "\(exit)", wasBound: process.boundAt != nil, lastLines: lines)
  }

  /// Notices that processes have begun to listen, or still have not.
  func lookAtPorts(_ id: SlotID) {
    let places = slots[id]?.replicas ?? [:]
    let late = lateAfter(id)
    for (index, replica) in places {
      guard var process = replica.process, process.boundAt == nil, process.record.pid != nil, process.exit == nil else { continue }
      let age = process.startedAt.duration(to: .now)
      let listening = ProcessTable.isListening(process.record.port) || (age >= late && !process.toldLate)
      let ports: Set<Int> = listening ? ProcessTable.listeningPorts(of: process.record.members.map(\.pid)) : []
      if ports.contains(process.record.port) {
        process.boundAt = .now
        slots[id]?.replicas[index]?.process = process
        tell(id, index, .bound, "\(process.record.release.version) listens at port \(process.record.port) after \(TimeSpan(age))")
      } else if age >= startupTimeout(id).duration {
        let others = Self.elsewhere(ProcessTable.listeningPorts(of: process.record.members.map(\.pid)))
        let status = "stopped, since it did not listen at port \(process.record.port) within \(startupTimeout(id))\(others)"
        giveUp(process, id, index, .neverBound, status: status)
      } else if age >= late, !process.toldLate {
        process.toldLate = true
        process.otherPorts = ports
        slots[id]?.replicas[index]?.process = process
        let what = "\(process.record.release.version) does not listen at port \(process.record.port) after \(TimeSpan(age))"
        tell(id, index, .boundLate, what + Self.elsewhere(ports))
      }
    }
  }

  /// For a sentence about a process that does not listen at its port: where it listens instead, if anywhere.
  static func elsewhere(_ ports: Set<Int>) -> String {
    ports.isEmpty ? "" : "; it listens at \(ports.sorted().map(String.init).joined(separator: ", ")) instead of $PORT"
  }

  func startupTimeout(_ id: SlotID) -> TimeSpan {
    slots[id]?.workload?.service.health.startupTimeout ?? HealthSpec().startupTimeout
  }

  /// Stops a process that is of no use and counts that as an end by itself.
  func giveUp(_ process: Managed, _ id: SlotID, _ index: Int, _ kind: AgentEvent.Kind, status: String) {
    let lines = report(on: process, .unknown).lastLines
    let status = Redaction(secrets: process.record.secrets).apply(to: status)
    let report = ExitReport(at: clock.now(), status: status, intervention: .stopped, wasBound: process.boundAt != nil, lastLines: lines)
    let failures = holdBack(id, index, wasHealthy: process.wasHealthy, report)
    var leaving = process
    leaving.isStopping = true
    slots[id]?.leaving[process.record.instance] = leaving
    enqueue(TeardownJob(place: id, instance: process.record.instance, steps: process.record.shutdown.teardown))
    tell(
      id, index, kind,
      "\(process.record.release.version) is \(status); it is started again in \(Backoff.delay(afterFailures: failures))", exit: report)
    saveProcessesOrTell(id)
  }
}
