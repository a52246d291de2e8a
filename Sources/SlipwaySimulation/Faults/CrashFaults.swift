import SlipwayModel

/// The server dies at an exact point. The size says how long it is gone: up to 20 seconds.
extension World {
  /// Kills a server at the point where its code is: the call that struck it never returns to it.
  func crash(_ server: Server, _ fault: Fault) -> CancellationError {
    downtime = fault.share(of: .seconds(20))
    server.kill()
    return CancellationError()
  }

  /// The size of `stale-view`: what is seen of the target does not change for up to 10 seconds. Of `frozen-server`: the server
  /// stands still for up to a minute, as by SIGSTOP or a host without memory.
  func strikeServer(_ fault: Fault) {
    switch fault.kind {
    case .staleView:
      staleView = observeNow()
      last(fault, longest: .seconds(10))
    case .frozenServer: server?.freeze(until: now + fault.share(of: .minutes(1)))
    case .crashBeforeAppend, .tornWrite, .crashAfterAppend, .crashBeforeEffect, .crashAfterEffect, .crashAtInstant:
      if let server { _ = crash(server, fault) }
    case _: break  // of another family
    }
  }
}
