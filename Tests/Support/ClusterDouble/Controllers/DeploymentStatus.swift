import SlipwayModel

extension ClusterState {
  /// Counts, and says whether the Deployment is available, and whether it gets on (`calculateStatus`, `syncRolloutStatus`).
  mutating func writeStatus(of view: DeploymentView) {
    let before = view.json["status"] ?? [:]
    guard var json = self[.deployment, view.deployment.name]?.json else { return }
    func sum(_ field: String, _ sets: [StoredObject]) -> Int {
      sets.reduce(0) { $0 + ($1.json["status", field]?.integer ?? 0) }
    }
    let updatedSets = view.new.map { [$0] } ?? []
    let counts = Counts(
      total: sum("replicas", view.all), updated: sum("replicas", updatedSets), ready: sum("readyReplicas", view.all),
      available: sum("availableReplicas", view.all))
    json.set(json["metadata", "generation"], at: ["status", "observedGeneration"])
    // Numbers that are zero are left out, as the real one does.
    for (field, count) in [
      ("replicas", counts.total), ("updatedReplicas", counts.updated), ("readyReplicas", counts.ready),
      ("availableReplicas", counts.available), ("unavailableReplicas", max(view.replicas, counts.total) - counts.available),
    ] { json.set(count > 0 ? .integer(count) : nil, at: ["status", field]) }
    let isAvailable = counts.available >= view.replicas - view.maxUnavailable
    Self.setCondition(
      &json, "Available", isAvailable ? "True" : "False",
      isAvailable ? "MinimumReplicasAvailable" : "MinimumReplicasUnavailable",
      isAvailable ? "Deployment has minimum availability." : "Deployment does not have minimum availability.", renews: false, at: now)
    writeProgress(&json, view, counts, Counts(before))
    if let failure = view.all.compactMap({ $0.json["status"]?.condition("ReplicaFailure") }).first {
      Self.setCondition(
        &json, "ReplicaFailure", "True", failure["reason"]?.text ?? "", failure["message"]?.text ?? "", renews: false, at: now)
    } else {
      var status = json["status"] ?? [:]
      status.removeCondition("ReplicaFailure")
      json["status"] = status
    }
    put(.deployment, view.deployment.name, json)
  }

  struct Counts {
    let total, updated, ready, available: Int

    init(total: Int, updated: Int, ready: Int, available: Int) {
      self.total = total
      self.updated = updated
      self.ready = ready
      self.available = available
    }

    init(_ status: JSONValue) {
      total = status["replicas"]?.integer ?? 0
      updated = status["updatedReplicas"]?.integer ?? 0
      ready = status["readyReplicas"]?.integer ?? 0
      available = status["availableReplicas"]?.integer ?? 0
    }
  }

  func isComplete(_ view: DeploymentView) -> Bool {
    let new = view.new.map { ($0.json["status", "replicas"]?.integer ?? 0, DeploymentView.available($0)) } ?? (0, 0)
    return new == (view.replicas, view.replicas) && view.oldWithPods.isEmpty
  }

  private mutating func writeProgress(_ json: inout JSONValue, _ view: DeploymentView, _ counts: Counts, _ before: Counts) {
    let condition = json["status"]?.condition("Progressing")
    if view.isPaused {
      if condition?["reason"]?.text != "ProgressDeadlineExceeded", condition?["reason"]?.text != "DeploymentPaused" {
        Self.setProgress(&json, "Unknown", "DeploymentPaused", "Deployment is paused", at: now)
      }
      return
    }
    if condition?["reason"]?.text == "DeploymentPaused" {
      Self.setProgress(&json, "Unknown", "DeploymentResumed", "Deployment is resumed", at: now)
    }
    guard let seconds = json["spec", "progressDeadlineSeconds"]?.integer, seconds < Int(Int32.max) else { return }
    let reason = json["status"]?.condition("Progressing")?["reason"]?.text
    if counts.total == counts.updated, reason == "NewReplicaSetAvailable" { return }
    let set = view.new.map { "ReplicaSet \"\($0.name.name)\"" } ?? "Deployment \"\(view.deployment.name.name)\""
    if counts.updated == view.replicas, counts.total == view.replicas, counts.available == view.replicas {
      Self.setProgress(&json, "True", "NewReplicaSetAvailable", "\(set) has successfully progressed.", at: now)
    } else if counts.updated > before.updated || counts.total - counts.updated < before.total - before.updated
      || counts.ready > before.ready || counts.available > before.available
    {
      Self.setProgress(&json, "True", "ReplicaSetUpdated", "\(set) is progressing.", at: now)
    } else if reason != "ProgressDeadlineExceeded",
      let since = json["status"]?.condition("Progressing")?["lastUpdateTime"]?.text.flatMap(Timestamp.init)
    {
      let deadline = since + .seconds(Int64(seconds))
      if now > deadline {
        Self.setProgress(&json, "False", "ProgressDeadlineExceeded", "\(set) has timed out progressing.", at: now)
      }
    }
    armDeadline(json, view, seconds)
  }

  private mutating func armDeadline(_ json: JSONValue, _ view: DeploymentView, _ seconds: Int) {
    let condition = json["status"]?.condition("Progressing")
    guard let reason = condition?["reason"]?.text, !["ProgressDeadlineExceeded", "NewReplicaSetAvailable"].contains(reason),
      let since = condition?["lastUpdateTime"]?.text.flatMap(Timestamp.init)
    else { return }
    work.add(view.deployment.name, to: .deployments, at: max(since + .seconds(Int64(seconds)), now) + .milliseconds(1))
  }

  static func setProgress(_ json: inout JSONValue, _ status: String, _ reason: String, _ message: String, at now: Timestamp) {
    setCondition(&json, "Progressing", status, reason, message, renews: true, at: now)
  }

  /// A condition that says the same again is left alone, unless it is renewed.
  private static func setCondition(
    _ json: inout JSONValue, _ type: String, _ status: String, _ reason: String, _ message: String, renews: Bool, at now: Timestamp
  ) {
    var whole = json["status"] ?? [:]
    let known = whole.condition(type)
    if !renews, known?["status"]?.text == status, known?["reason"]?.text == reason { return }
    whole.setCondition(type, status, reason: reason, message: message, at: now, extra: ["lastUpdateTime": now.api])
    json["status"] = whole
  }
}
