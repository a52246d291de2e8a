/// A release of one service: a version and the digest of the artifact that it stands for, for ever.
package struct Release: Hashable, Sendable, Codable {
  package let version: Version
  /// Digest of the artifact as unpacked: see `SlipwayLocal`'s release store for how a folder is hashed.
  package let artifact: Digest
  /// Digest of everything that configures the processes of the release (command, environment, health, resources).
  package let configuration: Digest

  package init(version: Version, artifact: Digest, configuration: Digest) {
    self.version = version
    self.artifact = artifact
    self.configuration = configuration
  }
}

/// What should run in a slot: everything a target needs to make it so, and nothing that changes by itself.
package struct Workload: Hashable, Sendable, Codable {
  package let key: DeploymentKey
  package let slot: Slot
  package let release: Release
  package let replicas: Int
  /// Whether these are as many as the release has for all of the traffic. A step of a rolling update asks for fewer.
  package let isWhole: Bool
  package let service: ServiceSpec

  package init(key: DeploymentKey, slot: Slot, release: Release, replicas: Int, isWhole: Bool = true, service: ServiceSpec) {
    self.key = key
    self.slot = slot
    self.release = release
    self.replicas = replicas
    self.isWhole = isWhole
    self.service = service
  }

  /// The same with another number of replicas.
  package func with(replicas: Int) -> Workload {
    Workload(key: key, slot: slot, release: release, replicas: replicas, isWhole: isWhole, service: service)
  }

  private enum CodingKeys: String, CodingKey {
    case key, slot, release, replicas, service
    case isWhole = "is_whole"
  }

  /// What was written before there was ``isWhole`` is whole: only clusters ask for it, and nothing is kept of theirs.
  package init(from decoder: any Decoder) throws {
    let container = try decoder.container(keyedBy: CodingKeys.self)
    key = try container.decode(DeploymentKey.self, forKey: .key)
    slot = try container.decode(Slot.self, forKey: .slot)
    release = try container.decode(Release.self, forKey: .release)
    replicas = try container.decode(Int.self, forKey: .replicas)
    isWhole = try container.decodeIfPresent(Bool.self, forKey: .isWhole) ?? true
    service = try container.decode(ServiceSpec.self, forKey: .service)
  }
}

/// What was found running in a slot.
///
/// A value that never changes, shared by all who look at it: mostly one number of it is asked for.
package final class SlotObservation: Hashable, Sendable, Codable {
  /// Version and digest of what runs there; `nil` when nothing does.
  package let release: Release?
  package let desiredReplicas: Int
  /// Replicas that answer their readiness probe now.
  package let readyReplicas: Int
  /// Since when ``readyReplicas`` has been at least ``desiredReplicas`` without interruption.
  package let readySince: Timestamp?
  /// The longest present run of failed probes over all replicas that have been ready once.
  package let consecutiveFailures: Int
  /// How often a replica of this release has exited by itself since the slot got the release.
  package let restarts: Int
  /// The newest of these exits.
  package let lastExit: ExitReport?
  /// What the newest probe of a replica failed with, in words without a full stop and without secrets: `GET /health answered 404 on
  /// replica 0`. Of the first replica that is not ready, or else of the first whose newest probe failed; `nil` when none did.
  package let failedProbe: String?
  /// Requests that are being answered by this slot now.
  package let inFlight: Int
  /// What keeps replicas of this release from starting, and will not pass by itself; `nil` when nothing does.
  package let trouble: Trouble?

  package init(
    release: Release? = nil, desiredReplicas: Int = 0, readyReplicas: Int = 0, readySince: Timestamp? = nil,
    consecutiveFailures: Int = 0, restarts: Int = 0, lastExit: ExitReport? = nil, failedProbe: String? = nil, inFlight: Int = 0,
    trouble: Trouble? = nil
  ) {
    self.release = release
    self.desiredReplicas = desiredReplicas
    self.readyReplicas = readyReplicas
    self.readySince = readySince
    self.consecutiveFailures = consecutiveFailures
    self.restarts = restarts
    self.lastExit = lastExit
    self.failedProbe = failedProbe
    self.inFlight = inFlight
    self.trouble = trouble
  }

  package static func == (one: SlotObservation, other: SlotObservation) -> Bool {
    one.release == other.release && one.desiredReplicas == other.desiredReplicas && one.readyReplicas == other.readyReplicas
      && one.readySince == other.readySince && one.consecutiveFailures == other.consecutiveFailures && one.restarts == other.restarts
      && one.lastExit == other.lastExit && one.failedProbe == other.failedProbe && one.inFlight == other.inFlight
      && one.trouble == other.trouble
  }

  package func hash(into hasher: inout Hasher) {
    hasher.combine(release)
    hasher.combine(desiredReplicas)
    hasher.combine(readyReplicas)
    hasher.combine(readySince)
    hasher.combine(restarts)
  }

  /// ``failedProbe`` while fewer replicas are ready than ought to be; `nil` otherwise.
  package var notReadyBecause: String? { readyReplicas < desiredReplicas ? failedProbe : nil }

  private enum CodingKeys: String, CodingKey {
    case release
    case desiredReplicas = "desired_replicas"
    case readyReplicas = "ready_replicas"
    case readySince = "ready_since"
    case consecutiveFailures = "consecutive_failures"
    case restarts
    case lastExit = "last_exit"
    case failedProbe = "failed_probe"
    case inFlight = "in_flight"
    case trouble
  }
}

/// What was found for one service in one environment: both slots, and the split in force.
///
/// A value that never changes, shared by all who look at it: it is large, and goes through a dozen hands at each look.
package final class WorldObservation: Hashable, Sendable, Codable {
  package let at: Timestamp
  package let blue: SlotObservation
  package let green: SlotObservation
  /// The split in force as the router reports it; `nil` when it can't tell.
  package let split: TrafficSplit?

  package init(at: Timestamp, blue: SlotObservation, green: SlotObservation, split: TrafficSplit?) {
    self.at = at
    self.blue = blue
    self.green = green
    self.split = split
  }

  package static func == (one: WorldObservation, other: WorldObservation) -> Bool {
    one.at == other.at && one.blue == other.blue && one.green == other.green && one.split == other.split
  }

  package func hash(into hasher: inout Hasher) {
    hasher.combine(at)
    hasher.combine(blue)
    hasher.combine(green)
    hasher.combine(split)
  }

  /// What was observed of one slot.
  package subscript(slot: Slot) -> SlotObservation {
    switch slot {
    case .blue: blue
    case .green: green
    }
  }
}
