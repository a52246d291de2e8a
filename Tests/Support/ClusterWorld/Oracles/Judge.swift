import ClusterDouble
import SlipwayEngine
import SlipwayModel
import SlipwayPorts

/// Watches the cluster and the journal and says where a rule is broken.
final class Judge: @unchecked Sendable {  // confined to the thread of its scheduler
  /// What a request was sent for.
  struct Sent {
    let server: Int
    let request: APIRequest
    /// What the journal asked for then: the first effect of each rollout under way.
    let asked: [Effect]
    /// The candidate's share that each rollout under way had authorised.
    let authorised: [String: TrafficSplit]
    let goingBack: Set<String>
  }

  let scene: ClusterScene
  private(set) var violations: [String] = []
  private(set) var sightings: Set<String> = []
  private(set) var lines: [String] = []
  private let tracing: Bool

  // What the journal says, folded anew.
  var rollouts: [Rollout] = []
  var ends: [String: Int] = [:]
  /// The newest server that took a lease.
  private var leader = 0

  // What the cluster says.
  var stored = StoredState()
  private var sent: [Int: Sent] = [:]
  private var marks = 0
  /// Whether requests have to be answered: once a release has succeeded, in a scene in which nothing takes pods or programs away.
  private var expectsAnswers = false
  let isCalm: Bool
  /// When the last trouble is over.
  var calmSince: Timestamp = ClusterScene.start

  init(_ scene: ClusterScene, tracing: Bool) {
    (self.scene, self.tracing) = (scene, tracing)
    isCalm = scene.troubles.isEmpty && scene.releases.allSatisfy { $0.sort != .crashing }
  }

  func see(_ words: String) { sightings.insert(words) }

  func violate(_ rule: String, _ words: String, at now: Timestamp) {
    guard violations.count < 20 else { return }
    violations.append("\(rule) at \(Self.time(now)): \(words)")
    trace(now, "BROKEN", "\(rule): \(words)")
  }

  func trace(_ now: Timestamp, _ who: String, _ words: @autoclosure () -> String) {
    guard tracing else { return }
    lines.append("\(Self.time(now))  \(who)  \(words())")
  }

  private static func time(_ now: Timestamp) -> String {
    let milliseconds = (now - ClusterScene.start).milliseconds
    let fraction = String(milliseconds % 1000)
    return "\(milliseconds / 1000)." + String(repeating: "0", count: 3 - fraction.count) + fraction
  }

  // MARK: What people ask

  var hasOpen: Bool { rollouts.contains { !$0.phase.isTerminal } }
  var undecided: String? { rollouts.last { $0.pause?.actor == .engine && !$0.phase.isTerminal }?.id }
  func rollout(because reason: String) -> String? { rollouts.last { $0.request.reason == reason }?.id }
  /// What has the traffic by the journal.
  var live: LiveRelease? { rollouts.last?.live }

  // MARK: The cluster

  /// Marks a request, and keeps what it was sent for.
  func sent(_ request: APIRequest, by host: Host, isWrite: Bool) -> APIRequest {
    guard isWrite else { return request }
    marks += 1
    var request = request
    request.mark = marks
    let open = rollouts.filter { !$0.phase.isTerminal }
    sent[marks] = Sent(
      server: host.number, request: request, asked: open.compactMap { $0.pending.first?.effect },
      authorised: Dictionary(open.map { ($0.id, $0.intendedSplit) }) { $1 },
      goingBack: Set(open.filter { $0.phase == .rollingBack }.map(\.id)))
    return request
  }

  /// A request was carried out or broke off.
  func arrived(_ request: APIRequest, _ answer: APIAnswer?, from host: Host) {
    guard let mark = request.mark, sent.removeValue(forKey: mark) != nil else { return }
    if !host.isAlive { see("write of a dead server") }
    if let status = answer?.written?.status, status == 409 { see("conflict") }
    trace(
      host.world.now, "write",
      "server \(host.number) \(request.method) \(request.path): \(answer?.written.map { String($0.status) } ?? "no answer")")
  }

  /// The cluster has changed.
  func changed(_ state: ClusterState, _ cause: ChangeCause) {
    let before = stored
    stored = StoredState(state, scene)
    switch cause {
    case .request(let request):
      if let sent = request.mark.flatMap({ sent[$0] }) { judge(sent, before, state.now) }
    case .itself: break
    }
    if Slot.allCases.contains(where: { before.weight(of: $0) != stored.weight(of: $0) }) { trace(state.now, "split", Self.words(stored)) }
    if live != nil, stored.weights == nil || stored.weights?.values.reduce(0, +) == 0 {
      violate("nothing", "requests lead nowhere although \(live?.release.version.description ?? "") is live", at: state.now)
    }
    if isCalm, expectsAnswers { judgeAnswers(state) }
  }

  private static func words(_ stored: StoredState) -> String {
    let words = Slot.allCases.map {
      "\($0.rawValue) \(Int((stored.weight(of: $0) * 100).rounded())) % of \(stored.replicas[$0] ?? 0) replicas"
    }
    return words.joined(separator: ", ")
  }

  private func judgeAnswers(_ state: ClusterState) {
    let audience = Audience(state, scene, asking: 10 * scene.replicas)
    guard let lost = audience.lost.first else { return }
    violate("lost", "\(audience.lost.count) of \(audience.asked) requests are not answered: \(lost)", at: state.now)
    // Once is enough.
    expectsAnswers = false
  }

  // MARK: The journal

  func leads(_ server: Int, _ epoch: Int64) { leader = max(leader, server) }

  /// The journal has new entries.
  func took(_ drafts: [JournalDraft], fence: LeaseFence?, by server: Int, at now: Timestamp) {
    for draft in drafts {
      guard let event = draft.content as? Event else { continue }
      trace(
        now, String(draft.stream.dropFirst("rollout/".count)),
        "\(event.kind.rawValue) \(String(decoding: event.body.prefix(300), as: UTF8.self))")
      take(event, draft, now)
    }
  }

  private func take(_ event: Event, _ draft: JournalDraft, _ now: Timestamp) {
    if case .rolloutStarted(let start) = event {
      if hasOpen { violate("lease", "\(start.id) begins while another rollout is under way", at: now) }
      return rollouts.append(Rollout(start, at: draft.at))
    }
    guard let place = rollouts.lastIndex(where: { draft.stream == "rollout/\($0.id)" }) else { return }
    if rollouts[place].phase.isTerminal { violate("terminal", "\(rollouts[place].id) goes on after its end with \(draft.kind)", at: now) }
    let before = rollouts[place].phase
    rollouts[place].apply(event, at: draft.at)
    sight(event, rollouts[place], from: before)
    if rollouts[place].phase.isTerminal, !before.isTerminal { end(rollouts[place], now) }
  }

  private func sight(_ event: Event, _ rollout: Rollout, from before: RolloutPhase) {
    if case .promoted = event {
      see("\(scene.routerName) promoted")
      see("\(rollout.plan.strategy) promoted")
    } else if case .rollbackStarted(let value) = event {
      see("\(scene.routerName) rolled back")
      see("rolled back while \(before.rawValue)")
      see("\(value.style.rawValue) rollback")
      see("rolled back for \(value.reason.code)")
    } else if case .splitDrifted = event {
      see("drift")
    } else if case .effectFailed = event {
      see("effect failed")
    }
  }

  private func end(_ rollout: Rollout, _ now: Timestamp) {
    ends[rollout.id, default: 0] += 1
    see("ended \(rollout.phase.rawValue)")
    if rollout.phase == .succeeded { expectsAnswers = true }
    let since = max(rollout.startedAt, calmSince)
    let bound = rollout.plan.longest
    if now - since > bound { violate("liveness", "\(rollout.id) took \(now - since), and its plan allows \(bound)", at: now) }
    if rollout.phase == .failed { violate("liveness", "\(rollout.id) failed: \(rollout.reason?.message ?? "")", at: now) }
  }

  /// A server has read the journal.
  func recovered(_ known: [Rollout], at now: Timestamp) {
    for rollout in rollouts {
      guard let other = known.first(where: { $0.id == rollout.id }) else {
        violate("replay", "\(rollout.id) is not known after a start", at: now)
        continue
      }
      if other != rollout { violate("replay", "\(rollout.id) is another one after a start", at: now) }
      if !rollout.phase.isTerminal { see("resumed while \(rollout.phase.rawValue)") }
    }
  }

  var newestLeader: Int { leader }
}

extension Plan {
  /// The longest that a rollout by this plan may take: the sum of its waits, and of those for people who think about it.
  fileprivate var longest: TimeSpan {
    let steps = steps.reduce(TimeSpan.zero) { $0 + $1.hold + limits.ready + limits.converge + limits.patience + .seconds(30) }
    return limits.ready * 2 + steps + bake + limits.patience + limits.goBack * 2 + .minutes(2)
  }
}
