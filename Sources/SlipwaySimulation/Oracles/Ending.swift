import SlipwayModel

/// How the world looks at the end of a run: what two runs of one scenario have to agree on, whatever disturbed one of them.
package struct Ending: Hashable, Sendable {
  /// What runs in a slot; `nil` when nothing does.
  package struct Running: Hashable, Sendable {
    package let version: Version
    package let replicas: Int
  }

  package let split: TrafficSplit
  package let blue: Running?
  package let green: Running?
  /// The version that the journal takes for live.
  package let live: Version?
}

extension World {
  var ending: Ending {
    Ending(split: split, blue: running(in: .blue), green: running(in: .green), live: oracle.live?.release.version)
  }

  private func running(in slot: Slot) -> Ending.Running? {
    guard let workload = places[slot].workload, places[slot].goneAt == nil else { return nil }
    return Ending.Running(version: workload.release.version, replicas: workload.replicas)
  }
}
