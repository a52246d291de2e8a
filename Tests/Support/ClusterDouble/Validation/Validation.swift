import SlipwayModel

/// The checks of fields that tests rely on, in the words of the real server.
enum Validation {
  /// What is wrong with an object.
  static func problems(of json: JSONValue, kind: KindInfo) -> [FieldProblem] {
    var problems = NameValidation.problems(of: json, kind: kind)
    switch kind.kind {
    case "Deployment", "ReplicaSet": problems += workload(json, kind)
    case "Pod": problems += PodValidation.problems(json["spec"], at: "spec")
    case "Service": problems += service(json)
    case "HorizontalPodAutoscaler": problems += autoscaler(json)
    case "PodDisruptionBudget":
      if !json["spec", "minAvailable"].isVoid, !json["spec", "maxUnavailable"].isVoid {
        problems.append(.invalid("spec", json["spec"] ?? .null, "minAvailable and maxUnavailable cannot be both set"))
      }
    case "HTTPRoute": problems += httpRoute(json)
    default: break
    }
    return problems
  }

  /// What cannot be changed.
  static func problems(from old: JSONValue, to new: JSONValue, kind: KindInfo) -> [FieldProblem] {
    switch kind.kind {
    case "Deployment", "ReplicaSet":
      guard old["spec", "selector"] != new["spec", "selector"], let selector = new["spec", "selector"] else { return [] }
      return [.invalid("spec.selector", selector, "field is immutable")]
    case "Service":
      guard let address = old["spec", "clusterIP"], let new = new["spec", "clusterIP"], address != new else { return [] }
      return [.invalid("spec.clusterIPs[0]", new, "may not change once set")]
    case "Pod":
      guard PodValidation.fixed(old["spec"]) != PodValidation.fixed(new["spec"]) else { return [] }
      return [
        .forbidden(
          "spec",
          "pod updates may not change fields other than `spec.containers[*].image`,`spec.initContainers[*].image`,"
            + "`spec.activeDeadlineSeconds`,`spec.tolerations` (only additions to existing tolerations),"
            + "`spec.terminationGracePeriodSeconds` (allow it to be set to 1 if it was previously negative)")
      ]
    case "ConfigMap", "Secret":
      guard old["immutable"] == .flag(true), old["data"] != new["data"] else { return [] }
      return [.forbidden("data", "field is immutable when `immutable` is set")]
    default: return []
    }
  }

  private static func workload(_ json: JSONValue, _ kind: KindInfo) -> [FieldProblem] {
    var problems: [FieldProblem] = []
    for field in ["replicas", "minReadySeconds", "revisionHistoryLimit", "progressDeadlineSeconds"] {
      if let number = json["spec", field]?.integer, number < 0 {
        problems.append(.invalid("spec.\(field)", .integer(number), "must be greater than or equal to 0"))
      }
    }
    let selector = json["spec", "selector"]
    if selector == nil {
      problems.append(.required("spec.selector"))
    } else if selector == [:] {
      problems.append(
        .invalid("spec.selector", [:], "empty selector is invalid for \(kind.kind == "Deployment" ? "deployment" : "replica set")"))
    }
    let labels = json["spec", "template", "metadata", "labels"]
    if let selector, selector != [:], !LabelSelector(object: selector).matches(labels?.texts ?? [:]) {
      problems.append(
        .invalid("spec.template.metadata.labels", labels ?? .null, "`selector` does not match template `labels`"))
    }
    problems += PodValidation.problems(json["spec", "template", "spec"], at: "spec.template.spec")
    if let deadline = json["spec", "progressDeadlineSeconds"]?.integer, deadline <= json["spec", "minReadySeconds"]?.integer ?? 0 {
      problems.append(.invalid("spec.progressDeadlineSeconds", .integer(deadline), "must be greater than minReadySeconds"))
    }
    if let update = json["spec", "strategy", "rollingUpdate"], isNone(update["maxSurge"]), isNone(update["maxUnavailable"]) {
      problems.append(
        .invalid("spec.strategy.rollingUpdate.maxUnavailable", update["maxUnavailable"] ?? 0, "may not be 0 when `maxSurge` is 0"))
    }
    return problems
  }

  private static func isNone(_ value: JSONValue?) -> Bool { value == 0 || value == "0%" || value == "0" }

  private static func service(_ json: JSONValue) -> [FieldProblem] {
    guard let ports = json["spec", "ports"]?.items, !ports.isEmpty else {
      return json["spec", "type"] == "ExternalName" || json["spec", "clusterIP"] == "None" ? [] : [.required("spec.ports")]
    }
    var problems: [FieldProblem] = []
    for (index, port) in ports.enumerated() {
      let number = port["port"]?.integer ?? 0
      if !(1...65535).contains(number) {
        problems.append(.invalid("spec.ports[\(index)].port", .integer(number), "must be between 1 and 65535, inclusive"))
      }
      if ports.count > 1, port["name"] == nil { problems.append(.required("spec.ports[\(index)].name")) }
    }
    return problems
  }

  private static func autoscaler(_ json: JSONValue) -> [FieldProblem] {
    var problems: [FieldProblem] = []
    let minimum = json["spec", "minReplicas"]?.integer ?? 1
    if minimum < 1 { problems.append(.invalid("spec.minReplicas", .integer(minimum), "must be greater than or equal to 1")) }
    let maximum = json["spec", "maxReplicas"]?.integer ?? 0
    if maximum < 1 { problems.append(.invalid("spec.maxReplicas", .integer(maximum), "must be greater than 0")) }
    if maximum < minimum {
      problems.append(.invalid("spec.maxReplicas", .integer(maximum), "must be greater than or equal to `minReplicas`"))
    }
    if json["spec", "scaleTargetRef", "name"].isVoid { problems.append(.required("spec.scaleTargetRef.name")) }
    return problems
  }

  /// The bounds of weights in the CRD.
  private static func httpRoute(_ json: JSONValue) -> [FieldProblem] {
    (json["spec", "rules"]?.items ?? []).enumerated().flatMap { ruleIndex, rule in
      (rule["backendRefs"]?.items ?? []).enumerated().compactMap { index, backend in
        guard let weight = backend["weight"]?.integer, !(0...1_000_000).contains(weight) else { return nil }
        let bound = weight < 0 ? "greater than or equal to 0" : "less than or equal to 1000000"
        return .invalid(
          "spec.rules[\(ruleIndex)].backendRefs[\(index)].weight", .integer(weight),
          "spec.rules[\(ruleIndex)].backendRefs[\(index)].weight in body should be \(bound)")
      }
    }
  }
}
