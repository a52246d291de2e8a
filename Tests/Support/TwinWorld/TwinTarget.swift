import SlipwayModel
import SlipwayPorts

/// Target, router and metric source in one, in memory. It checks its caller: outdated epochs are refused, traffic to a slot
/// without ready replicas and stopping a slot that has traffic are noted as violations.
package actor TwinTarget: DeploymentTarget, TrafficRouter, MetricSource {
  private struct Place {
    var workload: Workload?
    var readyAt: Timestamp?
  }

  package let clock: any EngineClock
  private var places: [Slot: Place] = [.blue: Place(), .green: Place()]
  package private(set) var split = TrafficSplit.none
  package private(set) var violations: [String] = []
  package private(set) var calls: [String] = []
  private var epoch: Int64 = 0
  private var failing: Set<Version> = []
  private var refused: Set<Version> = []
  private var blocked: Set<String> = []
  private let start: Timestamp

  package init(clock: any EngineClock) {
    self.clock = clock
    start = clock.now()
  }

  /// Requests that this version answers fail from now on.
  package func breakVersion(_ version: String) { failing.insert(Version(version)!) }
  /// This version was used before, for something else.
  package func refuseVersion(_ version: String) { refused.insert(Version(version)!) }
  /// Somebody else changes the router.
  package func reroute(_ split: TrafficSplit) { self.split = split }
  /// Calls of this name hang until they are cancelled or unblocked.
  package func block(_ name: String) { blocked.insert(name) }
  package func unblock(_ name: String) { blocked.remove(name) }

  private func enter(_ operation: Operation) async throws {
    calls.append(operation.name)
    guard operation.epoch >= epoch else {
      throw SlipwayError(SlipwayError.Code("stale-epoch"), .refused, "outdated writer", remedy: "stop")
    }
    epoch = operation.epoch
    while blocked.contains(operation.name) { try await clock.sleep(for: .milliseconds(100)) }
  }

  package func check(_ request: PrepareRequest, listen: ListenAddress?) throws {
    guard !refused.contains(request.version) else {
      throw SlipwayError(SlipwayError.Code("release-changed"), .input, "\(request.version) is another one", remedy: "use a new version")
    }
  }

  package func prepare(_ request: PrepareRequest, _ operation: Operation) async throws -> Digest {
    try await enter(operation)
    return Digest(hashing: request.version.description.utf8)
  }

  package func ensure(_ workload: Workload, _ operation: Operation) async throws {
    try await enter(operation)
    let isSame = places[workload.slot]?.workload?.release == workload.release
    places[workload.slot] = Place(
      workload: workload, readyAt: isSame ? places[workload.slot]?.readyAt : clock.now() + .milliseconds(300))
  }

  package func retire(_ key: DeploymentKey, slot: Slot, _ operation: Operation) async throws {
    try await enter(operation)
    if split.weight(of: slot) > .zero { violations.append("\(slot) has traffic and is stopped") }
    places[slot] = Place()
  }

  package func apply(_ split: TrafficSplit, for key: DeploymentKey, listen: ListenAddress?, sticky: Bool, _ operation: Operation)
    async throws
  {
    try await enter(operation)
    for slot in Slot.allCases where split.weight(of: slot) > self.split.weight(of: slot) && seen(slot).readyReplicas == 0 {
      violations.append("\(slot) gets traffic without a ready replica")
    }
    self.split = split
  }

  package func observe(_ key: DeploymentKey) async throws -> WorldObservation {
    let deadline = clock.now() + .seconds(2)
    while blocked.contains("observe") {
      guard clock.now() < deadline else { throw SlipwayError(SlipwayError.Code("no-answer"), .broken, "no answer", remedy: "wait") }
      try await clock.sleep(for: .milliseconds(100))
    }
    return WorldObservation(at: clock.now(), blue: seen(.blue), green: seen(.green), split: split)
  }

  /// The variables that the slot's processes run with; `nil` when none run.
  package func variables(of slot: Slot) -> [String: String]? { places[slot]?.workload?.service.variables.values }

  private func seen(_ slot: Slot) -> SlotObservation {
    guard let place = places[slot], let workload = place.workload, let readyAt = place.readyAt else { return SlotObservation() }
    let isReady = readyAt <= clock.now()
    return SlotObservation(
      release: workload.release, desiredReplicas: workload.replicas, readyReplicas: isReady ? workload.replicas : 0,
      readySince: isReady ? readyAt : nil)
  }

  /// One second intervals of 100 requests, divided by the present split.
  package func read(_ key: DeploymentKey, as metrics: MetricsSpec?, since: Timestamp) -> MetricSeries {
    let newest = clock.now().milliseconds / 1000 - 1
    let oldest = max(since.milliseconds, start.milliseconds) / 1000 + 1
    guard newest >= oldest else { return MetricSeries(intervals: []) }
    return MetricSeries(
      intervals: (oldest...newest).map {
        MetricInterval(start: Timestamp(milliseconds: $0 * 1000), length: .seconds(1), blue: figures(.blue), green: figures(.green))
      })
  }

  private func figures(_ slot: Slot) -> SlotFigures {
    guard let version = places[slot]?.workload?.release.version else { return SlotFigures() }
    let requests = Int(100 * split.weight(of: slot).ratio)
    var latency = LatencyHistogram()
    for _ in 0..<requests { latency.record(microseconds: 10_000) }
    return SlotFigures(requests: requests, errors: failing.contains(version) ? requests : 0, latency: latency)
  }
}

/// Time that runs faster than the machine's.
package struct FastClock: EngineClock {
  package let base: any EngineClock
  package let start: Timestamp
  package let factor: Int64

  package init(base: any EngineClock, factor: Int64) {
    self.base = base
    self.factor = factor
    start = base.now()
  }

  package func now() -> Timestamp { start + TimeSpan(milliseconds: (base.now() - start).milliseconds * factor) }
  package func sleep(for span: TimeSpan) async throws {
    try await base.sleep(for: TimeSpan(milliseconds: max(1, span.milliseconds / factor)))
  }
}
