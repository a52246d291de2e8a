import SlipwayModel

/// Whether pods fit into what the ResourceQuotas of a namespace leave. An admission of a Deployment does not look at them: its pods are
/// refused later, one by one, when the rollout has begun.
package enum QuotaFit {
  /// So many equal pods.
  package struct Need: Hashable, Sendable {
    package let pods: Int
    package let each: PodDemand

    package init(pods: Int, each: PodDemand) {
      self.pods = pods
      self.each = each
    }

    /// As a quota counts it; `nil` for what is not about pods.
    fileprivate func amount(of resource: String) -> Quantity? {
      switch resource {
      case "pods", "count/pods": Quantity(pods)
      default: QuotaFit.isCompute(resource) ? (each.amounts[QuotaFit.full(resource)] ?? .zero) * pods : nil
      }
    }
  }

  /// - Parameters:
  ///   - quotas: all of the namespace, with what is used of them.
  ///   - need: the candidate's pods.
  ///   - freed: the pods that give way to them, in the same slot; they are among what is used.
  ///   - name: what messages call the candidate.
  /// - Returns: an error for each quota that leaves too little.
  package static func problems(quotas: [ObjectDocument], need: Need, freed: Need?, name: String) -> [SlipwayError] {
    quotas.filter { covers($0, need.each) }.compactMap { quota in
      let hard = (quota.status?["hard"] ?? quota.spec?["hard"])?.members ?? [:]
      let shortages = hard.sorted { $0.key < $1.key }.compactMap { resource, limit in
        shortage(of: resource, limit.quantity, quota, need, freed)
      }
      guard !shortages.isEmpty, need.pods > 0 else { return nil }
      let replicas = need.pods == 1 ? "1 replica" : "\(need.pods) replicas"
      return SlipwayError(
        .quotaExceeded, .refused,
        "ResourceQuota '\(quota.name ?? "")' leaves no room for \(replicas) of \(name) beside what runs: \(shortages.joined(separator: "; "))",
        remedy: "raise the quota, lower `resources` or `replicas`, or free what else runs there")
    }
  }

  private static func shortage(
    of resource: String, _ limit: Quantity?, _ quota: ObjectDocument, _ need: Need, _ freed: Need?
  ) -> String? {
    guard let limit, let wanted = need.amount(of: resource) else { return nil }
    if isCompute(resource), let containers = need.each.unstated[full(resource)] {
      return "\(resource) is limited, and \(containers.map { "'\($0)'" }.joined(separator: ", ")) states none"
    }
    let given = freed.flatMap { covers(quota, $0.each) ? $0.amount(of: resource) : nil } ?? .zero
    let used = (quota.status?["used"]?[resource]?.quantity ?? .zero) - given
    guard wanted > .zero, used + wanted > limit else { return nil }
    return "\(resource) \(wanted) needed, \(limit - used) of \(limit) left"
  }

  /// `cpu` is short for `requests.cpu`.
  private static func full(_ resource: String) -> String {
    resource.hasPrefix("requests.") || resource.hasPrefix("limits.") ? resource : "requests.\(resource)"
  }

  /// What containers state. Storage that is claimed, and other counted kinds, are not.
  private static func isCompute(_ resource: String) -> Bool {
    if resource == "requests.storage" || resource.contains("storageclass.storage.k8s.io") { return false }
    return ["cpu", "memory", "ephemeral-storage"].contains(resource) || resource.hasPrefix("requests.") || resource.hasPrefix("limits.")
      || resource.hasPrefix("hugepages-")
  }

  /// Whether pods count against a quota, by its scopes. A scope that is not known is taken not to cover them: nothing is refused by a
  /// guess.
  private static func covers(_ quota: ObjectDocument, _ pod: PodDemand) -> Bool {
    let plain = (quota.spec?["scopes"]?.items ?? []).map { JSONValue.object(["scopeName": $0, "operator": "Exists"]) }
    let scopes = plain + (quota.spec?[path: ["scopeSelector", "matchExpressions"]]?.items ?? [])
    return scopes.allSatisfy { scope in
      let values = (scope["values"]?.items ?? []).compactMap(\.text)
      switch (scope["scopeName"]?.text, scope["operator"]?.text) {
      // Pods of a Deployment have no end.
      case ("NotTerminating", _): return true
      case ("BestEffort", _): return pod.isBestEffort
      case ("NotBestEffort", _): return !pod.isBestEffort
      case ("PriorityClass", "In"): return pod.priorityClass.map(values.contains) ?? false
      case ("PriorityClass", "NotIn"): return !(pod.priorityClass.map(values.contains) ?? false)
      case ("PriorityClass", "Exists"): return pod.priorityClass != nil
      case ("PriorityClass", "DoesNotExist"): return pod.priorityClass == nil
      default: return false
      }
    }
  }
}
