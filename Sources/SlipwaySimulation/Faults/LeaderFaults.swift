import SlipwayModel

/// Somebody starts another server on the same state while the old one still runs.
extension World {
  /// The size of `frozen-leader`: how long the old one stands still before it goes on as if nothing had happened, up to a
  /// minute. `second-leader` has no size.
  func strikeLeader(_ fault: Fault) async {
    if fault.kind == .frozenLeader { server?.freeze(until: now + fault.share(of: .minutes(1))) }
    await serve()
  }
}
