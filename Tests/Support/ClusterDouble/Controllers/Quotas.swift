import SlipwayModel

extension ClusterState {
  /// Refuses a pod for which a ResourceQuota leaves no room. Quotas on the number of pods are known, no others.
  mutating func checkQuota(_ namespace: String, _ kind: KindInfo, _ name: String) throws(APIError) {
    for quota in tables[KindID.resourceQuota.index].objects(in: namespace) {
      for resource in ["pods", "count/pods"] {
        guard let limit = Self.hardLimit(quota.json, resource) else { continue }
        let used = podsCounted(in: namespace)
        guard used >= limit else { continue }
        throw APIError.forbidden(
          kind, name,
          "exceeded quota: \(quota.name.name), requested: \(resource)=1, used: \(resource)=\(used), limited: \(resource)=\(limit)")
      }
    }
  }

  /// Writes how much of each quota is used.
  mutating func reconcileQuotas(in namespace: String) {
    for quota in tables[KindID.resourceQuota.index].objects(in: namespace) {
      let used = podsCounted(in: namespace)
      change(.resourceQuota, quota.name) { json in
        let hard = json["spec", "hard"] ?? [:]
        var amounts: JSONValue = [:]
        for resource in (hard.members ?? [:]).keys { amounts[resource] = resource.hasSuffix("pods") ? .text(String(used)) : "0" }
        json["status"] = ["hard": hard, "used": amounts]
      }
    }
  }

  private static func hardLimit(_ quota: JSONValue, _ resource: String) -> Int? {
    guard let value = quota["spec", "hard", resource] else { return nil }
    return value.integer ?? value.text.flatMap(Int.init)
  }

  private func podsCounted(in namespace: String) -> Int {
    (tables[KindID.pod.index].namespaces[namespace] ?? [:]).values
      .count { !["Succeeded", "Failed"].contains($0.json["status", "phase"]?.text ?? "") }
  }
}
