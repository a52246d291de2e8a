import SlipwayModel

/// Target and router do what nobody asked them for, or can't be seen.
extension World {
  /// The size of `target-unreachable`, `looks-coalesced` (a look takes 2.5 seconds, and what happens meanwhile is not seen) and
  /// `split-unknown`: how long, up to 30 seconds. Of `looks-lag`: how long, up to a minute, a look shows what a look three seconds
  /// earlier showed, as a cache does that is behind. Of `replicas-scaled`: how many replicas an autoscaler leaves the live slot, up to
  /// twice as many as it has. `router-restarts` brings back the split before the present one.
  func strikeTarget(_ fault: Fault) {
    switch fault.kind {
    case .targetUnreachable, .looksCoalesced, .splitUnknown: last(fault, longest: .seconds(30))
    case .looksLag:
      laggingViews = [(now, observeNow())]
      last(fault, longest: .minutes(1))
    case .routerRestarts: split = previousSplit
    case .replicasScaled:
      let slot: Slot = split.weight(of: .blue) >= split.weight(of: .green) ? .blue : .green
      let present = places[slot].replicas.count
      guard present > 0 else { return }
      scale(slot, to: max(1, Int((fault.size * 2 * Double(present)).rounded())))
    case _: break  // of another family
    }
  }

  /// What a look shows that is three seconds behind, or behind by all of the time that the fault has lasted.
  func lateView() -> WorldObservation {
    let present = observeNow()
    laggingViews.append((now, present))
    while laggingViews.count > 1, laggingViews[1].at <= now - .seconds(3) { laggingViews.removeFirst() }
    return laggingViews.first?.view ?? present
  }
}
