import SlipwayModel

/// Target and router do what nobody asked them for, or can't be seen.
extension World {
  /// The size of `target-unreachable`, `looks-coalesced` (a look takes 2.5 seconds, and what happens meanwhile is not seen) and
  /// `split-unknown`: how long, up to 30 seconds. Of `replicas-scaled`: how many replicas an autoscaler leaves the live slot, up to
  /// twice as many as it has. `router-restarts` brings back the split before the present one.
  func strikeTarget(_ fault: Fault) {
    switch fault.kind {
    case .targetUnreachable, .looksCoalesced, .splitUnknown: last(fault, longest: .seconds(30))
    case .routerRestarts: split = previousSplit
    case .replicasScaled:
      let slot: Slot = split.weight(of: .blue) >= split.weight(of: .green) ? .blue : .green
      let present = places[slot].replicas.count
      guard present > 0 else { return }
      scale(slot, to: max(1, Int((fault.size * 2 * Double(present)).rounded())))
    case _: break  // of another family
    }
  }
}
