import ClusterDouble
import SlipwayEngine
import SlipwayModel
import SlipwayRuntime
import TwinWorld

/// The rules for the end of a run.
extension Judge {
  /// What is still wrong; empty once everything has come to rest as the journal says.
  func unrest(_ state: ClusterState) -> [String] {
    var words: [String] = []
    let namespace = ClusterScene.namespace.description
    for slot in Slot.allCases {
      let isLive = live?.slot == slot
      let wanted = isLive ? live?.replicas ?? 0 : 0
      let pods = state.objects("Pod", namespace, labels: ["slipway.dev/slot": slot.rawValue])
      let ready = state.route(service: "api-\(slot.rawValue)", namespace: namespace)
      if stored.replicas[slot] ?? 0 != wanted {
        words.append("\(slot.rawValue) wants \(stored.replicas[slot] ?? 0) replicas, not \(wanted)")
      }
      if pods.count != wanted { words.append("\(slot.rawValue) has \(pods.count) pods, not \(wanted)") }
      if isLive, !liveMayCrash, ready.count != wanted { words.append("\(slot.rawValue) has \(ready.count) ready pods, not \(wanted)") }
      if stored.weights != nil, live != nil, abs(stored.weight(of: slot) - (isLive ? 1 : 0)) > 0.000_1 {
        words.append("\(slot.rawValue) has \(stored.weight(of: slot)) of the traffic")
      }
    }
    guard let live, !liveMayCrash else { return words }
    let audience = Audience(state, scene, asking: 10 * scene.replicas)
    if audience.answered != [live.slot: [live.release.version.description: audience.asked]] {
      words.append("requests are answered by \(audience.answered), and \(audience.lost.first ?? "none") is lost")
    }
    return words
  }

  /// Whether what is live ends by itself now and then, and was promoted in a quiet moment.
  private var liveMayCrash: Bool {
    scene.releases.contains { $0.version == live?.release.version && $0.sort == .crashing }
  }

  func judgeEnd(_ world: ClusterWorld) async {
    let now = world.now
    for rollout in rollouts {
      if ends[rollout.id] != 1 { violate("terminal", "\(rollout.id) has ended \(ends[rollout.id] ?? 0) times", at: now) }
      do {
        let entries = await world.journal.entries(of: RolloutStream.name(of: rollout.id), after: -1)
        if try await RolloutStream.replay(entries) != rollout { violate("replay", "\(rollout.id) is another one in the journal", at: now) }
      } catch {
        violate("replay", "\(rollout.id) can't be read: \(error)", at: now)
      }
    }
    guard let server = world.server, server.host.answers else { return violate("end", "no server answers", at: now) }
    for rollout in await server.engine.rollouts() where rollouts.first(where: { $0.id == rollout.id }) != rollout {
      violate("replay", "\(rollout.id) is another one in server \(server.host.number)", at: now)
    }
  }
}
