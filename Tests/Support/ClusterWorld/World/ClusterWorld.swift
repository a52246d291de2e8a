import ClusterDouble
import SlipwayEngine
import SlipwayModel
import SlipwayPorts
import SlipwaySimulation
import TwinWorld

/// A cluster, the journal of its rollouts, and the servers that drive them, one after another, in a time of their own.
final class ClusterWorld: @unchecked Sendable {  // confined to the thread of its scheduler
  let scene: ClusterScene
  let scheduler: SimulatedScheduler
  let cluster: Cluster
  let journal = MemoryJournal()
  let values = MemoryValues()
  let judge: Judge
  let troubles: TroubleBoard
  let meter: PlaneMeter
  let over = Latch()
  /// The server that people talk to: the newest one.
  var server: WorldServer?
  /// How many servers there were.
  var servers = 0
  /// Rollouts that were given a name.
  var ids = 0
  /// What people still mean to do.
  var peopleAreDone = false
  var troublesAreOver = false
  private var latencies: SimulationRandom
  private var jitter: SimulationRandom

  init(_ scene: ClusterScene, tracing: Bool, on scheduler: SimulatedScheduler) {
    (self.scene, self.scheduler) = (scene, scheduler)
    let judge = Judge(scene, tracing: tracing)
    self.judge = judge
    var state = ClusterState(seed: scene.seed, now: ClusterScene.start, settings: scene.settings)
    state.addNamespace(ClusterScene.namespace.description)
    if let route = scene.route { state.create(route) }
    cluster = Cluster(state, clock: WorldClock(scheduler: scheduler)) { state, cause in judge.changed(state, cause) }
    troubles = TroubleBoard()
    meter = PlaneMeter(scene)
    latencies = SimulationRandom(seed: scene.seed, purpose: .latency)
    jitter = SimulationRandom(seed: scene.seed, purpose: .target)
  }

  var now: Timestamp { scheduler.now }

  /// Whether nothing more is to come.
  var isDone: Bool { !judge.hasOpen && peopleAreDone && troublesAreOver && server?.host.answers == true }

  /// How long a message is on its way.
  func latency() -> TimeSpan { .milliseconds(Int64(latencies.whole(in: 1...scene.longestLatency))) }

  /// For clients that spread what would come together; from 0 to below 1.
  func draw() -> Double { jitter.unit() }

  func see(_ words: String) { judge.see(words) }

  func trace(_ who: String, _ words: @autoclosure () -> String) { judge.trace(now, who, words()) }

  /// Sleeps, or returns at once when the task is cancelled.
  ///
  /// - Returns: whether the time has gone by.
  func pause(_ span: TimeSpan) async -> Bool {
    do {
      try await scheduler.sleep(until: now + span)
      return !over.isOpen
    } catch { return false }
  }
}

/// The time of a simulated world, for what has no server.
struct WorldClock: EngineClock {
  let scheduler: SimulatedScheduler

  func now() -> Timestamp { scheduler.now }
  func sleep(for span: TimeSpan) async throws { try await scheduler.sleep(until: scheduler.now + span) }
}

extension ClusterState {
  /// Makes an object as a user does.
  fileprivate mutating func create(_ object: JSONValue) {
    let plural = ["Ingress": "ingresses", "VirtualService": "virtualservices", "HTTPRoute": "httproutes"][object["kind"]?.text ?? ""] ?? ""
    let path = "/apis/\(object["apiVersion"]?.text ?? "")/namespaces/\(ClusterScene.namespace)/\(plural)"
    let request = APIRequest("POST", path, body: object)
    _ = respond(to: request, verdict: verdict(on: request), at: now)
  }
}
