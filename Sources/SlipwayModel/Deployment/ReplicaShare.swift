/// How many replicas each slot has so that a router that only spreads over replicas comes near a share.
package struct ReplicaShare: Hashable, Sendable {
  /// Replicas of the slot that the share is of.
  package let candidate: Int
  /// Replicas of the other slot.
  package let live: Int

  package init(candidate: Int, live: Int) {
    self.candidate = candidate
    self.live = live
  }

  /// The numbers of replicas that come nearest to the share; of two that are equally near the one with the smaller share.
  ///
  /// Whatever the arguments: both numbers are at most `total`, together at least `total` and at most `total + surge`. For a share
  /// between 0 and 100 % both are at least 1, and with a growing share the candidate never loses a replica and the live slot never
  /// gains one.
  ///
  /// - Parameters:
  ///   - total: replicas at full share, at least 1.
  ///   - surge: replicas more than that for the time of the rollout, at least 0.
  /// - Returns: `nil` when one replica would have to be divided: `total` is 1, `surge` 0, and the share neither 0 nor 100 %.
  package static func counts(total: Int, share: Percentage, surge: Int = 0) -> ReplicaShare? {
    if share == .zero { return ReplicaShare(candidate: 0, live: total) }
    if share == .hundred { return ReplicaShare(candidate: total, live: 0) }
    var best: ReplicaShare?
    for next in staircase(total: total, surge: surge) {
      guard let nearest = best else {
        best = next
        continue
      }
      // Exact: distances are fractions over the number of all replicas, compared crosswise.
      if next.distance(to: share) * nearest.sum < nearest.distance(to: share) * next.sum { best = next }
    }
    return best
  }

  /// Replicas that a slot needs to carry a share of what `total` replicas carry: rounded up, and at least one for any share at all.
  package static func needed(total: Int, share: Percentage) -> Int {
    (total * share.basisPoints + 9_999) / 10_000
  }

  /// Every pair that may be chosen, in the order of the share: from one to the next a candidate is added or a live one taken away,
  /// or both. Since a nearest point of a rising row rises with what it is near to, the result is monotone.
  private static func staircase(total: Int, surge: Int) -> [ReplicaShare] {
    let most = total + surge
    var steps: [ReplicaShare] = []
    for candidate in 1...max(1, total) {
      let live = min(total, most - candidate)
      if live >= 1 { steps.append(ReplicaShare(candidate: candidate, live: live)) }
      // The same candidates beside one live replica fewer: where there is surge this is a share in between.
      let fewer = live - 1
      if surge > 0, fewer >= 1, candidate + live == most { steps.append(ReplicaShare(candidate: candidate, live: fewer)) }
    }
    // Beyond the share that all candidates have beside what the surge leaves, live ones go.
    let rest = max(0, (steps.last?.live ?? 1) - 1)
    let last = stride(from: rest, through: 1, by: -1).map { ReplicaShare(candidate: total, live: $0) }
    return steps + (surge > 0 ? last : [])
  }

  private var sum: Int { candidate + live }

  /// How far the candidate's share is from this one, in 1/10 000 of a replica.
  private func distance(to share: Percentage) -> Int {
    abs(candidate * 10_000 - share.basisPoints * sum)
  }
}
