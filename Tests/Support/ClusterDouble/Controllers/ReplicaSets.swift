import SlipwayModel

/// Why a ReplicaSet's last pod was refused, and until when no other is tried.
struct Refusal: Sendable {
  let until: Timestamp
  let message: String
}

extension ClusterState {
  /// Makes and removes pods until there are as many as wanted, then writes what there is (`pkg/controller/replicaset`).
  mutating func reconcileReplicaSet(_ name: ObjectName) {
    guard let set = self[.replicaSet, name] else {
      refusals[name] = nil
      return
    }
    var failure: String?
    let active = activePods(of: set)
    let wanted = set.json["spec", "replicas"]?.integer ?? 1
    if !set.isBeingDeleted {
      if active.count < wanted {
        // Each refusal names another pod, so without a pause the changed message alone would make for the next try.
        if let refusal = refusals[name], now < refusal.until {
          failure = refusal.message
        } else {
          failure = createPods(wanted - active.count, for: set)
          refusals[name] = failure.map { Refusal(until: now + .seconds(1), message: $0) }
        }
      } else if active.count > wanted {
        for pod in Self.firstToGo(active, runs).prefix(active.count - wanted) {
          delete(.pod, pod, policy: "Background", graceSeconds: nil)
          record(
            .replicaSet, set, type: "Normal", reason: "SuccessfulDelete", message: "Deleted pod: \(pod.name.name)",
            from: "replicaset-controller")
        }
      }
    }
    writeStatus(of: set, failure: failure)
  }

  func pods(of set: StoredObject) -> [StoredObject] {
    (dependents[set.uid] ?? []).sorted().compactMap { $0.kind == .pod ? self[.pod, $0.name] : nil }
  }

  private func activePods(of set: StoredObject) -> [StoredObject] {
    pods(of: set).filter { pod in
      !pod.isBeingDeleted && !["Succeeded", "Failed"].contains(pod.json["status", "phase"]?.text ?? "")
    }
  }

  /// What was refused, if anything was.
  private mutating func createPods(_ count: Int, for set: StoredObject) -> String? {
    let template = set.json["spec", "template"] ?? [:]
    for _ in 0..<count {
      var metadata = template["metadata"] ?? [:]
      metadata["creationTimestamp"] = nil
      metadata["generateName"] = .text("\(set.name.name)-")
      metadata["ownerReferences"] = [Self.ownerReference(to: set, kind: "ReplicaSet")]
      do throws(APIError) {
        let pod = try create(
          .pod, namespace: set.name.namespace,
          ["apiVersion": "v1", "kind": "Pod", "metadata": metadata, "spec": template["spec"] ?? [:]], options: .controller)
        record(
          .replicaSet, set, type: "Normal", reason: "SuccessfulCreate", message: "Created pod: \(pod["metadata", "name"]?.text ?? "")",
          from: "replicaset-controller")
      } catch {
        record(
          .replicaSet, set, type: "Warning", reason: "FailedCreate", message: "Error creating: \(error.message)",
          from: "replicaset-controller")
        work.add(set.name, to: .replicaSets, at: now + .seconds(1))
        return error.message
      }
    }
    return nil
  }

  static func ownerReference(to owner: StoredObject, kind: String) -> JSONValue {
    [
      "apiVersion": "apps/v1", "kind": .text(kind), "name": .text(owner.name.name), "uid": .text(owner.uid), "controller": true,
      "blockOwnerDeletion": true,
    ]
  }

  /// Pods without a node before those with one, unready before ready, those ready for less time first (`ActivePodsWithRanks`).
  private static func firstToGo(_ pods: [StoredObject], _ runs: [ObjectName: PodRun]) -> [StoredObject] {
    func rank(_ pod: StoredObject) -> (Int, Int, Int64, Int) {
      let run = runs[pod.name]
      let readiness = run?.isReady == true ? 1 : 0
      return (run?.node == nil ? 0 : 1, readiness, -(run?.readySince?.milliseconds ?? 0), -pod.version)
    }
    return pods.sorted { rank($0) < rank($1) }
  }

  private mutating func writeStatus(of set: StoredObject, failure: String?) {
    let now = now
    let active = activePods(of: set)
    let minimum = TimeSpan.seconds(Int64(set.json["spec", "minReadySeconds"]?.integer ?? 0))
    let since = active.compactMap { runs[$0.name]?.isReady == true ? runs[$0.name]?.readySince : nil }
    let available = since.count { now - $0 >= minimum }
    let labels = set.json["spec", "template", "metadata", "labels"]?.texts ?? [:]
    let labelled = active.count { pod in labels.allSatisfy { pod.labels[$0.key] == $0.value } }
    if let soonest = since.filter({ now - $0 < minimum }).min() { work.add(set.name, to: .replicaSets, at: soonest + minimum) }
    change(.replicaSet, set.name) { json in
      var status = json["status"] ?? [:]
      status["replicas"] = .integer(active.count)
      // The real one leaves out numbers that are zero.
      for (field, count) in [
        ("readyReplicas", since.count), ("availableReplicas", available), ("fullyLabeledReplicas", labelled),
      ] { status[field] = count == 0 ? nil : .integer(count) }
      status["observedGeneration"] = json["metadata", "generation"]
      if let failure {
        status.setCondition("ReplicaFailure", "True", reason: "FailedCreate", message: failure, at: now)
      } else {
        status.removeCondition("ReplicaFailure")
        if status["conditions"].isVoid { status["conditions"] = nil }
      }
      json["status"] = status
    }
  }
}
