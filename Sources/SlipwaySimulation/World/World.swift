import SlipwayEngine
import SlipwayModel
import SlipwayPorts
import Synchronization

/// Everything that is outside of the engine: its journal, the target with its processes, the router and the traffic. It
/// outlives every server that runs in it.
///
/// Nothing moves by itself: whoever asks brings the world up to the present instant first.
final class World: @unchecked Sendable {  // confined to the thread of its scheduler
  let scenario: Scenario
  let scheduler: SimulatedScheduler
  let key: DeploymentKey
  /// Digest of what configures the deployed service.
  lazy var configuration = scenario.environment.services.first?.configurationDigest ?? Digest(hashing: [])
  /// Signalled when a rollout begins or ends, when a server goes up or down, and at the end.
  let changes = Bell()

  /// Signalled at the end.
  let over = Bell()

  // State, by the file whose functions change it.
  var journal = JournalState()
  var places = Pair(Place(), Place())
  var split = TrafficSplit.none
  /// What the router had before.
  var previousSplit = TrafficSplit.none
  /// The newest epoch that the target has seen.
  var epoch: Int64 = 0
  /// The newest call of that epoch.
  var newestCall = 0
  /// The number of the server that each epoch was given to.
  var epochOwners: [Int64: Int] = [:]
  var prepared: [Version: Digest] = [:]
  var values: [KeyedDigest: [String: String]] = [:]
  var meter: TrafficMeter
  var shadows = Shadows()
  var violations: [Violation] = []
  var trace: Trace?
  var counts = RunCounts()
  var oracle = Oracle()
  /// The receivers of notices; `nil` where nobody is told anything.
  var post: PostOffice?
  /// Looks after which the run is given up.
  var mostLooks = Int.max
  /// What people still mean to do about rollouts.
  var actsAhead = 0
  /// The server that people talk to: the newest one.
  var server: Server?
  /// The ports of all servers that there were.
  var links: [ServerPorts] = []

  // What faults leave behind.
  var faults: FaultBoard
  /// Requests that have not arrived yet, in the order in which they were sent.
  var arrivals: [(at: Timestamp, arrive: () -> Void)] = []
  /// Servers that stand still before they take a lease and wait for another one to be started.
  var standIns: [Fault] = []
  let standInWanted = Bell()
  var staleView: WorldObservation?
  /// Looks since a lag began, oldest first.
  var laggingViews: [(at: Timestamp, view: WorldObservation)] = []
  /// When each gate was first asked for each rollout.
  var firstAsked: [GateSubject: Timestamp] = [:]
  /// How long the next server takes to start.
  var downtime = TimeSpan.seconds(2)
  /// How much longer replicas take to start.
  var startDelay = TimeSpan.zero
  /// How far the machine's clock is from the true time, for the next server.
  var wallClock = TimeSpan.zero
  /// How far the target's clock is from the true time.
  var targetClock = TimeSpan.zero
  var random: Randoms
  private(set) var end: RunEnd?

  /// Under the key of an installation that does not exist.
  static let valueSeal = ValueSeal(key: "a key that hides nothing, for 32".utf8)

  init(_ scenario: Scenario, faults: [Fault], tracing: Bool, on scheduler: SimulatedScheduler) {
    self.scenario = scenario
    self.scheduler = scheduler
    self.faults = FaultBoard(faults)
    oracle.limit(by: faults)
    let service = scenario.environment.services.first?.name
    // A scenario without a service deploys nothing: every request is refused by the engine.
    key = DeploymentKey(service: service ?? scenario.environment.name, environment: scenario.environment.name)
    random = Randoms(seed: scenario.seed)
    if scenario.environment.notify != nil { post = PostOffice() }
    meter = TrafficMeter(
      scenario.traffic, start: scenario.start,
      hasReadings: scenario.environment.strategy.stages.contains { $0.criteria.contains { $0.metric.readingName != nil } })
    trace = tracing ? Trace(start: scenario.start) : nil
  }

  var now: Timestamp { scheduler.now }

  /// How a version behaves.
  func model(of version: Version) -> ReleaseModel {
    scenario.deployments.first { $0.version == version }?.release ?? ReleaseModel()
  }

  /// Notes that the engine did what it must not do.
  func violate(_ rule: Violation.Rule, _ words: @autoclosure () -> String) {
    // From a journal that says something else than was written anything may follow.
    guard oracle.isReadable else { return }
    let violation = Violation(rule: rule, at: now - scenario.start, words: words())
    violations.append(violation)
    trace?.add(now, "violation", violation.words)
  }

  /// Ends the run; the first reason stays.
  func finish(_ reason: RunEnd) {
    if end == nil { end = reason }
    over.ring()
    changes.ring()
  }

  /// Waits until something is so that only a rollout's begin or end, a server, or the end can bring about.
  func until(_ condition: () -> Bool) async {
    while end == nil, !Task.isCancelled, !condition() { await changes.wait() }
  }
}

/// One value for each slot.
struct Pair<Value> {
  var blue: Value
  var green: Value

  init(_ blue: Value, _ green: Value) {
    self.blue = blue
    self.green = green
  }

  subscript(slot: Slot) -> Value {
    get { slot == .blue ? blue : green }
    _modify {
      switch slot {
      case .blue: yield &blue
      case .green: yield &green
      }
    }
  }
}

/// The generators of a world, one for each purpose.
struct Randoms {
  var traffic: SimulationRandom
  var latency: SimulationRandom
  var errors: SimulationRandom
  var target: SimulationRandom
  var people: SimulationRandom

  init(seed: UInt64) {
    traffic = SimulationRandom(seed: seed, purpose: .traffic)
    latency = SimulationRandom(seed: seed, purpose: .latency)
    errors = SimulationRandom(seed: seed, purpose: .errors)
    target = SimulationRandom(seed: seed, purpose: .target)
    people = SimulationRandom(seed: seed, purpose: .people)
  }
}

/// Wakes everybody who waits, in the order in which they came.
///
/// A stream that ends does the same, as generic code that looks its types up each time.
final class Bell: Sendable {
  private struct State {
    var waiters: [(number: Int, continuation: UnsafeContinuation<Void, Never>)] = []
    var newest = 0
  }

  private let state = Mutex(State())

  func ring() {
    let waiters = state.withLock { state in
      defer { state.waiters = [] }
      return state.waiters
    }
    for waiter in waiters { waiter.continuation.resume() }
  }

  /// Returns at the next ring, or when the task is cancelled.
  func wait() async {
    let number = state.withLock { state in
      state.newest += 1
      return state.newest
    }
    await withTaskCancellationHandler {
      await withUnsafeContinuation { continuation in
        state.withLock { $0.waiters.append((number, continuation)) }
        // Who was cancelled before he waits: the handler may have looked for him in vain.
        if Task.isCancelled { release(number) }
      }
    } onCancel: {
      release(number)
    }
  }

  private func release(_ number: Int) {
    let waiter = state.withLock { state in
      state.waiters.firstIndex { $0.number == number }.map { state.waiters.remove(at: $0).continuation }
    }
    waiter?.resume()
  }
}
