import SlipwayEngine
import SlipwayModel

/// A small world in which one rollout runs in virtual time: it carries effects out, checks its caller, and makes figures.
/// Broken callers are reported as text in ``violations``.
struct World {
  struct SlotState {
    var replicas = 0
    var ready = 0
    var readySince: Timestamp?
    var readyAt: Timestamp?
    var restarts = 0
    var lastExit: ExitReport?
    var consecutiveFailures = 0
    var failedProbe: String?
  }

  var now = Fixture.start
  private(set) var rollout: Rollout
  private(set) var transcript: [String] = []
  private(set) var events: [(event: Event, at: Timestamp)] = []
  private(set) var violations: [String] = []
  var slots: [Slot: SlotState]
  var split: TrafficSplit
  private var intervals: [MetricInterval] = []
  private var watch = Watch(from: Fixture.start)

  /// Time from the request to start replicas until they are ready; `nil`: never.
  var startup: TimeSpan? = .seconds(1)
  var requestsPerSecond = 100
  /// Failed requests per hundred, by slot.
  var errorPercent: [Slot: Int] = [:]
  var latencyMicroseconds: [Slot: Int] = [.blue: 20_000, .green: 20_000]
  var isTargetReachable = true
  var isMetricSourceReachable = true
  /// Readings of each slot, taken every ten seconds.
  var readings: [Slot: [String: Double]] = [:]
  var silences: [MetricSilence] = []
  private var taken: [MetricReading] = []
  /// Length of the intervals that requests are counted in, and how much later they are known.
  var resolution = 1
  var delay = 0
  /// Effects that fail, by a word of their description, and how often.
  var failing: [String: (times: Int, error: SlipwayError)] = [:]
  /// Routes are accepted but not seen in force.
  var routesStick = true
  /// What each gate answers, one question after another; the last one stays.
  var gates: [String: [GateAnswer]] = [:]
  /// The gates that were asked, in that order.
  private(set) var asked: [String] = []
  private(set) var highestWeight: [Percentage] = []

  init(_ started: RolloutStarted) {
    rollout = Rollout(started, at: now)
    let live = started.plan.live
    slots = [.blue: SlotState(), .green: SlotState()]
    if let live {
      slots[live.slot] = SlotState(replicas: live.replicas, ready: live.replicas, readySince: now - .hours(1))
    }
    split = live.map { .all(to: $0.slot) } ?? .none
    record([.rolloutStarted(started)], apply: false)
  }

  var observation: Observation {
    Observation(
      world: isTargetReachable ? WorldObservation(at: now, blue: seen(.blue), green: seen(.green), split: split) : nil,
      metrics: isMetricSourceReachable ? MetricSeries(intervals: known, readings: taken, silences: silences) : nil, watch: watch)
  }

  /// Intervals as a source gives them that counts less often and later than every second.
  private var known: [MetricInterval] {
    guard resolution > 1 || delay > 0 else { return intervals }
    let length = Int64(resolution) * 1000
    let groups = Dictionary(grouping: intervals) { $0.start.milliseconds / length }
    return groups.keys.sorted().compactMap { group in
      let parts = groups[group] ?? []
      guard parts.count == resolution, let end = parts.map(\.end).max(), end + .seconds(Int64(delay)) <= now else { return nil }
      var (blue, green) = (SlotFigures(), SlotFigures())
      for part in parts {
        blue.add(part.blue)
        green.add(part.green)
      }
      return MetricInterval(start: Timestamp(milliseconds: group * length), length: .seconds(Int64(resolution)), blue: blue, green: green)
    }
  }

  private func seen(_ slot: Slot) -> SlotObservation {
    let state = slots[slot]!
    return SlotObservation(
      release: slot == rollout.candidateSlot ? rollout.release : rollout.plan.live?.release, desiredReplicas: state.replicas,
      readyReplicas: state.ready, readySince: state.readySince,
      consecutiveFailures: state.consecutiveFailures, restarts: state.restarts, lastExit: state.lastExit,
      failedProbe: state.failedProbe)
  }

  /// Lets time pass, a second at a time, until the rollout is over or the time is up.
  mutating func run(_ seconds: Int) {
    for _ in 0..<seconds where !rollout.phase.isTerminal {
      becomeReady()
      watch.looked(at: now, isSeen: isTargetReachable)
      tell(.tick(observation))
      carryOut()
      now = now + .seconds(1)
      makeFigures()
    }
  }

  /// The live slot serves for a while before anything is done.
  mutating func serve(_ seconds: Int) {
    for _ in 0..<seconds {
      now = now + .seconds(1)
      watch.looked(at: now, isSeen: true)
      makeFigures()
    }
  }

  /// The agent was away: what it had measured is gone.
  mutating func forgetFigures() { intervals = [] }

  /// The next release wants the other slot; nothing is carried out before somebody has looked.
  mutating func makeWay() {
    do { record(try rollout.decide(.makeWay, at: now)) } catch { violations.append("refused: \(error.message)") }
  }

  mutating func intend(_ kind: Intent.Kind, digest: Digest? = nil) throws {
    let intent = Intent(kind: kind, actor: Fixture.person, reason: "because", planDigest: digest ?? rollout.planDigest)
    record(try rollout.decide(.intent(intent), at: now))
    carryOut()
  }

  mutating func tell(_ command: Command) {
    do { record(try rollout.decide(command, at: now)) } catch { violations.append("refused: \(error.message)") }
  }

  private mutating func record(_ new: [Event], apply: Bool = true) {
    for event in new {
      if apply {
        let before = rollout.phase
        rollout.apply(event, at: now)
        if before != rollout.phase, !before.successors.contains(rollout.phase) {
          violations.append("\(before) went to \(rollout.phase)")
        }
      }
      events.append((event, now))
      let second = (now - Fixture.start).milliseconds / 1000
      if event.kind != .effectSucceeded { transcript.append("\(second) \(event.kind.rawValue)") }
    }
  }

  private mutating func carryOut() {
    while let effect = rollout.due, rollout.retryAt.map({ $0 <= now }) ?? true {
      if let (word, fault) = failing.first(where: { "\(effect.effect)".contains($0.key) && $0.value.times > 0 }) {
        failing[word] = (fault.times - 1, fault.error)
        tell(.effectFailed(id: effect.id, fault.error))
        continue
      }
      if case .ask(let gate) = effect.effect {
        asked.append(gate.description)
        // One of which nothing is said never answers.
        guard let answers = gates[gate.description], let answer = answers.first else { return }
        if answers.count > 1 { gates[gate.description]?.removeFirst() }
        tell(.effectSucceeded(id: effect.id, .answered(answer, took: .milliseconds(20))))
        continue
      }
      perform(effect.effect)
      tell(.effectSucceeded(id: effect.id, effect.effect == .prepare ? .prepared(Fixture.digest("artifact 2")) : .done))
    }
  }

  private mutating func perform(_ effect: Effect) {
    switch effect {
    case .prepare, .ask: break
    case .ensure(let slot, let replicas):
      if replicas < slots[slot]!.replicas, split.weight(of: slot) == .hundred, replicas == 0 {
        violations.append("\(slot) has all traffic and is scaled to zero")
      }
      slots[slot]!.replicas = replicas
      slots[slot]!.ready = min(slots[slot]!.ready, replicas)
      slots[slot]!.readyAt = startup.map { now + $0 }
    case .route(let wanted):
      if routesStick { route(wanted) }
    case .retire(let slot):
      if split.weight(of: slot) > .zero { violations.append("\(slot) has traffic and is stopped") }
      slots[slot] = SlotState()
    }
  }

  private mutating func route(_ wanted: TrafficSplit) {
    for slot in Slot.allCases where wanted.weight(of: slot) > split.weight(of: slot) && slots[slot]!.ready == 0 {
      violations.append("\(slot) gets traffic without a ready replica")
    }
    highestWeight.append(wanted.weight(of: rollout.candidateSlot))
    split = wanted
  }

  private mutating func becomeReady() {
    for slot in Slot.allCases {
      guard let at = slots[slot]!.readyAt, at <= now, slots[slot]!.ready < slots[slot]!.replicas else { continue }
      slots[slot]!.ready = slots[slot]!.replicas
      slots[slot]!.readySince = now
    }
  }

  private mutating func makeFigures() {
    func figures(_ slot: Slot) -> SlotFigures {
      let requests = Int(Double(requestsPerSecond) * split.weight(of: slot).ratio)
      var latency = LatencyHistogram()
      for _ in 0..<requests { latency.record(microseconds: latencyMicroseconds[slot]!) }
      return SlotFigures(requests: requests, errors: requests * (errorPercent[slot] ?? 0) / 100, latency: latency)
    }
    if now.milliseconds / 1000 % 10 == 0 {
      for (slot, values) in readings {
        taken += values.compactMap { MetricReading(name: $0.key, slot: slot, at: now, value: $0.value) }
      }
    }
    intervals.append(
      MetricInterval(start: now - .seconds(1), length: .seconds(1), blue: figures(.blue), green: figures(.green)))
  }
}
