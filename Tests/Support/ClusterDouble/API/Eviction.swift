import SlipwayModel

extension ClusterState {
  /// Deletes a pod unless a PodDisruptionBudget forbids it (Kubernetes documentation, "API-initiated Eviction").
  mutating func evict(_ route: Route, _ request: APIRequest) throws(APIError) -> JSONValue {
    let pod = try existing(route)
    for budget in tables[KindID.disruptionBudget.index].objects(in: pod.name.namespace) {
      let selector = LabelSelector(object: budget.json["spec", "selector"])
      guard selector.matches(pod.labels) else { continue }
      let pods = tables[KindID.pod.index].objects(in: pod.name.namespace, labels: selector.equalities)
        .filter { selector.matches($0.labels) }
      let healthy = pods.count { runs[$0.name]?.isReady == true && !$0.isBeingDeleted }
      let isHealthy = runs[pod.name]?.isReady == true
      guard isHealthy, healthy - 1 < Self.wantedHealthy(budget.json["spec"] ?? [:], of: pods.count) else { continue }
      throw APIError(
        code: 429, reason: "TooManyRequests", message: "Cannot evict pod as it would violate the pod's disruption budget.",
        details: [
          "causes": [
            [
              "reason": "DisruptionBudget",
              "message": .text("The disruption budget \(budget.name.name) needs more healthy pods than there are"),
            ]
          ]
        ])
    }
    delete(.pod, pod, policy: "Background", graceSeconds: request.body?["deleteOptions", "gracePeriodSeconds"]?.integer)
    return ["kind": "Status", "apiVersion": "v1", "metadata": [:], "status": "Success"]
  }

  private static func wantedHealthy(_ spec: JSONValue, of count: Int) -> Int {
    if let minimum = spec["minAvailable"] { return IntOrPercent.resolve(minimum, of: count, roundsUp: true) }
    if let maximum = spec["maxUnavailable"] { return count - IntOrPercent.resolve(maximum, of: count, roundsUp: true) }
    return 0
  }
}

/// `intstr.GetScaledValueFromIntOrPercent`.
enum IntOrPercent {
  static func resolve(_ value: JSONValue, of total: Int, roundsUp: Bool) -> Int {
    if let number = value.integer { return number }
    guard let text = value.text, text.hasSuffix("%"), let percent = Int(text.dropLast()) else { return 0 }
    return roundsUp ? (total * percent + 99) / 100 : total * percent / 100
  }
}
