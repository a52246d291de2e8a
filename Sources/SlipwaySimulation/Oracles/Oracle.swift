import SlipwayEngine
import SlipwayModel
import SlipwayPorts

/// Watches a run and compares every entry, every effect and every lease with the invariants of the architecture.
///
/// It keeps an account of its own of what the journal says and of what the engine was shown, and decides nothing. What it
/// can't check yet, since the engine has no such part: migrations (invariant 6), approvals and freeze windows (part of 5).
struct Oracle {
  private(set) var records: [RolloutRecord] = []
  private var places: [String: Int] = [:]
  /// What was found since it was last asked.
  private(set) var broken: [(rule: Violation.Rule, words: String)] = []
  var sightings = Sightings()
  /// The newest epoch that was given out, and the newest that an effect had.
  var newestLease: Int64 = 0
  var newestEffect: Int64 = 0
  /// What has the traffic according to the journal.
  var live: LiveRelease?
  /// Releases that were promoted and kept: what may be gone back to.
  var proven: Set<Release> = []
  var seen = Seen()
  /// Whether the figures that the engine was shown are those that the world has.
  private(set) var isHonest = true
  /// Whether the journal gives what was written into it.
  private(set) var isReadable = true
  /// Whether requests may arrive when nobody waits for them any more.
  private(set) var hasLateArrivals = false
  /// Whether there may be two servers side by side, of which one does not hear what the other does.
  private(set) var hasTwoServers = false

  subscript(id: String) -> RolloutRecord? { places[id].map { records[$0] } }

  /// Some faults make the world tell the engine what is not so: what can't be held against the engine then is not looked for.
  mutating func limit(by faults: [Fault]) {
    for fault in faults {
      switch fault.kind {
      case .metricsReset, .metricsRepeated, .metricsMislabelled, .clockJump, .clockDrift, .targetClockStep: isHonest = false
      case .flippedBit: isReadable = false
      case .effectSlow: hasLateArrivals = true
      case .secondLeader, .frozenLeader: hasTwoServers = true
      case _: break
      }
    }
  }

  mutating func violate(_ rule: Violation.Rule, _ words: String) {
    broken.append((rule, words))
  }

  /// Hands over what was found.
  mutating func takeBroken() -> [(rule: Violation.Rule, words: String)] {
    defer { broken = [] }
    return broken
  }

  mutating func add(_ record: RolloutRecord) {
    places[record.id] = records.count
    records.append(record)
  }

  mutating func change(_ id: String, _ body: (inout RolloutRecord, inout Oracle) -> Void) {
    guard let place = places[id] else { return }
    // Taken out and put back: no copy, and both may be changed.
    var record = records[place]
    body(&record, &self)
    records[place] = record
  }
}

/// What the engine was shown of the target.
struct Seen {
  /// When each slot was last seen with at least so many ready replicas of a release.
  private var ready = Pair<[(release: Release, at: Timestamp)?]>([], [])
  /// The split that was last seen, and when others were.
  private(set) var splits: [TrafficSplit: Timestamp] = [:]

  /// What was last seen of either slot and of the split.
  private var newest: WorldObservation?
  private(set) var newestSplit: (split: TrafficSplit, at: Timestamp)?

  func isReady(_ slot: Slot) -> Bool { newest.map { $0[slot].readyReplicas > 0 } ?? false }

  mutating func take(_ observation: WorldObservation, at now: Timestamp) {
    newest = observation
    if let split = observation.split {
      splits[split] = now
      newestSplit = (split, now)
    }
    for slot in Slot.allCases {
      let count = observation[slot].readyReplicas
      guard count > 0, let release = observation[slot].release else { continue }
      while ready[slot].count <= count { ready[slot].append(nil) }
      for number in 1...count { ready[slot][number] = (release, now) }
    }
  }

  /// When a slot was last seen with this many ready replicas of a version.
  func ready(_ count: Int, of version: Version, in slot: Slot) -> Timestamp? {
    guard count > 0, ready[slot].count > count else { return nil }
    // More than enough is enough.
    return ready[slot][count...].lazy.compactMap { $0 }.filter { $0.release.version == version }.map(\.at).max()
  }
}
