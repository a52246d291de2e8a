import SlipwayModel

extension ClusterState {
  /// Gives the new ReplicaSet the pods it may have. Returns whether anything changed (`reconcileNewReplicaSet`).
  mutating func growNew(_ view: DeploymentView) -> Bool {
    guard let new = view.new else { return false }
    let current = DeploymentView.wanted(new)
    guard current != view.replicas else { return false }
    return scale(new, to: current > view.replicas ? view.replicas : view.wantedOfNew(current: current), view)
  }

  /// Takes pods from old ReplicaSets as far as enough stay available: broken ones first (`reconcileOldReplicaSets`).
  mutating func shrinkOld(_ view: DeploymentView) -> Bool {
    guard let new = view.new, view.old.contains(where: { DeploymentView.wanted($0) > 0 }) else { return false }
    let minimum = view.replicas - view.maxUnavailable
    let total = view.all.reduce(0) { $0 + DeploymentView.wanted($1) }
    let unavailable = DeploymentView.wanted(new) - DeploymentView.available(new)
    let most = total - minimum - unavailable
    guard most > 0 else { return false }
    var cleaned = 0
    for set in view.old {
      let broken = DeploymentView.wanted(set) - DeploymentView.available(set)
      let count = min(most - cleaned, broken)
      guard count > 0 else { continue }
      scale(set, to: DeploymentView.wanted(set) - count, view)
      cleaned += count
    }
    let current = self.view(of: view.deployment)
    var spare = current.all.reduce(0) { $0 + DeploymentView.available($1) } - minimum
    var changed = cleaned > 0
    for set in current.old where spare > 0 {
      let count = min(DeploymentView.wanted(set), spare)
      guard count > 0 else { continue }
      scale(set, to: DeploymentView.wanted(set) - count, view)
      spare -= count
      changed = true
    }
    return changed
  }

  /// Strategy `Recreate`: all old pods go before the first new one comes.
  mutating func recreate(_ view: DeploymentView) {
    for set in view.oldWithPods { scale(set, to: 0, view) }
    let stillThere = view.old.contains { set in
      pods(of: set).contains { !["Succeeded", "Failed"].contains($0.json["status", "phase"]?.text ?? "") }
    }
    guard !stillThere else {
      // The controller is told of ReplicaSets only; the pods that are still stopping show in none of their numbers.
      work.add(view.deployment.name, to: .deployments, at: now + .milliseconds(5))
      return
    }
    let current = withRevision(view, mayCreate: true)
    if let new = current.new { scale(new, to: current.replicas, current) }
  }

  /// Whether the number of replicas was changed since ReplicaSets were last scaled.
  func isScaling(_ view: DeploymentView) -> Bool {
    view.all.filter { DeploymentView.wanted($0) > 0 }.contains { set in
      guard let desired = set.json["metadata", "annotations", DeploymentView.desired]?.text else { return false }
      return desired != String(view.replicas)
    }
  }

  /// Scales without rolling: one ReplicaSet to the number wanted, several in proportion to their sizes (`scale` in `sync.go`).
  mutating func scaleProportionally(_ view: DeploymentView) {
    let active = view.all.filter { DeploymentView.wanted($0) > 0 }
    if active.count <= 1 {
      guard let only = active.first ?? view.new ?? view.old.last else { return }
      scale(only, to: view.replicas, view)
      return
    }
    if let new = view.new, DeploymentView.wanted(new) == view.replicas, DeploymentView.available(new) == view.replicas {
      for set in view.oldWithPods { scale(set, to: 0, view) }
      return
    }
    guard view.isRolling else { return }
    let total = active.reduce(0) { $0 + DeploymentView.wanted($1) }
    let allowed = view.replicas > 0 ? view.replicas + view.maxSurge : 0
    let toAdd = allowed - total
    // Largest first; the newest first among equals when adding, the oldest when removing.
    let sorted = active.enumerated().sorted { a, b in
      let (sizeA, sizeB) = (DeploymentView.wanted(a.element), DeploymentView.wanted(b.element))
      if sizeA != sizeB { return sizeA > sizeB }
      return toAdd > 0 ? a.offset > b.offset : a.offset < b.offset
    }.map(\.element)
    var sizes = sorted.map(DeploymentView.wanted)
    var added = 0
    if toAdd != 0 {
      for index in sorted.indices {
        let share = (Double(sizes[index] * allowed) / Double(max(total, 1))).rounded()
        let wanted = Int(share) - sizes[index]
        let step = toAdd > 0 ? min(wanted, toAdd - added) : max(wanted, toAdd - added)
        sizes[index] += step
        added += step
      }
      sizes[0] = max(sizes[0] + toAdd - added, 0)
    }
    for (set, size) in zip(sorted, sizes) { scale(set, to: max(size, 0), view) }
  }
}
