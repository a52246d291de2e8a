import SlipwayModel

extension World {
  /// Waits for the instant of a fault and lets it strike.
  func await(_ fault: Fault) async {
    guard case .instant(let span) = fault.at else { return }
    do { try await scheduler.sleep(until: scenario.start + span) } catch { return }
    faults.note(fault)
    trace?.add(now, "fault", fault.description)
    catchUp()
    switch fault.kind.family {
    case .crash: strikeServer(fault)
    case .leader: await strikeLeader(fault)
    case .disk: strikeDisk(fault)
    case .target: strikeTarget(fault)
    case .process: strikeProcesses(fault)
    case .metrics: strikeMetrics(fault)
    case .clock: await strikeClock(fault)
    case .people: await strikePeople(fault)
    case .notifier: strikeNotifier(fault)
    case .effect, .gate: break  // these strike calls
    }
  }

  /// Counts a call that this kind could strike, and says so in the trace when it does.
  func struck(_ kind: FaultKind) -> Fault? {
    guard let fault = faults.strike(kind) else { return nil }
    trace?.add(now, "fault", fault.description)
    return fault
  }

  /// Lets a fault last for its size of `longest`, at least a second.
  func last(_ fault: Fault, longest: TimeSpan) {
    faults.open(fault, until: now + fault.share(of: longest))
  }

  func lasts(_ kind: FaultKind) -> Fault? {
    faults.isQuiet ? nil : faults.lasting(kind, at: now)
  }
}

extension Fault {
  /// The size as a part of a time; at least a second.
  func share(of longest: TimeSpan) -> TimeSpan {
    .milliseconds(max(1000, Int64(size * Double(longest.milliseconds))))
  }

  /// The size as a time before or after: half is none.
  func shift(of longest: TimeSpan) -> TimeSpan {
    .milliseconds(Int64((size - 0.5) * 2 * Double(longest.milliseconds)))
  }
}
