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
  /// What gates really answered.
  var given: [GateSubject: Set<GateOutcome>] = [:]
  /// Whether the figures that the engine was shown are those that the world has.
  private(set) var isHonest = true
  /// Whether the journal gives what was written into it.
  private(set) var isReadable = true
  /// Whether requests may arrive when nobody waits for them any more.
  private(set) var hasLateArrivals = false
  /// Whether appends may fail, so that what is seen may have no consequence.
  private(set) var hasDiskTrouble = false
  /// A split that is not the one of the journal, and how often it was seen.
  var drift: (rollout: String, place: RolloutRecord.Place, since: Timestamp, looks: Int)?
  /// Whether there may be two servers side by side, of which one does not hear what the other does.
  private(set) var hasTwoServers = false

  /// The record of a rollout, by its id or by its stream in the journal.
  subscript(id: String) -> RolloutRecord? { places[id].map { records[$0] } }

  /// Some faults make the world tell the engine what is not so: what can't be held against the engine then is not looked for.
  mutating func limit(by faults: [Fault]) {
    for fault in faults {
      switch fault.kind {
      case .metricsReset, .metricsRepeated, .metricsMislabelled, .clockJump, .clockDrift, .targetClockStep, .daylightSaving:
        isHonest = false
      case .flippedBit: isReadable = false
      case .diskFull, .failedSync, .slowDisk: hasDiskTrouble = true
      case .effectSlow: hasLateArrivals = true
      case .secondLeader, .frozenLeader, .frozenBeforeLease: hasTwoServers = true
      case _: break
      }
    }
  }

  mutating func violate(_ rule: Violation.Rule, _ words: String) {
    broken.append((rule, words))
  }

  /// A split that somebody else changed is put back at the next look, while the candidate is judged and while it bakes.
  mutating func judgeDrift(_ observation: WorldObservation, at now: Timestamp) {
    guard !hasTwoServers, !hasDiskTrouble, let record = records.last(where: { !$0.isOver }),
      record.place == .holding || record.place == .baking,
      record.outstanding.isEmpty, let observed = observation.split, observed != record.split,
      Slot.allCases.allSatisfy({ record.split.weight(of: $0) <= observed.weight(of: $0) || observation[$0].readyReplicas > 0 })
    else { return drift = nil }
    if let present = drift, present.rollout == record.id, present.place == record.place {
      drift?.looks += 1
      guard present.looks >= 3, now - present.since >= .seconds(3) else { return }
      violate(.drift, "\(record.id) is \(record.place.rawValue) and leaves a split in force that is not its own")
      drift = nil
    } else {
      drift = (record.id, record.place, now, 1)
    }
  }

  /// Hands over what was found.
  mutating func takeBroken() -> [(rule: Violation.Rule, words: String)] {
    defer { broken = [] }
    return broken
  }

  mutating func add(_ record: RolloutRecord) {
    places[record.id] = records.count
    places["rollout/" + record.id] = records.count
    records.append(record)
  }
}

/// What the engine was shown of the target.
struct Seen {
  private struct Sight {
    let release: Release
    let ready: Int
    var at: Timestamp
  }

  /// What was seen in a slot with ready replicas. The newest first, each with more of them than those before: what an older one says
  /// of no more replicas is outdated.
  private var sights = Pair<[Sight]>([], [])
  /// When each split was last seen.
  private var splits: [(split: TrafficSplit, at: Timestamp)] = []
  /// How many replicas were last seen ready.
  private var newest = Pair(0, 0)

  func isReady(_ slot: Slot) -> Bool { newest[slot] > 0 }

  mutating func take(_ observation: WorldObservation, at now: Timestamp) {
    newest = Pair(observation.blue.readyReplicas, observation.green.readyReplicas)
    if let split = observation.split {
      // Mostly the one of the look before; there are never many.
      if let place = splits.lastIndex(where: { $0.split == split }) { splits[place].at = now } else { splits.append((split, now)) }
    }
    for slot in Slot.allCases {
      let count = newest[slot]
      guard count > 0, let release = observation[slot].release else { continue }
      if let last = sights[slot].first, last.ready == count, last.release == release {
        sights[slot][0].at = now
      } else {
        sights[slot] = [Sight(release: release, ready: count, at: now)] + sights[slot].drop { $0.ready <= count }
      }
    }
  }

  /// When a split was last seen in force.
  func seen(_ split: TrafficSplit) -> Timestamp? { splits.last { $0.split == split }?.at }

  /// When a slot was last seen with this many ready replicas of a version.
  func ready(_ count: Int, of version: Version, in slot: Slot) -> Timestamp? {
    // More than enough is enough.
    count > 0 ? sights[slot].first { $0.ready >= count && $0.release.version == version }?.at : nil
  }
}
