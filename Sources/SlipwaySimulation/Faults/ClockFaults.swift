import SlipwayModel

/// Clocks that are wrong.
extension World {
  /// The size of `clock-jump`: the server is started again and finds its machine's clock up to an hour earlier (below one half)
  /// or later. Of `clock-drift`: its clock runs up to 2 % slower or faster from now on. Of `target-clock-step`: the target's clock
  /// is set up to ten minutes back or forth. Of `daylight-saving`: the clocks of the server's machine and of the target are set an hour
  /// back (below one half) or forth, as on a host that keeps local time, and after up to three minutes again the other way.
  func strikeClock(_ fault: Fault) async {
    switch fault.kind {
    case .daylightSaving:
      let hour = fault.size < 0.5 ? TimeSpan.zero - .hours(1) : .hours(1)
      moveClocks(by: hour)
      let rest = Fault(fault.kind, at: fault.at, size: (fault.size * 2).truncatingRemainder(dividingBy: 1))
      do { try await scheduler.sleep(until: now + rest.share(of: .minutes(3))) } catch { return }
      moveClocks(by: .zero - hour)
    case .clockJump:
      wallClock = fault.shift(of: .hours(1))
      if let server { _ = crash(server, Fault(.crashAtInstant, at: fault.at, size: 0)) }
    case .clockDrift: server?.clock.run(at: 1 + (fault.size - 0.5) * 0.04, from: now)
    case .targetClockStep: targetClock = fault.shift(of: .minutes(10))
    case _: break  // of another family
    }
  }

  private func moveClocks(by span: TimeSpan) {
    catchUp()
    wallClock = wallClock + span
    targetClock = targetClock + span
    trace?.add(now, "clock", "is set by \(span)")
    oracle.seeClockChange()
  }
}

/// The clock of one server: read from the machine once, and running on from there.
struct ServerClock {
  private var anchor: Timestamp
  private var reading: Timestamp
  private var rate = 1.0

  /// - Parameters:
  ///   - now: the true instant.
  ///   - reading: what the clock shows then.
  init(at now: Timestamp, reading: Timestamp) {
    anchor = now
    self.reading = reading
  }

  func read(at now: Timestamp) -> Timestamp {
    if rate == 1 { return reading + (now - anchor) }
    return reading + .milliseconds(Int64(Double((now - anchor).milliseconds) * rate))
  }

  /// How long a wait by this clock truly takes.
  func length(of span: TimeSpan) -> TimeSpan {
    rate == 1 ? span : .milliseconds(Int64((Double(span.milliseconds) / rate).rounded(.up)))
  }

  mutating func run(at rate: Double, from now: Timestamp) {
    reading = read(at: now)
    anchor = now
    self.rate = rate
  }
}
