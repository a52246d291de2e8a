import SlipwayModel

extension Plan {
  /// Replaces `live` replicas by `replicas` new ones, a batch at a time.
  ///
  /// Each step starts as many candidates as the surge allows, moves their share of the traffic, and then stops as many old
  /// replicas as the rest may lack. As in Kubernetes, a share of surge is rounded up and a share of unavailability down,
  /// so that rounding never makes a rollout less careful than asked; when both come to zero the surge is 1.
  ///
  /// At every moment: candidates + live ≤ max(replicas, live) + surge, and ready ones ≥ replicas − unavailable (as far
  /// as there were that many at the start). The weights never fall and end at 100 %.
  package static func rollingSteps(_ spec: RollingSpec, replicas: Int, live: Int) -> [PlanStep] {
    let unavailable = min(spec.maxUnavailable.count(of: replicas, rounded: .down), replicas - 1)
    let surge = max(spec.maxSurge.count(of: replicas, rounded: .up), unavailable == 0 ? 1 : 0)
    var steps: [PlanStep] = []
    var old = live
    var new = 0
    while new < replicas {
      let ceiling = max(replicas, live) + surge
      if ceiling - old - new < 1 {
        // No room for another candidate: make some out of what may be unavailable.
        old = max(0, min(old - 1, replicas - unavailable - new))
      }
      let before = old
      new = min(replicas, max(new + 1, ceiling - old))
      old = new == replicas ? 0 : min(old, max(0, replicas - unavailable - new))
      steps.append(
        PlanStep(
          name: "\(new) of \(replicas)", weight: share(of: new, with: old), candidateReplicas: new, liveReplicasBefore: before,
          liveReplicas: old, hold: spec.interval))
    }
    return steps
  }

  private static func share(of new: Int, with old: Int) -> Percentage {
    old == 0 ? .hundred : Percentage(basisPoints: min(9_999, max(1, new * 10_000 / (new + old)))) ?? .hundred
  }
}

extension ReplicaAmount {
  /// The number of replicas that the amount stands for, 0...total for shares.
  package func count(of total: Int, rounded rule: FloatingPointRoundingRule) -> Int {
    switch self {
    case .count(let count): count
    case .share(let share): Int((Double(total) * share.ratio).rounded(rule))
    }
  }
}
