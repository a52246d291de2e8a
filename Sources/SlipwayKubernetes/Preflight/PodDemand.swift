import SlipwayModel

/// What one pod of a template asks the cluster for, as quotas count it.
package struct PodDemand: Hashable, Sendable {
  /// By `requests.cpu`, `limits.memory`, `requests.nvidia.com/gpu`.
  package let amounts: [String: Quantity]
  /// Of these some container states nothing, by container.
  package let unstated: [String: [String]]
  /// Neither requests nor limits of CPU or memory at all.
  package let isBestEffort: Bool
  package let priorityClass: String?

  /// - Parameters:
  ///   - template: `spec.template` of a Deployment.
  ///   - limitRanges: of the namespace: what they fill in where a container states nothing.
  package init(template: JSONValue, limitRanges: [ObjectDocument] = []) {
    let pod = template["spec"] ?? [:]
    let defaults = Defaults(limitRanges)
    let main = (pod["containers"]?.items ?? []).map { Container($0, defaults) }
    let initial = (pod["initContainers"]?.items ?? []).map { Container($0, defaults) }
    let all = main + initial
    var amounts: [String: Quantity] = [:]
    for name in Set(all.flatMap(\.amounts.keys)) {
      // Sidecars run beside everything that starts after them (KEP-753); other initial containers run one at a time.
      var sidecars = Quantity.zero
      var peak = Quantity.zero
      for container in initial {
        let amount = container.amounts[name] ?? .zero
        if container.isSidecar { sidecars = sidecars + amount } else { peak = max(peak, sidecars + amount) }
      }
      let running = main.reduce(sidecars) { $0 + ($1.amounts[name] ?? .zero) }
      amounts[name] = max(running, peak)
    }
    // What a pod states as a whole counts in the place of its containers' (KEP-2837).
    let whole = Container(["name": "", "resources": pod["resources"] ?? [:]], Defaults([]))
    amounts.merge(whole.amounts) { $1 }
    for (resource, amount) in pod["overhead"]?.members ?? [:] {
      guard let amount = amount.quantity else { continue }
      for kind in ["requests", "limits"] { amounts["\(kind).\(resource)"] = amounts["\(kind).\(resource)"].map { $0 + amount } }
    }
    self.amounts = amounts
    var unstated: [String: [String]] = [:]
    for kind in ["requests", "limits"] {
      for resource in ["cpu", "memory"] where whole.amounts["\(kind).\(resource)"] == nil {
        let names = all.filter { $0.amounts["\(kind).\(resource)"] == nil }.map(\.name)
        if !names.isEmpty { unstated["\(kind).\(resource)"] = names }
      }
    }
    self.unstated = unstated
    isBestEffort = !amounts.keys.contains { $0.hasSuffix(".cpu") || $0.hasSuffix(".memory") }
    priorityClass = pod["priorityClassName"]?.text
  }

  private struct Container {
    let name: String
    let isSidecar: Bool
    let amounts: [String: Quantity]

    init(_ json: JSONValue, _ defaults: Defaults) {
      name = json["name"]?.text ?? ""
      isSidecar = json["restartPolicy"]?.text == "Always"
      let stated = (requests: Self.amounts(json, "requests"), limits: Self.amounts(json, "limits"))
      let limits = stated.limits.merging(defaults.limits) { stated, _ in stated }
      // The API takes a stated limit for the request where none is stated; only then a LimitRange has its say.
      let requests = stated.requests.merging(stated.limits) { stated, _ in stated }.merging(defaults.requests) { stated, _ in stated }
      var amounts: [String: Quantity] = [:]
      for (resource, amount) in requests { amounts["requests.\(resource)"] = amount }
      for (resource, amount) in limits { amounts["limits.\(resource)"] = amount }
      self.amounts = amounts
    }

    private static func amounts(_ json: JSONValue, _ kind: String) -> [String: Quantity] {
      (json[path: ["resources", kind]]?.members ?? [:]).compactMapValues(\.quantity)
    }
  }

  /// What the LimitRanges of a namespace give to containers that state nothing.
  private struct Defaults {
    var requests: [String: Quantity] = [:]
    var limits: [String: Quantity] = [:]

    init(_ ranges: [ObjectDocument]) {
      for item in ranges.flatMap({ $0.spec?["limits"]?.items ?? [] }) where item["type"]?.text == "Container" {
        let limits = (item["default"]?.members ?? [:]).compactMapValues(\.quantity)
        self.limits.merge(limits) { known, _ in known }
        let requests = (item["defaultRequest"]?.members ?? [:]).compactMapValues(\.quantity).merging(limits) { stated, _ in stated }
        self.requests.merge(requests) { known, _ in known }
      }
    }
  }
}

extension JSONValue {
  /// An amount of a resource; manifests may write a whole number without quotes.
  var quantity: Quantity? {
    switch self {
    case .text(let text): Quantity(text)
    case .integer(let number): number < 0 ? nil : Quantity(number)
    case .decimal(let number): Quantity("\(number)")
    case .null, .flag, .list, .object: nil
    }
  }
}
