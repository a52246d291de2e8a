import ClusterDouble
import SlipwayEngine
import SlipwayModel

/// The rules for what a server writes to the cluster.
extension Judge {
  /// A write of a server was carried out.
  ///
  /// - Parameter before: what the objects said before it.
  func judge(_ sent: Sent, _ before: StoredState, _ now: Timestamp) {
    judgeWriters(sent, before, now)
    // Until the objects carry the newer epoch an older leader may still write what it had read before.
    guard sent.server >= newestLeader else { return see("write of an old leader") }
    judgeReplicas(sent, before, now)
    judgeShares(sent, before, now)
  }

  /// Invariant 7: no older writer after a newer one.
  private func judgeWriters(_ sent: Sent, _ before: StoredState, _ now: Timestamp) {
    for (object, old) in before.writers.sorted(by: { $0.key < $1.key }) {
      guard let new = stored.writers[object], new < old else { continue }
      violate("fence", "\(object) of \(old) was written by \(new) (\(Self.words(sent)))", at: now)
    }
  }

  /// Invariants 1 and 3: what has traffic keeps its replicas; numbers of replicas are those that the journal asks for.
  private func judgeReplicas(_ sent: Sent, _ before: StoredState, _ now: Timestamp) {
    for slot in Slot.allCases where stored.replicas[slot] != before.replicas[slot] {
      let (old, new) = (before.replicas[slot] ?? 0, stored.replicas[slot] ?? 0)
      if stored.replicas[slot] == nil { violate("deleted", "the Deployment of \(slot.rawValue) is gone (\(Self.words(sent)))", at: now) }
      if new == 0, old > 0, before.weight(of: slot) > 0 {
        violate("capacity", "\(slot.rawValue) is stopped and has \(before.weight(of: slot)) of the traffic", at: now)
      }
      let isAsked = sent.asked.contains { $0 == .ensure(slot: slot, replicas: new) || new == 0 && $0 == .retire(slot: slot) }
      if !isAsked {
        violate(
          "unrecorded", "\(slot.rawValue) gets \(new) replicas, and the journal asked for \(sent.asked) (\(Self.words(sent)))", at: now)
      }
    }
  }

  /// Invariants 1, 2 and 4: shares are those that the journal authorises, and never rise on the way back.
  private func judgeShares(_ sent: Sent, _ before: StoredState, _ now: Timestamp) {
    guard stored.weights != before.weights else { return }
    // With shares by replicas the numbers change first, and were judged as such.
    let isByNumbers = stored.isByReplicas && before.isByReplicas
    if !isByNumbers, !sent.asked.contains(where: { if case .route = $0 { true } else { false } }) {
      violate("unrecorded", "the split is changed, and the journal asked for \(sent.asked) (\(Self.words(sent)))", at: now)
    }
    for slot in Slot.allCases where stored.weight(of: slot) > before.weight(of: slot) + Self.tolerance {
      if stored.replicas[slot] ?? 0 == 0 {
        violate("readiness", "\(slot.rawValue) gets \(stored.weight(of: slot)) of the traffic and has no replicas", at: now)
      }
    }
    for rollout in rollouts where !rollout.phase.isTerminal {
      judgeShare(of: rollout, sent, before, now)
    }
  }

  private static let tolerance = 0.000_1

  private func judgeShare(of rollout: Rollout, _ sent: Sent, _ before: StoredState, _ now: Timestamp) {
    let slot = rollout.candidateSlot
    let (old, new) = (before.weight(of: slot), stored.weight(of: slot))
    guard new > old + Self.tolerance, let authorised = sent.authorised[rollout.id] else { return }
    if sent.goingBack.contains(rollout.id), !stored.isByReplicas {
      violate("rise", "\(slot.rawValue) goes from \(old) to \(new) although \(rollout.id) goes back (\(Self.words(sent)))", at: now)
    }
    let most = authorised.weight(of: slot).ratio
    let isAllowed = stored.isByReplicas ? most > 0 : new <= most + Self.tolerance
    if !isAllowed {
      violate("authority", "\(slot.rawValue) gets \(new), and \(rollout.id) has authorised \(most) (\(Self.words(sent)))", at: now)
    }
  }

  private static func words(_ sent: Sent) -> String { "server \(sent.server): \(sent.request.method) \(sent.request.path)" }
}
