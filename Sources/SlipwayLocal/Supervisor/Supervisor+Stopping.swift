import Glibc
import SlipwayModel
import SlipwayProxy

extension SlipwayError.Code {
  static let processStuck = Self("process-stuck")
}

/// A process that is to be stopped, and how.
struct TeardownJob: Sendable {
  let place: SlotID
  let instance: String
  let steps: [TeardownStep]
}

/// Stopping.
extension Supervisor {
  /// Takes the steps for one process and notes what became of it.
  func tearDown(_ job: TeardownJob) async {
    guard let process = slots[job.place]?.leaving[job.instance] else { return }
    let report = await Teardown.run(job.steps, on: ReplicaTeardown(supervisor: self, job: job))
    guard report.gone || !Task.isCancelled else { return }
    finish(process, job.place, report)
  }

  private func finish(_ process: Managed, _ id: SlotID, _ report: TeardownReport) {
    let replica = process.record.replica
    let version = process.record.release.version
    let exit = slots[id]?.leaving[process.record.instance]?.exit.map { " with \($0)" } ?? ""
    let steps = report.steps.map { "\($0.step) \($0.took)" }.joined(separator: ", ")
    let cut =
      report.cut == 0
      ? "no request was still open" : "\(report.cut) request\(report.cut == 1 ? " was" : "s were") still open after draining"
    guard report.gone else {
      tell(id, replica, .trouble, "process \(process.record.pid ?? 0) of \(version) outlived SIGKILL (\(steps))")
      slots[id]?.leaving[process.record.instance]?.isStuck = true
      return
    }
    if report.lastSignal == .kill {
      let lines = self.report(on: process, slots[id]?.leaving[process.record.instance]?.exit ?? .unknown)
      tell(id, replica, .killed, "\(version) did not end within \(process.record.shutdown.grace) after SIGTERM and was killed", exit: lines)
    }
    killLeftovers(process, id)
    slots[id]?.leaving[process.record.instance] = nil
    tell(id, replica, .stopped, "\(version) stopped\(exit) after \(report.took), \(cut) (\(steps))")
    forgetIfEmpty(id)
    saveProcessesOrTell(id)
  }

  /// A slot without a release has no history: the same release may come again. Its scratch folders go, its events stay.
  func forgetIfEmpty(_ id: SlotID) {
    guard let slot = slots[id], slot.isEmpty, slot.workload == nil, slot.history != nil else { return }
    slots[id]?.history = nil
    let prefix = Files.lastComponent(of: state.scratch(of: id.key, slot: id.slot))
    do {
      for name in try Files.names(in: state.scratch) where name.hasPrefix(prefix) && Int(name.dropFirst(prefix.count)) != nil {
        try Files.remove("\(state.scratch)/\(name)")
      }
    } catch {
      tell(id, nil, .trouble, "the scratch folders of the slot could not be removed: \(error)")
    }
  }

  /// Returns when the processes that these slots have now are gone.
  func waitUntilEmpty(_ ids: [SlotID]) async throws {
    let instances = Set(ids.flatMap { slots[$0]?.processes.map(\.record.instance) ?? [] })
    while true {
      let left = ids.flatMap { slots[$0]?.processes ?? [] }.filter { instances.contains($0.record.instance) }
      if left.isEmpty { return }
      if let stuck = left.first(where: \.isStuck) {
        throw SlipwayError(
          .processStuck, .broken, "process \(stuck.record.pid ?? 0) of \(stuck.record.place) outlived SIGKILL",
          remedy:
            "the kernel holds it, often in a file system that does not answer; look at `ps -o pid,stat,wchan \(stuck.record.pid ?? 0)`")
      }
      try await Task.sleep(for: Teardown.interval)
    }
  }

  /// The first step of stopping everything: no call is admitted and no replica started any more.
  func startNothingMore() {
    isStopping = true
  }

  /// Stops everything, services before those that they depend on. What ought to run is kept: the next agent starts it again.
  /// The proxy has stopped by now.
  func stopAll() async throws {
    isStopping = true
    var left = Set(slots.filter { !$0.value.isEmpty }.keys)
    while !left.isEmpty {
      let needed = Set(
        left.flatMap { id in
          (slots[id]?.workload?.service.dependsOn ?? []).map { DeploymentKey(service: $0, environment: id.key.environment) }
        })
      let free = left.filter { !needed.contains($0.key) }
      // Services that need each other in a circle stop together.
      let next = free.isEmpty ? left : free
      for id in next { stop(id) }
      try await waitUntilEmpty(Array(next))
      left.subtract(next)
    }
  }

  private func stop(_ id: SlotID) {
    guard var slot = slots[id] else { return }
    for (index, replica) in slot.replicas {
      slot.replicas[index]?.process = nil
      if let process = replica.process { slot.leaving[process.record.instance] = process }
    }
    for (instance, process) in slot.leaving where !process.isStopping {
      slot.leaving[instance]?.isStopping = true
      let steps = process.record.shutdown.teardown.filter(\.isAboutTheProcess)
      enqueue(TeardownJob(place: id, instance: instance, steps: steps))
    }
    slots[id] = slot
  }

  // MARK: What a teardown acts on

  fileprivate func removeFromProxy(_ job: TeardownJob) async {
    slots[job.place]?.leaving[job.instance]?.isStopping = true
    await publish(job.place)
  }

  fileprivate func signal(_ signal: TeardownSignal, _ job: TeardownJob) {
    guard var process = slots[job.place]?.leaving[job.instance], let pid = process.record.pid else { return }
    // Its end is noticed first, lest the signal go to another process of the same number.
    _ = process.look()
    slots[job.place]?.leaving[job.instance] = process
    let members = process.record.members.map(\.pid)
    if process.exit == nil || !members.isEmpty { kill(-pid, signal.number) }
    let others = signal == .kill ? ProcessTable.carrying(job.instance).map(\.pid) : []
    for member in Set(members + others) where getpgid(member) != pid { kill(member, signal.number) }
  }

  fileprivate func isGone(_ job: TeardownJob) -> Bool {
    guard var process = slots[job.place]?.leaving[job.instance] else { return true }
    let exit = process.look()
    slots[job.place]?.leaving[job.instance] = process
    return (exit != nil || process.record.pid == nil) && process.record.members.isEmpty
  }
}

extension TeardownStep {
  fileprivate var isAboutTheProcess: Bool {
    switch self {
    case .removeFromProxy, .drain: false
    case .signal, .wait: true
    }
  }
}

private struct ReplicaTeardown: TeardownSubject {
  let supervisor: Supervisor
  let job: TeardownJob

  func removeFromProxy() async { await supervisor.removeFromProxy(job) }
  func signal(_ signal: TeardownSignal) async { await supervisor.signal(signal, job) }
  func isGone() async -> Bool { await supervisor.isGone(job) }

  func drain(within limit: TimeSpan) async -> Int {
    // What is left is not cut: on SIGTERM a service can say goodbye on its websockets, and its end closes the rest.
    await supervisor.proxy.drain(
      job.place.key, slot: job.place.slot, endpoint: job.instance, within: limit, cutting: false)
  }
}
